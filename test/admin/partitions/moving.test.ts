import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { AdminApp } from '@hyvve-events/admin';
import {
  createEventBus,
  createEventOperator,
  type EventBus,
  type EventOperator,
  NonRetryableError,
  type RedisTarget,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runPartitions } from '../../../admin/partitions/command.js';
import { clusterArgs } from '../../../scripts/redis-cluster.js';
import { type PrivateRedis, startRedis } from '../../../scripts/redis-server.js';
import { callerOf, indexAvailable, useAdmin } from '../../support/admin/admin.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { allEvents, anOrder, OrderPlaced } from '../../support/events/events.js';
import { until } from '../../support/wait.js';

const postgres = usePostgres();
const build = useAdmin();
const guide = readFileSync(new URL('../../../docs/scaling.md', import.meta.url), 'utf8');
const servers: PrivateRedis[] = [];
const durable = ['--appendfsync', 'always'];
let database: pg.Pool;

beforeAll(() => {
  database = new pg.Pool({ connectionString: postgres.server.url });
});
afterAll(async () => {
  await database.end();
  await Promise.all(servers.map((server) => server.stop()));
});

/** Runs of the handler by the number of their event; the first run of each event happens before the move. */
const runs = new Map<number, number>();
/** True until the installation has moved: some events fail. */
let isBefore = true;
const by = { actor: 'ann' };
/** Numbers of events that were published; each has an idempotency key. */
let published = 0;

function started(redis: RedisTarget): Promise<EventBus> {
  const bus = createEventBus({ service: 'billing', redis, logger: silentLogger, leaseMs: 3_000, sweepMs: 200 });
  const handler = { name: 'bill', maxRetries: 2, retryDelaysMs: [1_000] };
  bus.subscribe(
    subscribeTo(allEvents, '*', handler, async ({ data }: { readonly data: { readonly amount: number } }) => {
      const number = data.amount;
      runs.set(number, (runs.get(number) ?? 0) + 1);
      if (isBefore && number % 10 === 0) throw new NonRetryableError('no account');
      if (isBefore && number % 10 === 1) throw new Error('later');
    }),
  );
  return bus.start().then(() => bus);
}

/** Publishes an event by its number: for the second time, it is a duplicate. */
function publish(bus: EventBus, number: number) {
  const context = { tenantId: `tenant-${number % 16}`, idempotencyKey: `order-${number}` };
  return bus.publish(OrderPlaced, { ...anOrder, amount: number }, context);
}

async function publishNext(bus: EventBus, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, () => {
    published += 1;
    return published - 1;
  });
  await Promise.all(numbers.map((number) => publish(bus, number)));
}

/** Publishes every tenth event again. @returns Those that were not recognised */
async function notRecognised(bus: EventBus): Promise<number[]> {
  const numbers = Array.from({ length: published / 10 }, (_, index) => index * 10);
  const again = await Promise.all(numbers.map((number) => publish(bus, number)));
  return numbers.filter((_, index) => again[index]?.duplicate !== true);
}

/** A command of the guide, for a port. */
async function shell(command: string): Promise<string> {
  return (await promisify(execFile)('bash', ['-c', command])).stdout;
}

async function partitions(redis: string, ...args: readonly string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const write = (text: string) => {
    out += text;
  };
  const terminal = { isTTY: false, ask: undefined, write, writeError: write };
  return { code: await runPartitions(args, { REDIS_NODES: redis }, terminal), out };
}

async function isCluster(server: PrivateRedis): Promise<boolean> {
  return (await shell(`redis-cli -p ${server.port} CLUSTER INFO`)).includes('cluster_state:ok');
}

async function withOperator<T>(redis: RedisTarget, call: (operator: EventOperator) => Promise<T>): Promise<T> {
  const operator = createEventOperator({ redis, logger: silentLogger });
  try {
    return await call(operator);
  } finally {
    await operator.close();
  }
}

/** The handled events that did not run the expected number of times. */
function wrongRuns(): [number, number][] {
  const expected = (number: number) => (number < 100 && number % 10 === 1 ? 2 : 1);
  return Array.from({ length: published }, (_, number): [number, number] => [number, runs.get(number) ?? 0]).filter(
    ([number, count]) => count !== expected(number) && !(number < 100 && number % 10 === 0),
  );
}

async function indexed(): Promise<number> {
  return Number((await database.query('select count(*) from hyvve_events.events')).rows[0].count);
}

/** Runs an admin service with the index in the database until it has this number of events. */
async function indexUntil(redis: RedisTarget, events: number): Promise<void> {
  const app: AdminApp = await build({ redis, database: { url: postgres.server.url } });
  await indexAvailable(callerOf(() => app));
  await until(`${events} events are indexed`, async () => (await indexed()) === events);
  await app.close();
}

it('⚑ from one Redis to three masters: nothing is lost or repeated, keys hold, and the index continues; undone before the growth', async () => {
  const first = await startRedis(durable);
  servers.push(first);
  const node = `127.0.0.1:${first.port}`;
  const cluster = { nodes: [`redis://${node}`] };

  // One Redis: handled and dead events, scheduled retries, pending and unread deliveries.
  const before = await started(first.url);
  await publishNext(before, 100);
  await until('all have run once', () => runs.size === 100);
  await withOperator(first.url, async (operator) => {
    await until('10 are dead', async () => (await operator.deadLetters.count()) === 10);
    await until('10 retries are scheduled', async () => {
      const [group] = (await operator.statistics.snapshot()).groups;
      return group?.scheduled === 10 && group.pending === 0;
    });
  });
  await before.close();
  isBefore = false;
  const publisher = createEventBus({ service: 'shop', redis: first.url, logger: silentLogger });
  await publishNext(publisher, 20);
  await publisher.close();
  const redis = new Redis(first.url);
  await redis.xreadgroup('GROUP', 'billing', 'killed', 'COUNT', 10, 'STREAMS', '{hyvve:0}:events', '>');
  redis.disconnect();
  await indexUntil(first.url, 120);
  // The index does not read again what it has: this row does not come back.
  const removed = await database.query(
    'delete from hyvve_events.events where ctid in (select ctid from hyvve_events.events limit 1) returning event_id',
  );

  // The same server as a cluster with one master.
  const asCluster = [...durable, ...(await clusterArgs(2_000))];
  await first.restart(asCluster);
  const [, addSlots = ''] = /```sh\n +(redis-cli -p 6379 CLUSTER NODES \|[\s\S]*?)```/.exec(guide) ?? [];
  expect(await shell(addSlots.replaceAll('6379', String(first.port)))).toContain('OK');
  await until('the cluster is complete', () => isCluster(first));

  // Two more masters, and the empty slots of the plan.
  for (let number = 0; number < 2; number += 1) {
    const other = await startRedis([...durable, ...(await clusterArgs(2_000))]);
    servers.push(other);
    await shell(`redis-cli --cluster add-node 127.0.0.1:${other.port} ${node}`);
    await until('it is known', async () => {
      const infos = await Promise.all(servers.map(({ port }) => shell(`redis-cli -p ${port} CLUSTER INFO`)));
      return infos.every((info) => info.includes(`cluster_known_nodes:${servers.length}`));
    });
  }
  const plan = await partitions(node, 'plan', '4');
  expect([plan.code, plan.out]).toEqual([3, expect.stringContaining('Move 2 empty slots before the growth')]);
  await shell(
    `set -e\n${plan.out
      .split('\n')
      .filter((line) => line.startsWith('redis-cli'))
      .join('\n')}`,
  );
  await until('nothing has to be moved', async () => (await partitions(node, 'plan', '4')).code === 0);

  // Undone: the same server alone. It has all data, because nothing was grown.
  await first.restart(durable);
  const undone = await started(first.url);
  await publishNext(undone, 20);
  await until('all are handled', () => wrongRuns().length === 0);
  expect(await notRecognised(undone)).toEqual([]);
  await undone.close();

  // The cluster again, and the growth under load.
  await first.restart(asCluster);
  await until('the cluster is complete', async () => (await Promise.all(servers.map(isCluster))).every(Boolean));
  const buses = await Promise.all([started(cluster), started(cluster)]);
  const [bus = buses[1] as EventBus] = buses;
  let isGrowing = true;
  const load = (async () => {
    while (isGrowing || published % 10 !== 0) await publishNext(bus, 2);
  })();
  await until('events are handled', () => runs.size > 150);
  const grown = await partitions(node, 'grow', '4', '--yes');
  expect(grown).toMatchObject({ code: 0, out: expect.stringContaining('grown from 1 to 4 partitions') });
  const atGrowth = published;
  await until('the load goes on', () => published > atGrowth + 40);
  isGrowing = false;
  await load;
  await until('all are handled', () => wrongRuns().length === 0 && runs.size === published);
  expect(await notRecognised(bus)).toEqual([]);
  await withOperator(cluster, async (operator) => {
    expect((await operator.partitions.map()).partitions.map(({ server }) => server)).toHaveLength(4);
    const used = new Set((await operator.partitions.map()).partitions.map(({ server }) => server));
    expect(used.size).toBe(3);
    const figures = await operator.statistics.snapshot();
    expect(figures.partitions.every(({ stream }) => stream.length > 0)).toBe(true);
    const [letter] = (await operator.deadLetters.list({ limit: 1 })).items;
    expect(await operator.deadLetters.count()).toBe(10);
    await operator.deadLetters.retry(letter?.id ?? '', by);
    await until('it has run', () =>
      [...runs].filter(([number]) => number < 100 && number % 10 === 0).some(([, count]) => count === 2),
    );
    await until('no group waits', async () => (await operator.partitions.drained()).length === 0);
  });
  await Promise.all(buses.map((each) => each.close()));
  await indexUntil(cluster, published - 1);
  const again = await database.query('select 1 from hyvve_events.events where event_id = $1', [
    removed.rows[0].event_id,
  ]);
  expect(again.rows).toEqual([]);
}, 180_000);
