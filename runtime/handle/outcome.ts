import { EventBusError } from '../errors.js';
import type { Failure } from '../support/failure.js';
import { type ResolvedHandlerOptions, retryDelayMs } from './handler-options.js';
import type { RunResult } from './interceptor.js';

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

/** The result of a run that succeeded. */
export const completed: RunResult = { outcome: 'completed' };

/**
 * Decides what follows from a failed run.
 * @param attempt The number of the run, from 1.
 */
export function resultOf(
  error: unknown,
  failure: Failure,
  attempt: number,
  options: ResolvedHandlerOptions,
): RunResult {
  if (!failure.retryable) return { outcome: 'dead', failure, error, reason: 'NON_RETRYABLE' };
  if (attempt > options.maxRetries) return { outcome: 'dead', failure, error, reason: 'RETRIES_EXHAUSTED' };
  return { outcome: 'failed', failure, error, retryInMs: retryDelayMs(options, attempt) };
}

/** What is recorded of a result. */
export function outcomeOf(result: RunResult): Outcome {
  if (result.outcome === 'completed') return done;
  const { failure } = result;
  if (result.outcome === 'failed') return { kind: 'retry', failure, delayMs: result.retryInMs };
  return { kind: 'dead', failure, reason: result.reason };
}

/** Why a run that took longer than its timeout has failed. */
export function timeoutError(handler: string, timeoutMs: number): EventBusError {
  const message = `handler ${handler} took longer than its timeoutMs of ${timeoutMs}; its ctx.signal was aborted`;
  return new EventBusError('HANDLER_TIMEOUT', message);
}
