import { EventBusError } from '../errors.js';
import type { Delivery } from './delivery.js';
import type { HandlerLevel, RegisteredHandler } from './handler-set.js';
import type { RunResult } from './interceptor.js';
import { HandlerQueue, Run, type RunOwner, type RunSettings } from './run.js';
import { timeoutError } from './run-result.js';

/** What a {@link Deliverer} needs of the transport. */
export interface DelivererOptions<D extends Delivery> extends RunSettings {
  /** Receives the result of each run as it ends; `last` when no handler of the delivery is left. Never throws. */
  readonly settle: (delivery: D, handler: RegisteredHandler, result: RunResult, last: boolean) => void;
}

/** How often running handlers are compared with their timeouts, in milliseconds. One timer serves all of them. */
const timeoutTickMs = 50;

/**
 * Runs the handlers of deliveries: levels of priority one after the other, the handlers of a level side by side, each
 * with its own outcome, concurrency limit and timeout.
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

  /** Aborts `ctx.signal` of the runs of one delivery: another process has it now. Their outcomes no longer count. */
  abort(delivery: D, reason: EventBusError): void {
    for (const { running } of this.#queues.values()) {
      for (const run of running) if (run.delivery === delivery) run.abort(reason);
    }
  }

  /** Aborts every run and stops the clock. Outcomes that still come are passed on. */
  close(): void {
    clearInterval(this.#timer);
    const reason = new EventBusError('CLOSED', 'the bus is closing and the drain timeout is reached');
    for (const { running } of this.#queues.values()) for (const run of running) run.abort(reason);
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
    // Monotonic: a clock that is set must not end every run.
    const now = performance.now();
    for (const [handler, { running }] of this.#queues) {
      const { timeoutMs } = handler.options;
      // The runs of a handler have one timeout, so the first that is in time ends the search.
      for (const run of running) {
        if (now - run.startedAt < timeoutMs) break;
        run.timeOut(timeoutError(handler.name, timeoutMs));
      }
    }
  }
}

/** One delivery on its way through its levels. */
class Round<D extends Delivery> implements RunOwner<D> {
  readonly delivery: D;
  readonly #deliverer: Deliverer<D>;
  readonly #levels: readonly HandlerLevel[];
  #level = 0;
  /** Handlers of the present level that have not ended. */
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
      if (queue.running.size < handler.options.concurrency) void run.start();
      else queue.waiting.push(run);
    }
  }

  onEnded(handler: RegisteredHandler, result: RunResult): void {
    this.#open -= 1;
    const last = this.#open === 0 && this.#level === this.#levels.length;
    this.#deliverer.options.settle(this.delivery, handler, result, last);
    if (this.#open === 0 && !last) this.startLevel();
  }
}
