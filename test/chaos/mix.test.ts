import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError, type Published, type TenantPublisher } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { settledV1, settledV2 } from '../support/events/versioned.js';
import { type Stage, tenant } from '../support/processes/chaos.js';
import type { Worker, WorkerHandler } from '../support/processes/worker.js';
import { seededRandom } from '../support/random.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import type { TcpProxy } from '../support/redis/tcp-proxy.js';
import { succeeds, until } from '../support/wait.js';

const stage = useRecordedStage();
/** `CHAOS_SEED` repeats a run; `CHAOS_SECONDS` is its duration (two minutes with `npm run test:chaos`). */
const seed = Number(process.env.CHAOS_SEED ?? 424_242);
const seconds = Number(process.env.CHAOS_SECONDS ?? 10);
const handlers: readonly WorkerHandler[] = [
  { name: 'bill', does: 'sleep', ms: 8 },
  { name: 'flaky', does: 'fail-sometimes', options: { maxRetries: 60, retryDelaysMs: [80] } },
  { name: 'hopeless', does: 'fail', options: { maxRetries: 1, retryDelaysMs: [60] } },
];
/** Time after a failure within which a run may be repeated: until leases have expired and another process has taken over. */
const aftermathMs = 10_000;
/** Long enough that leases do not expire on a busy machine. */
const leaseMs = 4_000;
const plan = { options: { leaseMs, sweepMs: 300, concurrency: 20, maxDeliveries: 100 } };

/** Failures with their weights. The history of the test knows what each of them may cause. */
type Fault = readonly [name: string, weight: number, strike: (mix: Mix) => Promise<void>];

interface Mix {
  readonly random: () => number;
  readonly proxy: TcpProxy;
  readonly workers: Worker[];
  readonly stage: Stage;
  readonly start: () => Promise<void>;
}

const pick = <T>({ random }: Mix, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

async function replaceOne(mix: Mix, signal: NodeJS.Signals): Promise<void> {
  const victim = pick(mix, mix.workers);
  mix.workers.splice(mix.workers.indexOf(victim), 1);
  victim.signal(signal);
  await victim.ended;
  await mix.start();
}

const faults: readonly Fault[] = [
  ['a process is killed', 4, (mix) => replaceOne(mix, 'SIGKILL')],
  ['a process shuts down gracefully, and another starts', 2, (mix) => replaceOne(mix, 'SIGTERM')],
  [
    'a process is stopped for longer than its lease',
    2,
    async (mix) => {
      const victim = pick(mix, mix.workers);
      victim.signal('SIGSTOP');
      await sleep(leaseMs * (1 + mix.random() / 2));
      victim.signal('SIGCONT');
    },
  ],
  [
    'every connection through the proxy breaks',
    4,
    async ({ proxy }) => {
      proxy.cut();
    },
  ],
  [
    'replies are lost for a while',
    3,
    async ({ proxy, random }) => {
      proxy.mode = 'drop-replies';
      await sleep(random() * 1_500);
      proxy.cut();
      proxy.mode = 'pass';
    },
  ],
  [
    'requests and replies are lost for a while',
    2,
    async ({ proxy, random }) => {
      proxy.mode = 'freeze';
      await sleep(random() * 3_000);
      proxy.cut();
      proxy.mode = 'pass';
    },
  ],
  [
    'every client is killed',
    3,
    async (mix) => {
      await mix.stage.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    },
  ],
  [
    'scripts are flushed',
    2,
    async (mix) => {
      await mix.stage.redis.script('FLUSH');
    },
  ],
  [
    "BullMQ's keys are deleted",
    1,
    async (mix) => {
      const keys = await mix.stage.redis.keys('{hyvve:timer:*');
      if (keys.length > 0) await mix.stage.redis.del(...keys);
    },
  ],
  [
    'Redis is restarted',
    1,
    async (mix) => {
      await mix.stage.server.shutdown();
      await sleep(mix.random() * 2_000);
      await mix.stage.server.restart();
      await until('Redis is back', () => succeeds(mix.stage.redis.ping()));
    },
  ],
];

/** An order, or an event of one of two versions: publishers of both builds write at the same time. */
function anyEvent({ random }: Mix): (bus: TenantPublisher, options: { readonly id?: string }) => Promise<Published> {
  const orderId = String(1 + Math.floor(random() * 100));
  const amount = Number(orderId);
  const kind = Math.floor(random() * 3);
  if (kind === 0) return (bus, options) => bus.publish(settledV1, { orderId, amount }, options);
  if (kind === 1) return (bus, options) => bus.publish(settledV2(), { orderId, amount: amount * 100 }, options);
  return (bus, options) => bus.publish(OrderPlaced, anOrder, options);
}

/** Publishes until it is stopped, partly through the proxy, and publishes again after OUTCOME_UNKNOWN. */
async function publishAll(mix: Mix, going: () => boolean): Promise<string[]> {
  const ids: string[] = [];
  const buses = [stage.server.url, mix.proxy.url].map((redis) =>
    stage.bus('shop', { redis, publishDeadlineMs: 4_000 }).withContext(tenant),
  );
  while (going()) {
    const bus = pick(mix, buses);
    await Promise.all(
      Array.from({ length: 1 + Math.floor(mix.random() * 5) }, async () => {
        const publish = anyEvent(mix);
        let options: { id?: string } = {};
        for (;;) {
          try {
            const { id } = await publish(bus, options);
            ids.push(id);
            return;
          } catch (error) {
            if (!(error instanceof EventBusError)) throw error;
            expect(['UNAVAILABLE', 'OUTCOME_UNKNOWN']).toContain(error.code);
            if (error.eventId !== undefined) options = { id: error.eventId };
            else if (!going()) return;
            await sleep(100);
          }
        }
      }),
    );
    await sleep(10 + mix.random() * 30);
  }
  return ids;
}

it(`a mix of failures (CHAOS_SEED=${seed}, ${seconds} s): no event is lost, every duplicate has a cause, and the results are correct`, {
  timeout: seconds * 1_000 + 240_000,
}, async () => {
  const random = seededRandom(seed);
  const proxy = await stage.proxy();
  const workers: Worker[] = [];
  const start = async () => {
    const redisUrl = random() < 0.5 ? proxy.url : stage.server.url;
    // Builds of two versions of an event run side by side.
    const settled = random() < 0.5 ? 1 : 2;
    workers.push(await stage.worker('billing', handlers, { ...plan, redisUrl, settled }));
  };
  const mix: Mix = { random, proxy, workers, stage, start };
  await start();
  await start();
  await start();
  const end = performance.now() + seconds * 1_000;
  const going = () => performance.now() < end;
  const publishing = publishAll({ ...mix, random: seededRandom(seed + 1) }, going);
  const strikes: string[] = [];
  const weights = faults.reduce((sum, [, weight]) => sum + weight, 0);
  while (going()) {
    let at = random() * weights;
    const fault = faults.find(([, weight]) => {
      at -= weight;
      return at < 0;
    });
    if (fault === undefined) continue;
    strikes.push(fault[0]);
    await fault[2](mix);
    await sleep(random() * 1_500);
  }
  // What the newer version of the event needs, if only older builds are left.
  await stage.worker('billing', handlers, { ...plan, settled: 2 });
  // After the last failure, no run is repeated.
  await sleep(aftermathMs);
  const calm = await stage.publish(200);
  const ids = [...(await publishing), ...calm];
  const summary = `CHAOS_SEED=${seed}: ${ids.length} events; ${strikes.join(', ')}`;
  // Every delivery has ended: completed by two handlers, dead for the third one.
  const account = await settled(stage.operator, ids, 3, 180_000).catch((error: unknown) => {
    throw new Error(`${summary}: ${error instanceof Error ? error.message : error}`);
  });
  expect(account, summary).toMatchObject({ done: 2 * ids.length, dead: ids.length });
  // Each handler got the form of data that its build knows.
  expect(await stage.wrong(), summary).toEqual([]);
  const effects = await stage.effects();
  for (const id of ids) expect(effects.get(`billing/hopeless/${id}`), summary).toBeUndefined();
  for (const id of calm)
    for (const name of ['bill', 'flaky']) {
      expect(effects.get(`billing/${name}/${id}`), `${summary}: ${name} of ${id} in the calm`).toBe(1);
    }
  console.log(summary);
});
