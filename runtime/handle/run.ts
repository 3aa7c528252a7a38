import { EventBusError } from '../errors.js';
import { type Failure, failureOf, isErrorLike } from '../support/failure.js';
import type { Delivery } from './delivery.js';
import { type ContextSettings, copyableContext, RunContext, type RunState } from './handler-context.js';
import type { RegisteredHandler } from './handler-set.js';
import type { HandleFn, HandleInterceptor, HandleRequest, RunResult } from './interceptor.js';
import { completed, resultOf } from './run-result.js';

/** What runs share: the settings of their bus. */
export interface RunSettings extends ContextSettings {
  /** What wraps a run now; undefined where nothing does. */
  readonly interceptor: () => HandleInterceptor | undefined;
  /** Called with the duration of every run of a live delivery, in milliseconds. */
  readonly recordDuration: ((handler: string, durationMs: number) => void) | undefined;
}

/** The runs of one handler in this process. */
export class HandlerQueue<D extends Delivery> {
  /** In the order in which they started. */
  readonly running = new Set<Run<D>>();
  readonly waiting: Run<D>[] = [];
  #wrapped: { readonly interceptor: HandleInterceptor; readonly run: HandleFn } | undefined;

  /** The function that runs the handler within an interceptor: made once, as long as the interceptor is the same. */
  wrapped(interceptor: HandleInterceptor): HandleFn {
    if (this.#wrapped?.interceptor !== interceptor) {
      this.#wrapped = { interceptor, run: interceptor(runHandler) };
    }
    return this.#wrapped.run;
  }
}

/** Starts runs, and is notified of their end. */
export interface RunOwner<D extends Delivery> {
  readonly delivery: D;
  onEnded(handler: RegisteredHandler, result: RunResult): void;
}

/** Names the run that a request belongs to; a copy of the request has it as well. */
const runOf = Symbol('run');

interface RunRequest extends HandleRequest {
  readonly [runOf]: Run<Delivery>;
}

/** The innermost function: runs the handler itself. */
const runHandler: HandleFn = async (request) => {
  const run = (request as Partial<RunRequest>)[runOf];
  if (run === undefined) {
    const message = 'an interceptor passed on a new object: pass on a copy of its request, next({ ...request })';
    throw new EventBusError('CONFIG_INVALID', message);
  }
  return run.runHandler(request);
};

/** One run of one handler: its time, its abort signal and its outcome. */
export class Run<D extends Delivery> implements RunState {
  readonly owner: RunOwner<D>;
  readonly handler: RegisteredHandler;
  readonly settings: RunSettings;
  /** By `performance.now()`. */
  startedAt = 0;
  readonly #queue: HandlerQueue<D>;
  readonly #context = new RunContext(this);
  #ended = false;
  #abort: AbortController | undefined;
  #abortReason: EventBusError | undefined;
  /** Ends the innermost function of a run within interceptors; undefined when it is not running. */
  #interrupt: ((result: RunResult) => void) | undefined;
  /** The last result that the innermost function gave. */
  #inner: RunResult | undefined;
  #timedOut = false;

  constructor(settings: RunSettings, owner: RunOwner<D>, handler: RegisteredHandler, queue: HandlerQueue<D>) {
    this.settings = settings;
    this.owner = owner;
    this.handler = handler;
    this.#queue = queue;
  }

  get delivery(): D {
    return this.owner.delivery;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#abortReason !== undefined) this.#abort.abort(this.#abortReason);
    }
    return this.#abort.signal;
  }

  /** Starts the run. Never rejects: how it ended is passed on to its owner. */
  async start(): Promise<void> {
    this.startedAt = performance.now();
    this.#queue.running.add(this);
    const interceptor = this.settings.interceptor();
    if (interceptor !== undefined) return this.#startWithin(interceptor);
    try {
      const result = this.handler.run(this.delivery.event, this.#context);
      if (result !== undefined) await result;
    } catch (thrown) {
      this.#finish(this.#resultOf(thrown));
      return;
    }
    this.#finish(completed);
  }

  /**
   * Ends the run as failed with its timeout. Interceptors get the result and may look at it; a run whose interceptors have
   * not returned at the second call ends without them.
   */
  timeOut(error: EventBusError): void {
    this.abort(error);
    const result = this.#resultOf(error);
    if (this.#interrupt === undefined || this.#timedOut) this.#finish(result);
    else this.#interrupt(result);
    this.#timedOut = true;
  }

  abort(reason: EventBusError): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }

  /** Runs the handler with what interceptors passed on, until it has ended or timed out. */
  runHandler({ event, context }: HandleRequest): Promise<RunResult> {
    return new Promise((resolve) => {
      let isOver = false;
      const end = (result: RunResult) => {
        if (isOver) return;
        isOver = true;
        this.#interrupt = undefined;
        this.#inner = result;
        resolve(result);
      };
      this.#interrupt = end;
      this.#call(() => this.handler.run(event, context)).then(end);
    });
  }

  async #startWithin(interceptor: HandleInterceptor): Promise<void> {
    let result: RunResult;
    try {
      const request: RunRequest = {
        event: this.delivery.event,
        context: copyableContext(this.#context),
        [runOf]: this as unknown as Run<Delivery>,
      };
      result = this.#checked(await this.#queue.wrapped(interceptor)(request));
    } catch (thrown) {
      result = this.#resultOf(thrown);
    }
    this.#finish(result);
  }

  async #call(run: () => Promise<void> | void): Promise<RunResult> {
    try {
      await run();
      return completed;
    } catch (thrown) {
      return this.#resultOf(thrown);
    }
  }

  /** The result that interceptors gave. A failure that they made themselves is stored as any other that was thrown. */
  #checked(result: RunResult | undefined): RunResult {
    if (typeof result === 'object' && result !== null) {
      if (result === this.#inner) return result;
      if (result.outcome === 'completed') return completed;
      if ('error' in result) {
        const failure = failureOf(result.error);
        if (result.outcome === 'failed' && result.retryInMs >= 0) return { ...result, failure };
        if (result.outcome === 'dead' && isReason(result.reason)) return { ...result, failure };
      }
    }
    const message = `an interceptor of handler ${this.handler.name} returned no result: return what next() gives`;
    return this.#resultOf(new EventBusError('CONFIG_INVALID', message));
  }

  #resultOf(thrown: unknown): RunResult {
    return resultOf(thrown, failureOf(thrown), this.delivery.attempt, this.handler.options);
  }

  /** Takes the first result; what a run that timed out still gives is ignored. Never throws. */
  #finish(result: RunResult): void {
    if (this.#ended) return;
    this.#ended = true;
    if (result.outcome !== 'completed') this.#logFailure(result.error, result.failure, result);
    const { running, waiting } = this.#queue;
    running.delete(this);
    if (waiting.length > 0 && running.size < this.handler.options.concurrency) void waiting.shift()?.start();
    if (this.delivery.event.replay === undefined) {
      this.settings.recordDuration?.(this.handler.name, performance.now() - this.startedAt);
    }
    this.owner.onEnded(this.handler, result);
  }

  /**
   * Logs the error itself: loggers show its class, its cause and its own fields. An error that no logger can read is logged
   * as it is stored. The handler's own logger must not fail the run.
   */
  #logFailure(thrown: unknown, failure: Failure, result: RunResult): void {
    const write = (err: unknown): boolean => {
      try {
        const { log } = this.#context;
        if (result.outcome === 'failed') {
          log.warn({ err, delayMs: result.retryInMs }, 'handler failed; it will be retried');
        } else if (result.outcome === 'dead') {
          log.error({ err, reason: result.reason }, 'handler failed; the event became a dead letter');
        }
        return true;
      } catch {
        return false;
      }
    };
    if (!isErrorLike(thrown) || !write(thrown)) write(failure);
  }
}

function isReason(reason: string): boolean {
  return reason === 'NON_RETRYABLE' || reason === 'RETRIES_EXHAUSTED';
}
