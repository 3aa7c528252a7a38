import { EventBusError } from '../../errors.js';
import type { Link } from '../connection/link.js';
import { redisRefusal } from '../connection/redis-refusal.js';

/** The error of a publish that did not reach Redis. Without a connection it includes the connection error. */
export function unavailableError({ isReady, lastError }: Link, why: string): EventBusError {
  const refusal = isReady ? undefined : redisRefusal(lastError);
  if (refusal !== undefined) return refusal;
  const connection = !isReady && lastError instanceof Error ? `, no connection: ${lastError.message}` : '';
  const message = `Redis is not available (${why}${connection}): nothing was written`;
  return new EventBusError('UNAVAILABLE', message, { cause: lastError });
}
