import { EventBusError } from '../errors.js';
import type { Failure } from '../support/failure.js';
import { type ResolvedHandlerOptions, retryDelayMs } from './handler-options.js';

/** How one run of a handler ended, and what follows from it. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'retry'; readonly failure: Failure; readonly delayMs: number }
  | {
      readonly kind: 'dead';
      readonly failure: Failure;
      readonly reason: 'NON_RETRYABLE' | 'RETRIES_EXHAUSTED';
    };

export const done: Outcome = { kind: 'done' };

/**
 * Decides what follows from a failed run.
 * @param attempt Which run it was, from 1.
 */
export function outcomeOf(failure: Failure, attempt: number, options: ResolvedHandlerOptions): Outcome {
  if (!failure.retryable) return { kind: 'dead', failure, reason: 'NON_RETRYABLE' };
  if (attempt > options.maxRetries) return { kind: 'dead', failure, reason: 'RETRIES_EXHAUSTED' };
  return { kind: 'retry', failure, delayMs: retryDelayMs(options, attempt) };
}

/** Why a run that took longer than its timeout has failed. */
export function timeoutError(handler: string, timeoutMs: number): EventBusError {
  const message = `handler ${handler} took longer than its timeoutMs of ${timeoutMs}; its ctx.signal was aborted`;
  return new EventBusError('HANDLER_TIMEOUT', message);
}
