import { EventBusError } from '../errors.js';
import { printSafely } from '../logger.js';
import { Bag, type BagItem } from '../support/bag.js';
import { type Failure, failureOf, isErrorLike } from '../support/failure.js';
import type { Delivery } from './delivery.js';
import { type ContextSettings, copyableContext, RunContext, type RunState } from './handler-context.js';
import type { RegisteredHandler } from './handler-set.js';
import type { FailedRun, HandleFn, HandleInterceptor, HandleRequest, RunResult } from './interceptor.js';
import { completed, resultOf } from './run-result.js';
import type { HandlerContext } from './subscription.js';

/** The functions that wrap the runs of a bus. */
export interface RunWrapping {
  /** Tracing and metrics, the outermost. They always get a result, even if the user's interceptors throw or return an invalid one. */
  readonly observers: HandleInterceptor | undefined;
  /** The interceptors of the user. */
  readonly interceptors: HandleInterceptor | undefined;
}

/** Settings of a bus that all of its runs use. */
export interface RunSettings extends ContextSettings {
  /** Returns the wrapping of a run that starts now; undefined if there is none. The same object until the wrapping changes. */
  readonly wrapping: () => RunWrapping | undefined;
  /** Called for every failed run, before its outcome is recorded. Never throws. */
  readonly onError: ((run: FailedRun) => void) | undefined;
  /** Called with the duration of every run of a live delivery, in milliseconds. */
  readonly recordDuration: ((handler: string, durationMs: number) => void) | undefined;
}

/** The runs of one handler in this process. */
export class HandlerQueue<D extends Delivery> {
  readonly running = new Bag<Run<D>>();
  readonly waiting: Run<D>[] = [];
  #wrapped: { readonly wrapping: RunWrapping; readonly run: HandleFn } | undefined;

  /** The wrapped function that runs the handler. It is cached until the wrapping changes. */
  wrapped(wrapping: RunWrapping): HandleFn {
    if (this.#wrapped?.wrapping !== wrapping) this.#wrapped = { wrapping, run: wrapHandler(wrapping) };
    return this.#wrapped.run;
  }
}

/** Starts runs, and is notified of their end. */
export interface RunOwner<D extends Delivery> {
  readonly delivery: D;
  onEnded(handler: RegisteredHandler, result: RunResult): void;
}

/** Key of the run that a request belongs to. A copy of the request has it too. */
const runOf = Symbol('run');

interface RunRequest extends HandleRequest {
  readonly [runOf]: Run<Delivery>;
}

/** The innermost function: runs the handler itself. */
const runHandler: HandleFn = async (request) => runOfRequest(request).runHandler(request);

function wrapHandler({ observers, interceptors }: RunWrapping): HandleFn {
  let handle = runHandler;
  if (interceptors !== undefined) {
    const intercepted = interceptors(runHandler);
    handle = async (request) => runOfRequest(request).runInterceptors(intercepted);
  }
  return observers === undefined ? handle : observers(handle);
}

/** @throws EventBusError `CONFIG_INVALID` if an interceptor replaced the request. */
function runOfRequest(request: HandleRequest): Run<Delivery> {
  const run = (request as Partial<RunRequest>)[runOf];
  if (run !== undefined) return run;
  const message = 'an interceptor passed on a new object: pass on a copy of its request, next({ ...request })';
  throw new EventBusError('CONFIG_INVALID', message);
}

/** One run of one handler: its time, its abort signal and its outcome. */
export class Run<D extends Delivery> implements RunState, BagItem {
  readonly owner: RunOwner<D>;
  readonly handler: RegisteredHandler;
  readonly settings: RunSettings;
  /** By `performance.now()`. */
  startedAt = 0;
  bagIndex = 0;
  readonly #queue: HandlerQueue<D>;
  readonly #context = new RunContext(this);
  #ended = false;
  #abort: AbortController | undefined;
  #abortReason: EventBusError | undefined;
  /** Functions that end the running parts of a wrapped run, the outermost first: the user's interceptors, then the handler. */
  #ends: ((result: RunResult) => void)[] | undefined;
  /** The last result that the innermost function returned. */
  #inner: RunResult | undefined;

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

  /** Starts the run. Never throws: the result is passed to its owner. */
  start(): void {
    this.startedAt = performance.now();
    this.#queue.running.add(this);
    const wrapping = this.settings.wrapping();
    if (wrapping !== undefined) {
      void this.#startWithin(wrapping);
      return;
    }
    let running: Promise<void> | void;
    try {
      running = this.handler.run(this.delivery.event, this.#context);
    } catch (thrown) {
      this.#finish(this.#resultOf(thrown));
      return;
    }
    // A handler that is not async has ended.
    if (running === undefined) this.#finish(completed);
    else void this.#finishAfter(running);
  }

  /**
   * Ends the run with the failure of its timeout. The first call ends only the handler: interceptors get its result. The next
   * call also ends interceptors that have not returned.
   */
  timeOut(error: EventBusError): void {
    this.abort(error);
    const result = this.#resultOf(error);
    const end = this.#ends?.pop();
    if (end === undefined) this.#finish(result);
    else end(result);
  }

  abort(reason: EventBusError): void {
    this.#abortReason ??= reason;
    this.#abort?.abort(reason);
  }

  /** Runs the handler, with the arguments from the interceptors, until it has ended or timed out. Never rejects. */
  async runHandler({ event, context }: HandleRequest): Promise<RunResult> {
    const result = await this.#untilTimeout(async () => {
      await this.handler.run(event, context);
      return completed;
    });
    this.#inner = result;
    return result;
  }

  /** Runs the user's interceptors until they have returned or the run has timed out. Never rejects. */
  runInterceptors(intercepted: HandleFn): Promise<RunResult> {
    const request = this.#request(copyableContext(this.#context));
    return this.#untilTimeout(async () => this.#checked(await intercepted(request)));
  }

  /** Runs a part of the run. Resolves with its result, or with the result of the timeout if that comes first. Never rejects. */
  #untilTimeout(run: () => Promise<RunResult>): Promise<RunResult> {
    return new Promise((resolve) => {
      this.#ends ??= [];
      this.#ends.push(resolve);
      const end = (result: RunResult) => {
        this.#ends = this.#ends?.filter((other) => other !== resolve);
        resolve(result);
      };
      run().then(end, (thrown) => end(this.#resultOf(thrown)));
    });
  }

  async #finishAfter(running: Promise<void>): Promise<void> {
    try {
      await running;
    } catch (thrown) {
      this.#finish(this.#resultOf(thrown));
      return;
    }
    this.#finish(completed);
  }

  async #startWithin(wrapping: RunWrapping): Promise<void> {
    let result: RunResult;
    try {
      result = await this.#queue.wrapped(wrapping)(this.#request(this.#context));
    } catch (thrown) {
      result = this.#resultOf(thrown);
    }
    this.#finish(result);
  }

  #request(context: HandlerContext): RunRequest {
    return { event: this.delivery.event, context, [runOf]: this as unknown as Run<Delivery> };
  }

  /** Checks a result that interceptors returned. A failure that they made themselves is converted like a thrown error. */
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
    const message = `an interceptor of handler ${this.handler.name} returned no valid result: return the result of next()`;
    return this.#resultOf(new EventBusError('CONFIG_INVALID', message));
  }

  #resultOf(thrown: unknown): RunResult {
    return resultOf(thrown, failureOf(thrown), this.delivery.attempt, this.handler.options);
  }

  /** Ends the run with its first result. Later results, of a handler that continues after its timeout, are ignored. Never throws. */
  #finish(result: RunResult): void {
    if (this.#ended) return;
    this.#ended = true;
    if (result.outcome !== 'completed') {
      this.#logFailure(result.error, result.failure, result);
      this.settings.onError?.({ event: this.delivery.event, context: this.#context, result });
    }
    const { running, waiting } = this.#queue;
    running.delete(this);
    if (waiting.length > 0 && running.size < this.handler.options.concurrency) waiting.shift()?.start();
    if (this.delivery.event.replay === undefined) {
      this.settings.recordDuration?.(this.handler.name, performance.now() - this.startedAt);
    }
    this.owner.onEnded(this.handler, result);
  }

  /**
   * Logs the error object itself, because loggers show its class, its cause and its own fields. If the logger cannot read it,
   * logs the stored form; if the logger throws again, to stderr. An error in the handler's logger must not fail the run.
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
    if (isErrorLike(thrown) && write(thrown)) return;
    if (write(failure)) return;
    const { event } = this.delivery;
    const fields = { eventId: event.id, type: event.type, handler: this.handler.name, err: failure };
    printSafely('error', fields, 'handler failed, and the logger of the bus threw');
  }
}

function isReason(reason: string): boolean {
  return reason === 'NON_RETRYABLE' || reason === 'RETRIES_EXHAUSTED';
}
