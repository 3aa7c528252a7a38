import { EventBusError } from './errors.js';
import { type ResolvedHandlerOptions, retryDelayMs } from './handler-options.js';

/** Why a run failed, in a form that can be stored. */
export interface Failure {
  /** The error's class name, such as `TypeError`. */
  readonly name: string;
  /** At most 2,000 characters. */
  readonly message: string;
  /** The error's `code` where it has one that is a string. */
  readonly code?: string;
  /** At most 4,000 characters. */
  readonly stack?: string;
  /** False when another run cannot help: the event goes straight to the dead letters. */
  readonly retryable: boolean;
}

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

/** Turns whatever a handler threw, an error or not, into a {@link Failure}. Never throws. */
export function failureOf(thrown: unknown): Failure {
  if (!(thrown instanceof Error)) {
    return { name: 'NonError', message: describe(thrown).slice(0, 2000), retryable: true };
  }
  const code: unknown = 'code' in thrown ? thrown.code : undefined;
  const nonRetryable = 'nonRetryable' in thrown && thrown.nonRetryable === true;
  return {
    name: thrown.name,
    message: String(thrown.message).slice(0, 2000),
    retryable: !nonRetryable,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof thrown.stack === 'string' ? { stack: thrown.stack.slice(0, 4000) } : {}),
  };
}

/** The failure of a run that took longer than its timeout. */
export function timeoutFailure(handler: string, timeoutMs: number): Failure {
  const message = `handler ${handler} took longer than its timeoutMs of ${timeoutMs}; its ctx.signal was aborted`;
  return failureOf(new EventBusError('HANDLER_TIMEOUT', message));
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
  }
}
