import { EventBusError } from '../errors.js';
import type { Delivery } from './delivery.js';
import type { HandlerLevel, RegisteredHandler } from './handler-set.js';
import type { RunResult } from './interceptor.js';
import { HandlerQueue, Run, type RunOwner, type RunSettings } from './run.js';
import { timeoutError } from './run-result.js';

/** Options of a {@link Deliverer}, set by the transport. */
export interface DelivererOptions<D extends Delivery> extends RunSettings {
  /** Called with the result of each run; `last` is true for the last handler of the delivery. Never throws. */
  readonly settle: (delivery: D, handler: RegisteredHandler, result: RunResult, last: boolean) => void;
}

/** How often running handlers are compared with their timeouts, in milliseconds. One timer serves all of them. */
const timeoutTickMs = 50;

/**
 * Runs the handlers of deliveries: priority levels one after the other, the handlers of a level in parallel, each with its
 * own outcome, concurrency limit and timeout.
 */
export class Deliverer<D extends Delivery> {
  readonly options: DelivererOptions<D>;
  readonly #queues = new Map<RegisteredHandler, HandlerQueue<D>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: DelivererOptions<D>) {
    this.options = options;
    this.#timer = setInterval(() => this.#failTimedOut(), timeoutTickMs);
    this.#timer.unref();
  }

  /** Starts the handlers of one delivery. `levels` has at least one handler. */
  deliver(delivery: D, levels: readonly HandlerLevel[]): void {
    new Round(this, delivery, levels).startLevel();
  }

  /** Aborts `ctx.signal` of the runs of one delivery that another process has taken over. Their outcomes no longer count. */
  abort(delivery: D, reason: EventBusError): void {
    for (const { running } of this.#queues.values()) {
      for (const run of [...running]) if (run.delivery === delivery) run.abort(reason);
    }
  }

  /** Aborts every run and stops the timeout timer. Later outcomes are still passed on. */
  close(): void {
    clearInterval(this.#timer);
    const reason = new EventBusError('CLOSED', 'the bus is closing and the drain timeout is reached');
    for (const { running } of this.#queues.values()) for (const run of [...running]) run.abort(reason);
  }

  queueOf(handler: RegisteredHandler): HandlerQueue<D> {
    let queue = this.#queues.get(handler);
    if (queue === undefined) {
      queue = new HandlerQueue();
      this.#queues.set(handler, queue);
    }
    return queue;
  }

  #failTimedOut(): void {
    // Monotonic: setting the system clock must not end runs.
    const now = performance.now();
    for (const [handler, { running }] of this.#queues) {
      const { timeoutMs } = handler.options;
      const late = [...running].filter((run) => now - run.startedAt >= timeoutMs);
      for (const run of late) run.timeOut(timeoutError(handler.name, timeoutMs));
    }
  }
}

/** One delivery and the progress through its priority levels. */
class Round<D extends Delivery> implements RunOwner<D> {
  readonly delivery: D;
  readonly #deliverer: Deliverer<D>;
  readonly #levels: readonly HandlerLevel[];
  #level = 0;
  /** Number of unfinished handlers of the current level. */
  #open = 0;

  constructor(deliverer: Deliverer<D>, delivery: D, levels: readonly HandlerLevel[]) {
    this.#deliverer = deliverer;
    this.delivery = delivery;
    this.#levels = levels;
  }

  startLevel(): void {
    const level = this.#levels[this.#level];
    if (level === undefined) return;
    this.#level += 1;
    this.#open = level.length;
    for (const handler of level) {
      const queue = this.#deliverer.queueOf(handler);
      const run = new Run(this.#deliverer.options, this, handler, queue);
      if (queue.running.size < handler.options.concurrency) run.start();
      else queue.waiting.push(run);
    }
  }

  onEnded(handler: RegisteredHandler, result: RunResult): void {
    this.#open -= 1;
    // The other levels of a lost delivery run in the process that has it.
    const last = this.#open === 0 && (this.#level === this.#levels.length || this.delivery.lost === true);
    this.#deliverer.options.settle(this.delivery, handler, result, last);
    if (this.#open === 0 && !last) this.startLevel();
  }
}
