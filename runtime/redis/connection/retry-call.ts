import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import { failureKind, mayTryAgain } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';

/** State and settings of the connection for {@link retryCall}. */
export interface RetryOptions {
  /** False once the connection was closed for good. */
  readonly isOpen: () => boolean;
  /** Resolves when a call would be sent, or after `timeoutMs` milliseconds. */
  readonly whenReady: (timeoutMs: number) => Promise<boolean>;
  readonly isReady: () => boolean;
  /** Why Redis cannot be used until its setup is changed. */
  readonly fatal: () => EventBusError | undefined;
  /** Maximum time of the call, in milliseconds; `Infinity`: until the connection is closed. */
  readonly callTimeoutMs: number;
}

/** First and longest wait after a temporary refusal, in milliseconds. */
const firstWaitMs = 50;
const longestWaitMs = 500;

/**
 * Repeats `call` after lost connections and temporary refusals until there is a reply, the connection is closed or the time
 * has expired. For calls that may be executed twice.
 * @throws EventBusError `UNAVAILABLE` when the time has expired, `CLOSED`, the error of {@link redisRefusal} for a permanent
 * refusal, else `INTERNAL`; the reply of Redis is its cause
 */
export async function retryCall<T>(options: RetryOptions, call: () => Promise<T>): Promise<T> {
  const end = performance.now() + options.callTimeoutMs;
  let waitMs = firstWaitMs;
  for (;;) {
    try {
      return await within(end, call());
    } catch (error) {
      if (error instanceof EventBusError) throw error;
      const refusal = redisRefusal(error);
      if (refusal !== undefined) throw refusal;
      if (!mayTryAgain(error)) throw EventBusError.from(error);
      if (!options.isOpen()) throw closed(error);
      const fatal = options.fatal();
      if (fatal !== undefined) throw fatal;
      const left = end - performance.now();
      if (left <= 0) throw unavailable(error);
      if (options.isReady()) {
        await sleep(Math.min(left, waitMs));
        waitMs = Math.min(2 * waitMs, longestWaitMs);
      } else {
        await options.whenReady(Math.min(left, 1_000));
      }
    }
  }
}

/**
 * Makes a change that must not be made twice. It is not repeated if its reply was lost: it may have been made, and the
 * second call would then report a conflict with another operator.
 * @throws EventBusError `UNAVAILABLE` when nothing was done, `OUTCOME_UNKNOWN` when that is not known, else as {@link retryCall}
 */
export async function callOnce<T>(options: RetryOptions, call: () => Promise<T>): Promise<T> {
  const end = performance.now() + options.callTimeoutMs;
  await options.whenReady(Math.min(options.callTimeoutMs, 5_000));
  const fatal = options.fatal();
  if (fatal !== undefined) throw fatal;
  try {
    return await within(end, call());
  } catch (cause) {
    const refusal = redisRefusal(cause);
    if (refusal !== undefined) throw refusal;
    const kind = failureKind(cause);
    if (kind === 'unsent' || kind === 'refused') {
      const message = `Redis refuses the change at present (${reasonOf(cause)}); nothing was changed: try again later`;
      throw new EventBusError('UNAVAILABLE', message, { cause });
    }
    const isLost = kind === 'lost' || (cause instanceof EventBusError && cause.code === 'UNAVAILABLE');
    if (!isLost) throw EventBusError.from(cause);
    const message = 'no reply from Redis: the outcome of the change is unknown; check before you retry';
    throw new EventBusError('OUTCOME_UNKNOWN', message, { cause });
  }
}

/** Resolves with the reply; rejects with `UNAVAILABLE` at `end`, by `performance.now()`. */
async function within<T>(end: number, reply: Promise<T>): Promise<T> {
  if (end === Number.POSITIVE_INFINITY) return reply;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), Math.max(0, end - performance.now()));
  });
  try {
    return await Promise.race([reply, timeout]);
  } finally {
    clearTimeout(timer);
    // After a timeout nothing waits for the reply: its rejection must not be unhandled.
    reply.catch(() => undefined);
  }
}

function unavailable(cause?: unknown): EventBusError {
  const why = cause === undefined ? '' : `: ${reasonOf(cause)}`;
  return new EventBusError('UNAVAILABLE', `Redis does not respond${why}`, { cause });
}

function closed(cause: unknown): EventBusError {
  return new EventBusError('CLOSED', 'the connection was closed before Redis replied', { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
