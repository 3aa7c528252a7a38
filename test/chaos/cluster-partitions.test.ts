import { createEventOperator, type EventOperator, silentLogger } from '@hyvve-events/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { comparePositions, parsePosition, positionOf } from '../../runtime/event/position.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { type ClusterNode, useCluster } from '../support/redis/cluster.js';
import { type RunningLoad, startLoad } from '../support/redis/cluster-load.js';
import { expectNothingLost, expectOrderly } from '../support/redis/load-counts.js';
import { startProxy } from '../support/redis/tcp-proxy.js';
import { newGate, until } from '../support/wait.js';

const partitions = 8;
const used = useCluster({ masters: 3, replicas: 1 });
/** Runs whose outcomes may be lost with a master: those since its replica was cut off, and those that the gate holds back. */
const mostRepeated = 16;
/** One tenant of each partition. */
const tenants: string[] = [];
for (let n = 0; tenants.filter(Boolean).length < partitions; n += 1) {
  tenants[partitionOf(`tenant-${n}`, partitions)] ??= `tenant-${n}`;
}
const partitionIn = (position: string) => parsePosition(position)?.partition ?? -1;

/** The partitions whose keys a node has, and all others. */
async function placesOf(node: ClusterNode): Promise<{ readonly ofOwner: number[]; readonly others: number[] }> {
  const places: { readonly ofOwner: number[]; readonly others: number[] } = { ofOwner: [], others: [] };
  for (let index = 0; index < partitions; index += 1) {
    const owner = await used.cluster.ownerOf(`hyvve:${index}`);
    (owner.id === node.id ? places.ofOwner : places.others).push(index);
  }
  return places;
}

/** Whether a number of further events was acknowledged. */
function acknowledges(load: RunningLoad, count: number): () => boolean {
  const before = load.acknowledged.size;
  return () => load.acknowledged.size > before + count;
}

/** Whether each partition has acknowledged further events. */
function everyPartition(load: RunningLoad): () => boolean {
  const known = new Set(load.acknowledged.keys());
  return () => {
    const further = [...load.acknowledged.values()].filter(({ id }) => !known.has(id));
    return new Set(further.map(({ position }) => partitionIn(position))).size === partitions;
  };
}

/** Numbers of events of a set of partitions. */
function countsIn(load: RunningLoad, of: readonly number[]) {
  const own = [...load.acknowledged.values()].filter(({ position }) => of.includes(partitionIn(position)));
  const ofTenants = of.map((index) => tenants[index]);
  return {
    acknowledged: own.length,
    handled: own.filter(({ id }) => load.runs.has(id)).length,
    rejected: load.rejected.filter(({ tenantId }) => ofTenants.includes(tenantId)).map(({ code }) => code),
  };
}

describe('⚑ 8 partitions on a Redis Cluster of 3 masters: a fault of one master', () => {
  beforeEach(() => used.cluster.empty());
  afterEach(() => used.cluster.whole());

  it.each([
    ['each lost event is in a reported range', undefined],
    ['with durability no event is lost', { replicas: 1, timeoutMs: 300 }],
  ])('the replica was cut off before the master was killed: %s', async (_, durability) => {
    const { cluster } = used;
    const owner = await cluster.ownerOf('hyvve:0');
    const { ofOwner, others } = await placesOf(owner);
    let gate = newGate();
    gate.open();
    // Events that wait for the gate stay in the stream, because only eight run at once.
    const beforeRun = () => gate.passed;
    const load = await startLoad(
      { nodes: cluster.urls },
      { tenants, partitions, concurrency: 8, beforeRun, ...(durability === undefined ? {} : { durability }) },
    );
    const operator = createEventOperator({ redis: { nodes: cluster.urls }, logger: silentLogger });
    try {
      await until('events are handled', () => load.runs.size > 50);
      const replica = await cluster.replicaOf(owner);
      gate = newGate();
      cluster.pause(replica);
      await owner.redis.client('KILL', 'TYPE', 'replica');
      await until('further events are acknowledged', acknowledges(load, 40));
      await owner.server.kill();
      cluster.resume(replica);
      gate.open();
      await until('the replica is the master', async () => (await cluster.ownerOf('hyvve:0')).id === replica.id);
      // With durability, the new master needs a replica.
      await owner.server.restart();
      await until('every partition is written to', everyPartition(load));
      await load.stop();
      await until('the rest is handled', async () => {
        const found = durability === undefined ? await lostRanges(operator) : [];
        return load.missing().every(({ position }) => isIn(found, position));
      });
      const counts = await load.counts();
      expectOrderly(counts, mostRepeated);
      if (durability !== undefined) expect(counts.handled).toBe(counts.acknowledged);
      else {
        expect(counts.written).toBeLessThan(counts.acknowledged);
        expect(new Set((await lostRanges(operator)).map(({ index }) => index))).toEqual(new Set(ofOwner));
      }
      expect(countsIn(load, others).rejected).toEqual([]);
    } finally {
      await Promise.all([load.close(), operator.close()]);
    }
  });

  it('it is stopped, replaced and goes on: what it still acknowledges is in a reported range if it is lost', async () => {
    const { cluster } = used;
    const owner = await cluster.ownerOf('hyvve:0');
    const { ofOwner, others } = await placesOf(owner);
    const load = await startLoad({ nodes: cluster.urls }, { tenants, partitions });
    const operator = createEventOperator({ redis: { nodes: cluster.urls }, logger: silentLogger });
    try {
      await until('events are handled', () => load.runs.size > 50);
      // Its clients have sent calls that it executes when it goes on, before it learns that it was replaced.
      cluster.pause(owner);
      const replica = await cluster.replicaOf(owner);
      await until('the replica is the master', async () => {
        return String(await replica.redis.info('replication')).includes('role:master');
      });
      cluster.resume(owner);
      await until('every partition is written to', everyPartition(load));
      await load.stop();
      await until('the rest is handled', async () => {
        const found = await lostRanges(operator);
        return load.missing().every(({ position }) => isIn(found, position));
      });
      const counts = await load.counts();
      expectOrderly(counts, mostRepeated);
      expect(load.missing().every(({ position }) => ofOwner.includes(partitionIn(position)))).toBe(true);
      expect(countsIn(load, others).rejected).toEqual([]);
    } finally {
      await Promise.all([load.close(), operator.close()]);
    }
  });

  it('it is out of memory: the others publish, and its own backlog is handled', async () => {
    const { cluster } = used;
    const owner = await cluster.ownerOf('hyvve:0');
    const { ofOwner, others } = await placesOf(owner);
    let gate = newGate();
    gate.open();
    const beforeRun = () => gate.passed;
    const load = await startLoad({ nodes: cluster.urls }, { tenants, partitions, concurrency: 16, beforeRun });
    try {
      await until('events are handled', () => load.runs.size > 50);
      gate = newGate();
      await until('there is a backlog', acknowledges(load, 60));
      await owner.redis.config('SET', 'maxmemory', '1');
      const isRefused = () => countsIn(load, ofOwner).rejected.length > 20;
      await until('publishes are refused', isRefused);
      const before = { own: countsIn(load, ofOwner), others: countsIn(load, others) };
      expect(before.own.handled).toBeLessThan(before.own.acknowledged);
      gate.open();
      await until('the backlog is handled', () => load.missing().length < 20);
      await until('the others publish', () => {
        return countsIn(load, others).acknowledged > before.others.acknowledged + 50;
      });
      expect(countsIn(load, ofOwner).acknowledged).toBe(before.own.acknowledged);
      await owner.redis.config('SET', 'maxmemory', '0');
      await until('every partition is written to', everyPartition(load));
      await load.stop();
      await until('every event is handled', () => load.missing().length === 0);
      expect(new Set(countsIn(load, ofOwner).rejected)).toEqual(new Set(['MEMORY_HIGH']));
      expectNothingLost(await load.counts(), 0);
      expect(countsIn(load, others).rejected).toEqual([]);
    } finally {
      await owner.redis.config('SET', 'maxmemory', '0');
      await load.close();
    }
  });

  it('it does not answer: meanwhile the others publish and handle', async () => {
    const { cluster } = used;
    const owner = await cluster.ownerOf('hyvve:0');
    const { ofOwner, others } = await placesOf(owner);
    // Only the clients cannot reach it: for the other nodes it is alive.
    const proxy = await startProxy(owner.server.port);
    const natMap = { [`127.0.0.1:${owner.server.port}`]: { host: '127.0.0.1', port: Number(new URL(proxy.url).port) } };
    const nodes = cluster.urls.filter((url) => url !== owner.server.url);
    const load = await startLoad({ nodes, natMap }, { tenants, partitions, publishDeadlineMs: 1_000 });
    try {
      await until('events are handled', () => load.runs.size > 50);
      proxy.mode = 'freeze';
      await until('publishes to it are refused', () => countsIn(load, ofOwner).rejected.length > 20);
      const before = countsIn(load, others);
      await until('the others go on', () => countsIn(load, others).handled > before.handled + 50);
      expect(load.publisher.health()).toMatchObject({ ready: true, partitions: { away: [...ofOwner] } });
      proxy.mode = 'pass';
      proxy.cut();
      await until('every partition is written to', everyPartition(load));
      await load.stop();
      await until('every event is handled', () => load.missing().length === 0);
      expectNothingLost(await load.counts(), 0);
      expect(countsIn(load, others).rejected).toEqual([]);
    } finally {
      await load.close();
      await proxy.close();
    }
  });
});

/** Ids of a stream after `from`, up to `to`. */
interface LostRange {
  readonly from: string;
  readonly to: string;
  readonly index: number;
}

/** The ranges of lost events in the log. */
async function lostRanges(operator: EventOperator): Promise<readonly LostRange[]> {
  return (await operator.log({ limit: 1_000 }))
    .filter(({ kind }) => kind === 'lost')
    .map(({ id, detail }) => ({ from: String(detail.from), to: String(detail.to), index: partitionIn(id) }));
}

function isIn(ranges: readonly LostRange[], position: string): boolean {
  return ranges.some(({ from, to, index }) => {
    const isAfter = comparePositions(position, positionOf(from, index)) > 0;
    return index === partitionIn(position) && isAfter && comparePositions(position, positionOf(to, index)) <= 0;
  });
}
