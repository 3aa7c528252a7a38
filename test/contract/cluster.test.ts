import { expect, it, vi } from 'vitest';
import { useCluster } from '../support/redis/cluster.js';
import { guardedScripts } from '../support/redis/key-guard.js';
import { describeContract } from './contract.js';
import type { Harness } from './harness.js';
import { describeKeyOrder } from './key-order.js';
import { describeOlderVersions } from './older-versions.js';
import { describeOrderingKeys } from './ordering-keys.js';
import { redisHarness } from './redis-harness.js';

vi.mock('../../runtime/redis/connection/script.js', async (original) => {
  const { guardKeys } = await import('../support/redis/key-guard.js');
  return guardKeys(await original());
});

const used = useCluster({ masters: 3 });

it('⚑ a cluster refuses keys of two slots in one script', async () => {
  const { redis } = await used.cluster.ownerOf('a');
  const slots = new Set<string>();
  for (let n = 0; slots.size < 2; n += 1) {
    if ((await used.cluster.ownerOf(`a${n}`)).redis === redis) slots.add(`{a${n}}:x`);
  }
  await expect(redis.eval('#!lua\nreturn 1', 2, ...slots)).rejects.toThrow('CROSSSLOT');
  const [one, two] = [...slots];
  const undeclared = `#!lua\nredis.call('GET', '${one}') return redis.call('GET', '${two}')`;
  await expect(redis.eval(undeclared, 0)).rejects.toThrow('do not hash to the same slot');
});

describeContract('⚑ with 8 partitions on a Redis Cluster of 3 masters, every script stays in one slot', harness);
describeOlderVersions('on Redis Cluster', harness);
describeOrderingKeys('on Redis Cluster', harness);
describeKeyOrder('on Redis Cluster', harness);

it('⚑ no script accessed a key that it does not declare, or that it had emptied', () => {
  expect(guardedScripts.undeclared).toEqual([]);
  expect(guardedScripts.emptied).toEqual([]);
});

async function harness(): Promise<Harness> {
  const { cluster } = used;
  await cluster.empty();
  const { server } = await cluster.ownerOf('hyvve:0');
  return redisHarness(server.url, { nodes: cluster.urls }, 8);
}
