import type { Growth } from './partition-map.js';

/** A partition that had the keys of another one before a growth. */
export interface Ancestor {
  readonly index: number;
  /** When its keys were divided, in milliseconds since 1970. */
  readonly splitAtMs: number;
}

/**
 * The partitions that had the keys of a partition before, the last one first. Each growth doubles the number of partitions; a
 * partition of its second half gets its keys from the one that is half the number before it.
 * @param growths Of the partition map: oldest first.
 */
export function ancestorsOf(index: number, growths: readonly Growth[]): readonly Ancestor[] {
  const ancestors: Ancestor[] = [];
  let child = index;
  for (const { count, atMs } of growths.toReversed()) {
    const half = count / 2;
    if (child < half || child >= count) continue;
    child -= half;
    ancestors.push({ index: child, splitAtMs: atMs });
  }
  return ancestors;
}
