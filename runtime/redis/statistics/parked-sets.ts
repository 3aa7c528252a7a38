import type { ParkedCount } from '../../operate/parked.js';
import type { Link } from '../connection/link.js';
import type { GroupKeys } from '../store/keys.js';
import { type ParkedName, parseParkedName } from '../store/parked-name.js';

/** A set of parked deliveries, by its name. */
export interface ParkedSet extends ParkedName {
  readonly name: string;
}

/** The sets of parked deliveries that a group has, sorted by name. */
export async function readParkedNames(connection: Link, group: GroupKeys): Promise<readonly ParkedSet[]> {
  const names = await connection.tryOnce((redis) => redis.hkeys(group.ahead));
  return names.sort().flatMap((name) => {
    const parsed = parseParkedName(name);
    return parsed === undefined ? [] : [{ name, ...parsed }];
  });
}

/** The number of parked deliveries in each of a group's sets. @param sets Default: they are read. */
export async function countParkedSets(
  connection: Link,
  group: GroupKeys,
  sets?: readonly ParkedSet[],
): Promise<readonly (ParkedSet & ParkedCount)[]> {
  const all = sets ?? (await readParkedNames(connection, group));
  const counts = await Promise.all(all.map(({ name }) => connection.tryOnce((redis) => redis.zcard(group.due(name)))));
  return all.map((set, index) => ({ ...set, count: counts[index] ?? 0 }));
}

/** The number of all deliveries. */
export function sumOf(counts: readonly { readonly count: number }[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
