import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import type { Keys } from '../store/keys.js';
import { probeRedis } from './permissions.js';
import type { RedisConnection } from './redis-connection.js';

/** A clock further off than this is worth a warning, in milliseconds. */
const clockSkewMs = 30_000;

/**
 * Compares Redis with what the runtime needs.
 * @throws EventBusError `REDIS_UNSUITABLE`: older than 7.0, or evicting keys where that was not allowed; `REDIS_DENIED`: a
 * permission is missing; `REDIS_CLUSTER`: a node of a cluster, with keys of several slots
 */
export async function checkRedis(
  connection: RedisConnection,
  keys: Keys,
  logger: Logger,
  allowEviction: boolean,
): Promise<void> {
  const info = await connection.tryOnce((redis) => redis.info());
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '0';
  if (Number.parseInt(version, 10) < 7) {
    const why = 'its scripts cannot say allow-oom, without which nothing drains when memory is full';
    throw new EventBusError('REDIS_UNSUITABLE', `Redis ${version} is too old (${why}): use 7.0 or newer`);
  }
  // A Redis that loads its data answers INFO and nothing else; the probe says so.
  await probeRedis(connection, keys, 'publish');
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction';
  if (policy !== 'noeviction') {
    const what = `Redis's maxmemory-policy is ${policy}: it would evict retries and other state, which is losing events`;
    const fix = 'set `maxmemory-policy noeviction`, or pass allowEviction: true if you accept the loss';
    if (!allowEviction) throw new EventBusError('REDIS_UNSUITABLE', `${what}; ${fix}`);
    logger.warn({ policy }, what);
  }
  const skew = Math.round(connection.now() - Date.now());
  if (Math.abs(skew) > clockSkewMs) {
    const message = "this machine's clock and Redis's differ: times are Redis's, those in your own logs are not";
    logger.warn({ skewMs: skew }, message);
  }
}
