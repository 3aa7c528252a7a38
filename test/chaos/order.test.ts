import { setTimeout as sleep } from 'node:timers/promises';
import { type DeadLetter, EventBusError, type HandlerOptions } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import type { Worker, WorkerHandler } from '../support/processes/worker.js';
import { seededRandom } from '../support/random.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import type { TcpProxy } from '../support/redis/tcp-proxy.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
/** `CHAOS_SEED` repeats the choices; `CHAOS_SECONDS` is the duration of the faults. */
const seed = Number(process.env.CHAOS_SEED ?? 424_242);
const seconds = Number(process.env.CHAOS_SECONDS ?? 4);
const keys = 30;
/** Long enough that leases do not expire on a busy machine. */
const leaseMs = 4_000;
const settings = { sweepMs: 200, drainMs: 300, concurrency: 20, maxDeliveries: 100, maintenance: { everyMs: 200 } };
const options = { leaseMs, ...settings };

/** The handlers of a build. @param order Of the handler whose order a deployment adds. */
function handlersOf(order: HandlerOptions['order'] = 'none'): WorkerHandler[] {
  const named = (name: string, own: HandlerOptions['order']): WorkerHandler => {
    return { name, does: 'fail-rarely', ms: 3, options: { maxRetries: 2, retryDelaysMs: [40], order: own ?? 'none' } };
  };
  const passing = { by: 'key', whenFailed: 'pass', whenDead: 'hold' } as const;
  return [named('holds', 'key'), named('passes', passing), named('later', order)];
}

/** The processes of a group, and what happens to them. */
class Group {
  readonly #random: () => number;
  readonly #proxy: TcpProxy;
  #workers: Worker[] = [];
  #handlers = handlersOf();

  constructor(random: () => number, proxy: TcpProxy) {
    this.#random = random;
    this.#proxy = proxy;
  }

  async start(): Promise<void> {
    const plan = { options, redisUrl: this.#proxy.url };
    this.#workers.push(await stage.worker('accounts', this.#handlers, plan));
  }

  /** Processes of the next build start, while those of the former one still run. */
  async deploy(): Promise<void> {
    const former = this.#workers.splice(0);
    this.#handlers = handlersOf('key');
    await this.start();
    former[0]?.signal('SIGKILL');
    await Promise.all([this.start(), this.start()]);
    for (const worker of former.slice(1)) worker.signal('SIGTERM');
    await Promise.all(former.map(({ ended }) => ended));
  }

  /** Each fault as often as it is drawn of ten. */
  readonly faults: readonly (readonly [name: string, strike: () => Promise<void>])[] = [
    ...Array.from({ length: 3 }, () => ['killed', () => this.#replace('SIGKILL')] as const),
    ['closed', () => this.#replace('SIGTERM')],
    ...Array.from({ length: 2 }, () => ['stopped', () => this.#stop()] as const),
    ...Array.from({ length: 2 }, () => ['cut off', async () => this.#proxy.cut()] as const),
    ...Array.from({ length: 2 }, () => ['without replies', () => this.#loseReplies()] as const),
  ];

  async #replace(signal: NodeJS.Signals): Promise<void> {
    const [victim] = this.#workers.splice(Math.floor(this.#random() * this.#workers.length), 1);
    victim?.signal(signal);
    await victim?.ended;
    await this.start();
  }

  /** One is stopped for longer than its lease. */
  async #stop(): Promise<void> {
    const victim = this.#workers[Math.floor(this.#random() * this.#workers.length)];
    victim?.signal('SIGSTOP');
    await sleep(leaseMs * (1 + this.#random() / 4));
    victim?.signal('SIGCONT');
  }

  async #loseReplies(): Promise<void> {
    this.#proxy.mode = 'drop-replies';
    await sleep(this.#random() * 400);
    this.#proxy.cut();
    this.#proxy.mode = 'pass';
  }
}

/** Repeats a step until it is stopped. */
function repeat(step: () => Promise<void>, pauseMs: number): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const ended = (async () => {
    while (!stopping.signal.aborted) {
      await step();
      await sleep(pauseMs);
    }
  })();
  return {
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/** Retries, edits or discards dead letters. @param isLeft Those that it leaves. */
async function redrive(random: () => number, isLeft: (letter: DeadLetter) => boolean): Promise<void> {
  const { deadLetters } = stage.operator;
  const by = { actor: 'ann' };
  for (const letter of (await deadLetters.list()).items) {
    if (isLeft(letter)) continue;
    const { id } = letter;
    const drawn = random();
    try {
      if (drawn < 0.4) await deadLetters.retry(id, by);
      else if (drawn < 0.7) await deadLetters.retryEdited(id, { ...anOrder, amount: 1 }, by);
      else await deadLetters.discard(id, by);
    } catch (error) {
      if (EventBusError.from(error).code !== 'NOT_FOUND') throw error;
    }
  }
}

/** Number of deliveries that are not finished, without dead letters. */
async function unfinished(): Promise<number> {
  const { groups } = await stage.operator.statistics.snapshot();
  const [group] = groups;
  if (groups.length !== 1 || group === undefined || group.lag === 'unknown') return Number.POSITIVE_INFINITY;
  return group.pending + group.lag + group.scheduled + group.waiting;
}

it(`⚑ order by key while processes die and stop, and a deployment adds it (CHAOS_SEED=${seed}, ${seconds} s): each key runs in order, and no key queue is left`, {
  timeout: seconds * 1_000 + 120_000,
}, async () => {
  const random = seededRandom(seed);
  const shop = stage.bus('shop', { partitions: 4 });
  const group = new Group(random, await stage.proxy());
  const strikes: string[] = [];
  const [draw, choose] = [seededRandom(seed + 1), seededRandom(seed + 2)];
  const publishing = repeat(async () => {
    const drawn = Array.from({ length: 1 + Math.floor(draw() * 8) }, () => Math.floor(keys * draw() ** 3));
    const own = (key: number) => ({ tenantId: `tenant-${key % 8}`, key: `key-${key}` });
    await Promise.all(drawn.map((key) => shop.publish(OrderPlaced, anOrder, own(key))));
  }, 25);
  // Some that let the next events pass are left until all others are finished.
  let leavesSome = true;
  const isLeft = ({ handler, tenantId }: DeadLetter) => leavesSome && handler === 'holds' && tenantId === 'tenant-0';
  const operating = repeat(() => redrive(choose, isLeft), 150);
  try {
    await Promise.all([group.start(), group.start(), group.start()]);
    await sleep(300);
    await group.deploy();
    const end = performance.now() + seconds * 1_000;
    while (performance.now() < end) {
      const [name, strike] = group.faults[Math.floor(random() * group.faults.length)] ?? ['none', async () => {}];
      strikes.push(name);
      await strike();
      await sleep(random() * 300);
    }
    await publishing.stop();
    await until('everything is finished', async () => (await unfinished()) === 0, 60_000);
    leavesSome = false;
    await until('no dead letter is left', async () => {
      return (await stage.operator.deadLetters.count()) + (await unfinished()) === 0;
    });
  } finally {
    await Promise.all([publishing.stop(), operating.stop()]);
    console.log(`CHAOS_SEED=${seed}: ${strikes.join(', ')}`);
  }
  expect(await stage.redis.keys('*:group:accounts:heads')).toEqual([]);
  expect(await stage.redis.keys('*:group:accounts:waiting')).toEqual([]);
  const log = await stage.operator.log({ limit: 100_000 });
  expect(log.filter(({ kind }) => kind === 'queue-freed')).toEqual([]);
});
