import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import { failureKind, mayTryAgain } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';

/** What a repeated call needs to know of its connection. */
export interface RetryOptions {
  /** False once the connection was closed for good. */
  readonly isOpen: () => boolean;
  /** Resolves when a call would be sent, or after that many milliseconds. */
  readonly whenReady: (timeoutMs: number) => Promise<boolean>;
  readonly isReady: () => boolean;
  /** Why there will be no connection until someone changes something. */
  readonly fatal: () => EventBusError | undefined;
  /** Time after which the call is given up, in milliseconds; infinity: when the connection is closed. */
  readonly callTimeoutMs: number;
}

/** The first wait after a refusal, and the longest, in milliseconds. */
const firstWaitMs = 50;
const longestWaitMs = 500;

/**
 * Repeats `call` through lost connections and temporary refusals until it has a reply, the connection is closed or the
 * time is over. For calls that may be carried out twice.
 * @throws EventBusError `UNAVAILABLE` when the time is over, `CLOSED`, what {@link redisRefusal} says of a refusal
 * that is not temporary, else `INTERNAL`; the reply of Redis is its cause
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
 * Makes a change that must not be made twice. Where its reply was lost it is not made again: it may have been made, and
 * would look then as if someone else had.
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
      const message = `Redis cannot do it now (${reasonOf(cause)}); nothing was changed: try again later`;
      throw new EventBusError('UNAVAILABLE', message, { cause });
    }
    const isLost = kind === 'lost' || (cause instanceof EventBusError && cause.code === 'UNAVAILABLE');
    if (!isLost) throw EventBusError.from(cause);
    const message = 'no reply came from Redis: the change may have been made or not; look before you try again';
    throw new EventBusError('OUTCOME_UNKNOWN', message, { cause });
  }
}

/** The reply, unless `end` comes first, by `performance.now()`. */
async function within<T>(end: number, reply: Promise<T>): Promise<T> {
  if (end === Number.POSITIVE_INFINITY) return reply;
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unavailable()), Math.max(0, end - performance.now()));
  });
  try {
    return await Promise.race([reply, over]);
  } finally {
    clearTimeout(timer);
    // Where the time was over first, nothing waits for the reply any more.
    reply.catch(() => undefined);
  }
}

function unavailable(cause?: unknown): EventBusError {
  const why = cause === undefined ? '' : `: ${reasonOf(cause)}`;
  return new EventBusError('UNAVAILABLE', `Redis does not answer${why}`, { cause });
}

function closed(cause: unknown): EventBusError {
  return new EventBusError('CLOSED', 'the connection was closed before Redis answered', { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
