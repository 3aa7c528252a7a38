import { Redis } from 'ioredis';
import { beforeAll, expect, it, vi } from 'vitest';
import { guardedScripts } from '../support/redis/key-guard.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';
import { describeContract } from './contract.js';
import { describeOlderVersions } from './older-versions.js';
import { redisHarness } from './redis-harness.js';

vi.mock('../../runtime/redis/connection/script.js', async (original) => {
  const { guardKeys } = await import('../support/redis/key-guard.js');
  return guardKeys(await original());
});

// A single node with all slots also refuses a script that uses two slots.
const server = useRedis(['--cluster-enabled', 'yes']);

beforeAll(async () => {
  const redis = new Redis(server.url);
  await redis.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  await until('the cluster is up', async () =>
    String(await redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  redis.disconnect();
});

it('⚑ a cluster refuses keys of two slots in one script', async () => {
  const redis = new Redis(server.url);
  await expect(redis.eval('#!lua\nreturn 1', 2, '{a}:x', '{b}:x')).rejects.toThrow('CROSSSLOT');
  await expect(redis.eval("#!lua\nredis.call('GET', '{a}:x') return redis.call('GET', '{b}:x')", 0)).rejects.toThrow(
    'do not hash to the same slot',
  );
  redis.disconnect();
});

describeContract('⚑ on Redis Cluster, every script stays in one slot', () => redisHarness(server.url));
describeOlderVersions('on Redis Cluster', () => redisHarness(server.url));

it('⚑ no script accessed a key that it does not declare', () => {
  expect(guardedScripts.undeclared).toEqual([]);
});
