import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { Keys } from '../store/keys.js';
import type { Link } from './link.js';
import { probeRedis } from './permissions.js';

/** Difference of the clocks from which a warning is logged, in milliseconds. */
const clockSkewMs = 30_000;

/**
 * Checks whether Redis meets the requirements of the runtime.
 * @throws EventBusError `REDIS_UNSUITABLE`: older than 7.0, or evicts keys without `allowEviction`; `REDIS_DENIED`: a
 * permission is missing; `REDIS_CLUSTER`: a node of a cluster, with keys of several slots
 */
export async function checkRedis(connection: Link, keys: Keys, logger: Logger, allowEviction: boolean): Promise<void> {
  const info = await connection.tryOnce((redis) => redis.info());
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
  if (Number.parseInt(version, 10) < 7) {
    const why = 'its scripts do not support allow-oom, so the backlog could not be processed when memory is full';
    throw new EventBusError('REDIS_UNSUITABLE', `Redis ${version} is too old (${why}): use 7.0 or newer`);
  }
  // A Redis that is loading its data replies to INFO, but not to the probe.
  await probeRedis(connection, keys, 'publish');
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  if (policy !== 'noeviction') {
    const problem = `Redis's maxmemory-policy is ${policy}: it would evict retries and other state, and events would be lost`;
    const fix = 'set `maxmemory-policy noeviction`, or pass allowEviction: true if you accept the loss';
    if (!allowEviction) throw new EventBusError('REDIS_UNSUITABLE', `${problem}; ${fix}`);
    logger.warn({ policy }, problem);
  }
  const skew = Math.round(connection.now() - Date.now());
  if (Math.abs(skew) > clockSkewMs) {
    const message =
      'the clocks of this machine and of Redis differ: the runtime uses the time of Redis, your logs use the local time';
    logger.warn({ skewMs: skew }, message);
  }
}
