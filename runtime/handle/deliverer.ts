import { EventBusError } from '../errors.js';
import type { Envelope, UnknownEvent } from '../event/envelope.js';
import type { Logger } from '../logger.js';
import { callHook, type Metrics, type RunMetric } from '../observe/metrics.js';
import { isTraced, type ProcessSpan, startProcess } from '../observe/tracing.js';
import type { Publisher } from '../publish/publisher.js';
import { ScopedPublisher } from '../publish/scoped-publisher.js';
import { type Failure, failureOf, isErrorLike } from '../support/failure.js';
import type { HandlerLevel, RegisteredHandler } from './handler-set.js';
import { checkOnceCall, storedResult, unstoredMessage } from './once-result.js';
import { done, type Outcome, outcomeOf, timeoutError } from './outcome.js';
import type { HandlerContext } from './subscription.js';

/** One event on its way to handlers of this process: from the stream to all of them, or one handler's retry. */
export interface Delivery {
  /** The event's entry in the stream. */
  readonly streamId: string;
  readonly event: Envelope | UnknownEvent;
  /** Which run this is for its handlers, from 1. */
  readonly attempt: number;
}

/** What a {@link Deliverer} needs of the transport. */
export interface DelivererOptions<D extends Delivery> {
  /** The consumer group: the service. */
  readonly group: string;
  /** The event stream, as traces name it. */
  readonly destination: string;
  /** What handlers publish with. */
  readonly publisher: Publisher;
  readonly logger: Logger;
  /** Takes each run's outcome as it ends; `last` when no handler of the delivery is left. Never throws. */
  readonly settle: (delivery: D, handler: RegisteredHandler, outcome: Outcome, last: boolean) => void;
  /** Keeps the results behind `ctx.once`. */
  readonly once: OnceStore;
  /** Told of every run. */
  readonly metrics: Metrics | undefined;
  /** Called with how long every run of a live delivery took, in milliseconds. */
  readonly took: ((handler: string, durationMs: number) => void) | undefined;
}

/** Remembers the results of side effects. */
export interface OnceStore {
  /** Gives the remembered result of `key`, or runs `effect` and remembers what it gives for `windowMs`. */
  once<Result>(key: string, effect: () => Result | Promise<Result>, windowMs: number): Promise<Result>;
}

/** How often the running handlers are held against their timeouts, in milliseconds. One timer serves all of them. */
const timeoutTickMs = 50;
const day = 24 * 60 * 60 * 1000;

/**
 * Runs the handlers of deliveries: levels of priority one after the other, the handlers of a level side by side, each
 * with its own outcome, concurrency limit and timeout.
 */
export class Deliverer<D extends Delivery> {
  readonly options: DelivererOptions<D>;
  readonly #lanes = new Map<RegisteredHandler, Lane<D>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: DelivererOptions<D>) {
    this.options = options;
    this.#timer = setInterval(() => this.#endOverdue(), timeoutTickMs);
    this.#timer.unref();
  }

  /** Starts the handlers of one delivery. `levels` has at least one handler. */
  deliver(delivery: D, levels: readonly HandlerLevel[]): void {
    new Round(this, delivery, levels).startLevel();
  }

  /** Aborts `ctx.signal` of the runs of one delivery: another process has it now. Their outcomes no longer count. */
  abort(delivery: D, reason: EventBusError): void {
    for (const lane of this.#lanes.values()) {
      for (const run of lane.running) if (run.round.delivery === delivery) run.abort(reason);
    }
  }

  /** Aborts every run and stops the clock. Outcomes that still come are handed on. */
  close(): void {
    clearInterval(this.#timer);
    const reason = new EventBusError('CLOSED', 'the bus is closing and the time to drain is over');
    for (const lane of this.#lanes.values()) for (const run of lane.running) run.abort(reason);
  }

  /** The lane of a handler: what runs and what waits for a place. */
  laneOf(handler: RegisteredHandler): Lane<D> {
    let lane = this.#lanes.get(handler);
    if (lane === undefined) {
      lane = { running: new Set(), waiting: [] };
      this.#lanes.set(handler, lane);
    }
    return lane;
  }

  #endOverdue(): void {
    // Monotonic: a clock that is set must not end every run.
    const now = performance.now();
    for (const [handler, lane] of this.#lanes) {
      const { timeoutMs } = handler.options;
      // A lane's runs have one timeout, so the first that is in time ends the search.
      for (const run of lane.running) {
        if (now - run.startedAt < timeoutMs) break;
        const error = timeoutError(handler.name, timeoutMs);
        run.abort(error);
        run.fail(error);
      }
    }
  }
}

interface Lane<D extends Delivery> {
  /** In the order they started. */
  readonly running: Set<Run<D>>;
  readonly waiting: Run<D>[];
}

/** The rounds that one delivery makes through its levels. */
class Round<D extends Delivery> {
  readonly deliverer: Deliverer<D>;
  readonly delivery: D;
  readonly #levels: readonly HandlerLevel[];
  #level = 0;
  /** Handlers of the present level that have not ended. */
  #open = 0;

  constructor(deliverer: Deliverer<D>, delivery: D, levels: readonly HandlerLevel[]) {
    this.deliverer = deliverer;
    this.delivery = delivery;
    this.#levels = levels;
  }

  startLevel(): void {
    const level = this.#levels[this.#level];
    if (level === undefined) return;
    this.#level += 1;
    this.#open = level.length;
    for (const handler of level) {
      const lane = this.deliverer.laneOf(handler);
      const run = new Run(this, handler, lane);
      if (lane.running.size < handler.options.concurrency) void run.start();
      else lane.waiting.push(run);
    }
  }

  ended(handler: RegisteredHandler, outcome: Outcome): void {
    this.#open -= 1;
    const last = this.#open === 0 && this.#level === this.#levels.length;
    this.deliverer.options.settle(this.delivery, handler, outcome, last);
    if (this.#open === 0 && !last) this.startLevel();
  }
}

/** One run of one handler, and the context it is given. */
class Run<D extends Delivery> implements HandlerContext {
  readonly round: Round<D>;
  startedAt = 0;
  readonly #handler: RegisteredHandler;
  readonly #lane: Lane<D>;
  #ended = false;
  #abort: AbortController | undefined;
  #abortReason: EventBusError | undefined;
  #publisher: Publisher | undefined;
  #log: Logger | undefined;
  #span: ProcessSpan | undefined;

  constructor(round: Round<D>, handler: RegisteredHandler, lane: Lane<D>) {
    this.round = round;
    this.#handler = handler;
    this.#lane = lane;
  }

  async start(): Promise<void> {
    this.startedAt = performance.now();
    this.#lane.running.add(this);
    try {
      const result = isTraced() ? this.#traced() : this.#handler.run(this.round.delivery.event, this);
      if (result !== undefined) await result;
    } catch (thrown) {
      this.fail(thrown);
      return;
    }
    this.end(done);
  }

  /** Ends the run as failed, whatever was thrown. Never throws. */
  fail(thrown: unknown): void {
    if (this.#ended) return;
    const failure = failureOf(thrown);
    const outcome = outcomeOf(failure, this.attempt, this.#handler.options);
    this.#logFailure(thrown, failure, outcome);
    this.end(outcome, thrown);
  }

  /** Logs the error itself: loggers show its class, its cause and its own fields. One that no logger can read is logged as stored. */
  #logFailure(thrown: unknown, failure: Failure, outcome: Outcome): void {
    if (outcome.kind === 'done') return;
    const write = (err: unknown) => () => {
      if (outcome.kind === 'retry') {
        this.log.warn({ err, delayMs: outcome.delayMs }, 'handler failed, and runs again');
      } else {
        this.log.error({ err, reason: outcome.reason }, 'handler failed: the event is a dead letter of it');
      }
    };
    if (!isErrorLike(thrown) || !this.#tryLog(write(thrown))) this.#tryLog(write(failure));
  }

  /** Logs with the handler's own logger, which must not hurt the run; says whether it took the line. */
  #tryLog(write: () => void): boolean {
    try {
      write();
      return true;
    } catch {
      return false;
    }
  }

  /** Takes the first outcome; what a run that timed out still gives is ignored. @param thrown Where it failed. */
  end(outcome: Outcome, thrown?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const lane = this.#lane;
    lane.running.delete(this);
    if (lane.waiting.length > 0 && lane.running.size < this.#handler.options.concurrency)
      void lane.waiting.shift()?.start();
    if (outcome.kind === 'done') this.#span?.succeeded();
    else this.#span?.failed(thrown);
    const { metrics, logger, took } = this.round.deliverer.options;
    const durationMs = performance.now() - this.startedAt;
    if (this.round.delivery.event.replay === undefined) took?.(this.handler, durationMs);
    if (metrics?.ran !== undefined) callHook(logger, () => metrics.ran?.(this.#metric(outcome, durationMs)));
    this.round.ended(this.#handler, outcome);
  }

  #traced(): Promise<void> | void {
    const { event } = this.round.delivery;
    const { group, handler, streamId, attempt } = this;
    const { destination } = this.round.deliverer.options;
    const span = startProcess({ event, group, handler, streamId, destination, attempt });
    this.#span = span;
    return span.within(() => this.#handler.run(event, this));
  }

  #metric({ kind }: Outcome, durationMs: number): RunMetric {
    const { event } = this.round.delivery;
    return {
      ...{ type: event.type, group: this.group, handler: this.handler, attempt: this.attempt },
      outcome: kind === 'done' ? 'handled' : kind === 'retry' ? 'failed' : 'dead',
      durationMs,
      replayed: event.replay !== undefined,
    };
  }

  abort(reason: EventBusError): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }

  get group(): string {
    return this.round.deliverer.options.group;
  }

  get handler(): string {
    return this.#handler.name;
  }

  get streamId(): string {
    return this.round.delivery.streamId;
  }

  get tenantId(): string {
    return this.round.delivery.event.tenantId;
  }

  get attempt(): number {
    return this.round.delivery.attempt;
  }

  get maxAttempts(): number {
    return this.#handler.options.maxRetries + 1;
  }

  get idempotencyKey(): string {
    const { event } = this.round.delivery;
    const key = `${this.group}/${this.handler}/${event.id}`;
    return event.replay === undefined ? key : `${key}/${event.replay.jobId}`;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  get log(): Logger {
    if (this.#log === undefined) {
      const { logger } = this.round.deliverer.options;
      const { id, type, correlationId, tenantId } = this.round.delivery.event;
      const fields = { eventId: id, type, correlationId, tenantId, handler: this.handler, attempt: this.attempt };
      this.#log = logger.child?.(fields) ?? logger;
    }
    return this.#log;
  }

  // Functions that hold the run, made where a handler asks for them: it may take them out of its context.
  get once(): HandlerContext['once'] {
    return async (key, effect, windowMs = day) => {
      checkOnceCall(key, effect, windowMs);
      const watched = async () => {
        const result = await effect();
        const { problem } = storedResult(result);
        if (problem !== undefined) this.#tryLog(() => this.log.warn({ key, problem }, unstoredMessage));
        return result;
      };
      return this.round.deliverer.options.once.once(`${this.idempotencyKey}/${key}`, watched, windowMs);
    };
  }

  get publish(): Publisher['publish'] {
    return this.#scope.publish;
  }

  get publishBatch(): Publisher['publishBatch'] {
    return this.#scope.publishBatch;
  }

  get with(): Publisher['with'] {
    return this.#scope.with;
  }

  /** Publishes in the event's tenant and correlation, caused by the event. */
  get #scope(): Publisher {
    if (this.#publisher === undefined) {
      const { id, tenantId, userId, correlationId } = this.round.delivery.event;
      const context = { tenantId, correlationId, causationId: id, ...(userId === undefined ? {} : { userId }) };
      this.#publisher = new ScopedPublisher(this.round.deliverer.options.publisher, context);
    }
    return this.#publisher;
  }
}
