import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { Link } from './link.js';
import { warnOfSettings } from './server-advice.js';

/** Difference of the clocks from which a warning is logged, in milliseconds. */
const clockSkewMs = 30_000;

export interface ServerRequirements {
  /** Whether to accept a server that may evict keys. */
  readonly allowEviction: boolean;
  /** Number of replicas that a publish waits for; undefined if it waits for none. */
  readonly replicas: number | undefined;
}

/**
 * Checks whether a server meets the requirements of the runtime. It may still be loading its data. Settings that are only
 * recommended are a warning.
 * @throws EventBusError `REDIS_UNSUITABLE`: older than 7.0, or evicts keys without `allowEviction`
 */
export async function checkServer(
  connection: Link,
  logger: Logger,
  { allowEviction, replicas }: ServerRequirements,
): Promise<void> {
  const info = await connection.tryOnce((redis) => redis.info());
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
  if (Number.parseInt(version, 10) < 7) {
    const why = 'its scripts do not support allow-oom, so the backlog could not be processed when memory is full';
    throw new EventBusError('REDIS_UNSUITABLE', `Redis ${version} is too old (${why}): use 7.0 or newer`);
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  if (policy !== 'noeviction') {
    const problem = `Redis's maxmemory-policy is ${policy}: it would evict retries and other state, and events would be lost`;
    const fix = 'set `maxmemory-policy noeviction`, or pass allowEviction: true if you accept the loss';
    if (!allowEviction) throw new EventBusError('REDIS_UNSUITABLE', `${problem}; ${fix}`);
    logger.warn({ policy }, problem);
  }
  await warnOfSettings(connection, info, logger, replicas);
  const skew = Math.round(connection.now() - Date.now());
  if (Math.abs(skew) > clockSkewMs) {
    const message =
      'the clocks of this machine and of Redis differ: the runtime uses the time of Redis, your logs use the local time';
    logger.warn({ skewMs: skew }, message);
  }
}
