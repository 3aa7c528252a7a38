import type { RedisConnection } from '../connection/redis-connection.js';
import type { GroupKeys } from '../store/keys.js';
import { type ParkedName, parseParkedName } from '../store/parked-name.js';

/** A set of parked deliveries, by its name. */
export interface ParkedSet extends ParkedName {
  readonly name: string;
}

/** The sets of parked deliveries that a group has, sorted by name. */
export async function readParkedNames(connection: RedisConnection, group: GroupKeys): Promise<readonly ParkedSet[]> {
  const names = await connection.tryOnce((redis) => redis.hkeys(group.ahead));
  return names.sort().flatMap((name) => {
    const parsed = parseParkedName(name);
    return parsed === undefined ? [] : [{ name, ...parsed }];
  });
}

/** The number of parked deliveries of a group. @param sets Its sets of parked deliveries. Default: they are read. */
export async function countParked(
  connection: RedisConnection,
  group: GroupKeys,
  sets?: readonly ParkedSet[],
): Promise<number> {
  const all = sets ?? (await readParkedNames(connection, group));
  const counts = await Promise.all(all.map(({ name }) => connection.tryOnce((redis) => redis.zcard(group.due(name)))));
  return counts.reduce((sum, count) => sum + count, 0);
}
