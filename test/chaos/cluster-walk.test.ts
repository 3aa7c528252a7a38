import { setTimeout as sleep } from 'node:timers/promises';
import { createEventOperator, type EventOperator, silentLogger } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { hashSlot } from '../../runtime/redis/connection/hash-slot.js';
import { seededRandom } from '../support/random.js';
import { bringInStep, type ClusterNode, useCluster } from '../support/redis/cluster.js';
import { startLoad } from '../support/redis/cluster-load.js';
import { expectNothingLost } from '../support/redis/load-counts.js';
import { succeeds, until } from '../support/wait.js';

/** `CHAOS_SEED` repeats the choices; `WALK_SECONDS` is the duration (an hour with `npm run test:long`), by default `CHAOS_SECONDS`. */
const seed = Number(process.env.CHAOS_SEED ?? 424_242);
const seconds = Number(process.env.WALK_SECONDS ?? process.env.CHAOS_SECONDS ?? 10);
const [firstPartitions, mostPartitions] = [2, 32];
/** Runs that one fault may repeat: those that were in flight. */
const mostRepeated = 10;
const tenants = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
const used = useCluster({ masters: 3, replicas: 1 });
const random = seededRandom(seed);

/** A master, and the hash tag of a partition that it has. */
interface Place {
  readonly master: ClusterNode;
  readonly tag: string;
}

type Fault = readonly [name: string, weight: number, strike: (place: Place) => Promise<unknown>];

async function withSlot({ master, tag }: Place, act: (slot: number, to: ClusterNode) => Promise<void>): Promise<void> {
  const to = await used.cluster.otherThan(master);
  await used.cluster.beginMove(hashSlot(tag), master, to);
  await act(hashSlot(tag), to);
}

/** None of them loses a write: a replica that becomes the master is in step. */
const faults: readonly Fault[] = [
  [
    'a master is killed',
    3,
    async ({ master, tag }) => {
      await bringInStep(master.redis);
      await master.server.kill();
      await until('another master has its slots', async () => (await used.cluster.ownerOf(tag)).id !== master.id);
      await master.server.restart();
    },
  ],
  [
    'a master is stopped for longer than the node timeout',
    2,
    async ({ master }) => {
      await bringInStep(master.redis);
      used.cluster.pause(master);
      await sleep(2_500);
      used.cluster.resume(master);
    },
  ],
  [
    'a master is stopped for a moment',
    3,
    async ({ master }) => {
      used.cluster.pause(master);
      await sleep(100 + 200 * random());
      used.cluster.resume(master);
    },
  ],
  ['a failover by hand', 3, async ({ master }) => used.cluster.failover(await used.cluster.replicaOf(master))],
  ['a slot is moved', 3, (place) => withSlot(place, (slot, to) => used.cluster.endMove(slot, place.master, to))],
  [
    'a slot is left half moved',
    3,
    (place) =>
      withSlot(place, async (slot, to) => {
        await sleep(300 + 700 * random());
        await used.cluster.cancelMove(slot, place.master, to);
      }),
  ],
  ['the scripts are flushed', 2, ({ master }) => master.redis.script('FLUSH')],
  ['all connections are closed', 2, ({ master }) => master.redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes')],
  [
    'a master is out of memory',
    2,
    async ({ master }) => {
      await master.redis.config('SET', 'maxmemory', '1');
      await sleep(300 + 700 * random());
      await master.redis.config('SET', 'maxmemory', '0');
    },
  ],
];

/** Doubles the partitions. A fault may interrupt it: the processes continue it then. @returns What was done. */
async function grow(operator: EventOperator): Promise<string> {
  const { count, growing } = await operator.partitions.map();
  const target = growing ?? Math.min(2 * count, mostPartitions);
  if (target === count) return 'no further growth';
  return operator.partitions.grow(target, { actor: 'ada' }).then(
    () => `the partitions grow from ${count} to ${target}`,
    (error: unknown) => `a growth from ${count} to ${target} is interrupted (${String(error).slice(0, 60)})`,
  );
}

/** Keys of key queues, in all partitions. */
async function keyQueues(partitions: number): Promise<readonly string[]> {
  const found = await Promise.all(
    Array.from({ length: partitions }, async (_, index) => {
      const { redis } = await used.cluster.ownerOf(`hyvve:${index}`);
      const names = ['heads', 'waiting', 'inherited'].map((name) => `{hyvve:${index}}:group:billing:${name}`);
      const exist = await Promise.all(names.map((name) => redis.exists(name)));
      return names.filter((_name, at) => exist[at] === 1);
    }),
  );
  return found.flat();
}

/** How often each was done. */
function counted(strikes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of strikes) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} (${count})`).join(', ');
}

function drawn(): Fault {
  let at = random() * faults.reduce((sum, [, weight]) => sum + weight, 0);
  for (const fault of faults) {
    at -= fault[1];
    if (at < 0) return fault;
  }
  return faults[0] as Fault;
}

it(`⚑ a random walk over faults of a cluster whose partitions grow (CHAOS_SEED=${seed}, ${seconds} s): no acknowledged event is lost, and each tenant is in order`, {
  timeout: seconds * 1_000 + 120_000,
}, async () => {
  const { cluster } = used;
  const load = await startLoad(
    { nodes: cluster.urls },
    {
      tenants,
      partitions: firstPartitions,
      orderedRunMs: 150,
      maintenance: { everyMs: 200 },
    },
  );
  const operator = createEventOperator({ redis: { nodes: cluster.urls }, logger: silentLogger });
  const strikes: string[] = [];
  const end = performance.now() + seconds * 1_000;
  try {
    await until('events are handled', () => load.runs.size > 20);
    while (performance.now() < end) {
      const { count } = await operator.partitions.map();
      const tag = `hyvve:${Math.floor(random() * count)}`;
      const [name, , strike] = drawn();
      strikes.push(name);
      const growing = strikes.length === 1 || random() < 0.1 ? grow(operator) : undefined;
      await strike({ master: await cluster.ownerOf(tag), tag });
      if (growing !== undefined) strikes.push(await growing);
      await cluster.whole();
      // Not earlier: a former master that does not know the new one yet would acknowledge writes, and lose them.
      await Promise.all(cluster.nodes.map(({ redis }) => redis.client('UNPAUSE')));
      await sleep(500 * random());
    }
    await load.stop();
    await until('both are ready', () => load.consumer.health().ready && load.publisher.health().ready);
    await until('the bus takes further events', () => succeeds(load.send()));
    await until('every event is handled', () => load.missing().length === 0, 60_000);
    await until('no growth is under way', async () => (await operator.partitions.map()).growing === undefined);
    const { count } = await operator.partitions.map();
    expect(count).toBeGreaterThan(firstPartitions);
    await until('no key queue is left', async () => (await keyQueues(count)).length === 0);
    console.log(`CHAOS_SEED=${seed}: ${counted(strikes)}`);
    expectNothingLost(await load.counts(), mostRepeated * strikes.length);
    const log = await operator.log({ limit: 100_000 });
    expect(log.filter(({ kind }) => kind === 'queue-freed' || kind === 'lost')).toEqual([]);
  } catch (cause) {
    const about = `${load.missing().length} of ${load.acknowledged.size} acknowledged events were not handled`;
    const last = `${strikes.length} strikes, at last ${strikes.slice(-30).join(', ')}`;
    throw new Error(`${about}; ${last}; errors in the log: ${[...new Set(load.errors())].join('; ')}`, { cause });
  } finally {
    await Promise.all([load.close(), operator.close()]);
  }
  const codes = load.rejected.map(({ code }) => code);
  const known = ['UNAVAILABLE', 'OUTCOME_UNKNOWN', 'MEMORY_HIGH'];
  expect([...new Set(codes)].filter((code) => !known.includes(code))).toEqual([]);
});
