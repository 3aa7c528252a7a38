import type { Redis } from 'ioredis';

/**
 * Gives the keys of a bus with one partition the names of storage format 1, as the former version of the runtime wrote them;
 * with some of BullMQ's keys.
 */
export async function toFormerFormat(redis: Redis, prefix = 'hyvve'): Promise<void> {
  const [map, timers] = [`{${prefix}:map}`, await redis.keys(`{${prefix}:timer:*`)];
  await redis.del(map, `{${prefix}:0}:partition`, ...timers);
  for (const key of await redis.keys(`{${prefix}:0}:*`)) await redis.rename(key, key.replace(`{${prefix}:0}`, prefix));
  await redis.hset(`${prefix}:jobs:billing:meta`, 'version', 'bullmq:6.7.0');
  await redis.xadd(`${prefix}:jobs:billing:events`, '*', 'event', 'added', 'jobId', 'due-1');
  await redis.set(`${prefix}:replay-jobs:replays:id`, '7');
}

/** The content of all keys that match, by their names. */
export async function contentOf(redis: Redis, pattern = '*'): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const key of (await redis.keys(pattern)).sort())
    found[key] = (await redis.dumpBuffer(key))?.toString('hex') ?? '';
  return found;
}
