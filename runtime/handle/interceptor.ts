import type { Envelope, UnknownEvent } from '../event/envelope.js';
import type { Failure } from '../support/failure.js';
import type { HandlerContext } from './subscription.js';

/** One run of one handler. */
export interface HandleRequest {
  readonly event: Envelope | UnknownEvent;
  readonly context: HandlerContext;
}

/** How a run ended, and what follows from it. */
export type RunResult =
  | { readonly outcome: 'completed' }
  /** The handler is run again. */
  | {
      readonly outcome: 'failed';
      readonly failure: Failure;
      /** What the handler threw, as it was thrown: for error reporters and the error filters of a framework. */
      readonly error: unknown;
      /** Time until the next run, in milliseconds. */
      readonly retryInMs: number;
    }
  /** The event becomes a dead letter of the handler. */
  | {
      readonly outcome: 'dead';
      readonly failure: Failure;
      /** What the handler threw, as it was thrown. */
      readonly error: unknown;
      readonly reason: 'NON_RETRYABLE' | 'RETRIES_EXHAUSTED';
    };

/** Runs the handler. A run that fails does not reject: the result says what follows from it, also after a timeout. */
export type HandleFn = (request: HandleRequest) => Promise<RunResult>;

/**
 * Wraps every run of every handler of a bus: it receives the next function and returns a function of the same type, whose
 * result is what is recorded. The first interceptor of a list is the outermost, the last one is nearest to the handler.
 * An interceptor that throws makes the run fail with what it threw.
 *
 * To change what the handler gets, pass a changed copy on: `next({ ...request, context: { ...request.context, log } })`.
 */
export type HandleInterceptor = (next: HandleFn) => HandleFn;
