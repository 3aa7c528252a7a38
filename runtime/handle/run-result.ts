import { EventBusError } from '../errors.js';
import type { Failure } from '../support/failure.js';
import { type ResolvedHandlerOptions, retryDelayMs } from './handler-options.js';
import type { RunResult } from './interceptor.js';

/** The result of a run that succeeded. */
export const completed: RunResult = { outcome: 'completed' };

/**
 * The result of a failed run: a retry or a dead letter.
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

/** The error of a run that took longer than its timeout. */
export function timeoutError(handler: string, timeoutMs: number): EventBusError {
  const message = `handler ${handler} took longer than its timeoutMs of ${timeoutMs}; its ctx.signal was aborted`;
  return new EventBusError('HANDLER_TIMEOUT', message);
}
