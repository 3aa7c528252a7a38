import type { Envelope, UnknownEvent } from '../event/envelope.js';
import type { Failure } from '../support/failure.js';
import type { HandlerContext } from './subscription.js';

/** One run of one handler. */
export interface HandleRequest {
  readonly event: Envelope | UnknownEvent;
  readonly context: HandlerContext;
}

/** Outcome of a run and its consequence. */
export type RunResult =
  | { readonly outcome: 'completed' }
  /** The run failed and will be retried. */
  | {
      readonly outcome: 'failed';
      readonly failure: Failure;
      /** The value that the handler threw, unchanged: for error reporters and the error filters of a framework. */
      readonly error: unknown;
      /** Time until the next run, in milliseconds. */
      readonly retryInMs: number;
    }
  /** The event becomes a dead letter of the handler. */
  | {
      readonly outcome: 'dead';
      readonly failure: Failure;
      /** The value that the handler threw, unchanged. */
      readonly error: unknown;
      readonly reason: 'NON_RETRYABLE' | 'RETRIES_EXHAUSTED';
    };

/** Result of a failed run. */
export type FailedResult = Exclude<RunResult, { readonly outcome: 'completed' }>;

/** A failed run of a handler, for `onError` of a bus. */
export interface FailedRun extends HandleRequest {
  /**
   * The outcome that is recorded, after all interceptors: `failed` with the time until the retry, or `dead` with the reason.
   * `error` is the value that was thrown, unchanged.
   */
  readonly result: FailedResult;
}

/** Runs the handler. A failed run does not reject: it resolves with a result, also after a timeout. */
export type HandleFn = (request: HandleRequest) => Promise<RunResult>;

/**
 * Wraps every run of every handler of a bus: it receives the next function and returns a function of the same type, whose
 * result is recorded. The first interceptor of a list is the outermost, the last one is nearest to the handler.
 * If an interceptor throws, the run fails with that error.
 *
 * To change the arguments of the handler, pass on a changed copy: `next({ ...request, context: { ...request.context, log } })`.
 */
export type HandleInterceptor = (next: HandleFn) => HandleFn;
