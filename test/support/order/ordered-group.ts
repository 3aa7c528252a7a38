import { setTimeout as sleep } from 'node:timers/promises';
import { type DeadLetter, EventBusError, type EventOperator, type HandlerOptions } from '@hyvve-events/runtime';
import { anOrder } from '../events/events.js';
import type { Stage } from '../processes/chaos.js';
import type { Worker, WorkerHandler } from '../processes/worker.js';
import type { TcpProxy } from '../redis/tcp-proxy.js';

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

/** The processes of the group `accounts`, some of whose handlers are ordered by key, and what happens to them. */
export class OrderedGroup {
  readonly #stage: Stage;
  readonly #random: () => number;
  readonly #proxy: TcpProxy;
  #workers: Worker[] = [];
  #handlers = handlersOf();

  /** @param proxy All its processes connect through it. */
  constructor(stage: Stage, random: () => number, proxy: TcpProxy) {
    this.#stage = stage;
    this.#random = random;
    this.#proxy = proxy;
  }

  async start(): Promise<void> {
    const plan = { options, redisUrl: this.#proxy.url };
    this.#workers.push(await this.#stage.worker('accounts', this.#handlers, plan));
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
export function repeat(step: () => Promise<void>, pauseMs: number): { stop(): Promise<void> } {
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
export async function redrive(
  { deadLetters }: EventOperator,
  random: () => number,
  isLeft: (letter: DeadLetter) => boolean,
): Promise<void> {
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
export async function unfinished(operator: EventOperator): Promise<number> {
  const { groups } = await operator.statistics.snapshot();
  const [group] = groups;
  if (groups.length !== 1 || group === undefined || group.lag === 'unknown') return Number.POSITIVE_INFINITY;
  return group.pending + group.lag + group.scheduled + group.waiting;
}
