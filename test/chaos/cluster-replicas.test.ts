import { expect, it } from 'vitest';
import { useCluster } from '../support/redis/cluster.js';
import { startLoad } from '../support/redis/cluster-load.js';
import { expectNothingLost } from '../support/redis/load-counts.js';
import { until } from '../support/wait.js';

const used = useCluster({ masters: 3, replicas: 2 });
/** Runs whose outcomes the master had recorded and no replica had received. */
const mostRepeated = 16;

it('⚑ durability with one of two replicas: the other one was cut off, and the master is killed', async () => {
  const { cluster } = used;
  const owner = await cluster.ownerOf('hyvve:0');
  const load = await startLoad({ nodes: cluster.urls }, { durability: { replicas: 1, timeoutMs: 300 } });
  try {
    await until('events are handled', () => load.runs.size > 50);
    const behind = await cluster.replicaOf(owner);
    cluster.pause(behind);
    await owner.redis.client('KILL', 'TYPE', 'replica');
    const before = load.acknowledged.size;
    // The other replica connects again and confirms them.
    await until('further events are acknowledged', () => load.acknowledged.size > before + 40);
    await owner.server.kill();
    cluster.resume(behind);
    await until('another node is the master', async () => (await cluster.ownerOf('hyvve:0')).id !== owner.id);
    await owner.server.restart();
    const then = load.acknowledged.size;
    await until('further events are acknowledged', () => load.acknowledged.size > then + 40);
    await load.stop();
    await until('every event is handled', () => load.missing().length === 0);
    expectNothingLost(await load.counts(), mostRepeated);
    const codes = load.rejected.map(({ code }) => code);
    expect(codes.filter((code) => code !== 'UNAVAILABLE' && code !== 'OUTCOME_UNKNOWN')).toEqual([]);
  } finally {
    await load.close();
  }
  await cluster.whole();
});
