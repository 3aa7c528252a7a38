import { ancestorsOf } from '../partitions/lineage.js';
import type { Growth } from '../partitions/partition-map.js';

/** For how long a partition has known a group, in milliseconds; `new`: it does not know it; `away`: it could not be asked. */
export type GroupAge = number | 'new' | 'away';

/**
 * For how long a group has existed, by what the other partitions know. A partition that does not know the group may have lost it in a
 * failover, or the first process of the group could not join there: events since then must not be skipped.
 * @param index Of the partition in which a process joins. @param ages Of all partitions, by index.
 * @param growths Of the partition map: oldest first.
 * @returns In milliseconds; undefined if the group is new; infinity if a partition that had the keys before could not be asked
 */
export function ageOfGroup(index: number, ages: readonly GroupAge[], growths: readonly Growth[]): number | undefined {
  const known = ages.filter((age, at): age is number => at !== index && typeof age === 'number');
  if (known.length > 0) return Math.max(...known);
  const mayBeKnown = ancestorsOf(index, growths).some((ancestor) => ages[ancestor.index] === 'away');
  return mayBeKnown ? Number.POSITIVE_INFINITY : undefined;
}

/**
 * Where a group begins in a partition that does not know it.
 * @param startFrom Start position of a new group, in the syntax of XGROUP CREATE: `0`, `$` or a time in milliseconds.
 * @param ageMs Result of {@link ageOfGroup}. @param nowMs By the clock of the partition's server, not later than its time.
 * @returns `startFrom`, or the time from which on the group exists, if it is earlier
 */
export function startPosition(startFrom: string, ageMs: number | undefined, nowMs: number): string {
  if (ageMs === undefined) return startFrom;
  // An id without a sequence number is the first one of its millisecond, and a group gets what follows its position.
  const since = Math.max(0, Math.floor(nowMs - ageMs) - 1);
  return String(startFrom === '$' ? since : Math.min(since, Number(startFrom)));
}
