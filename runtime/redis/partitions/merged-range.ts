import { parsePosition, positionOf } from '../../event/position.js';
import { compareStreamIds } from '../../event/stream-id.js';
import { readRange } from '../connection/read-range.js';
import type { Keys } from '../store/keys.js';
import { mergeSorted } from './merge.js';
import type { Partition } from './partition.js';
import type { Partitions } from './partitions.js';

/** An entry of a stream that each partition has. */
export interface PartitionEntry {
  readonly partition: Partition;
  /** Its id in the stream of its partition. */
  readonly streamId: string;
  /** Its id among all partitions. */
  readonly position: string;
  /** Its fields and values alternately. */
  readonly fields: readonly string[];
}

export interface MergedRange {
  /** The position after which to begin. Default: the beginning of the list. */
  readonly after: string | undefined;
  /** Maximum number of entries. */
  readonly limit: number;
  /** Index of the only partition to read. Default: all. */
  readonly partition?: number | undefined;
  /** Default false: the oldest first. */
  readonly newestFirst?: boolean;
}

/**
 * Reads a stream of all partitions, by position. A position is a complete cursor: entries with the same stream id in two
 * partitions are neither omitted nor read twice.
 * @throws EventBusError `UNAVAILABLE` when one partition is away: a list without its entries would be wrong;
 *   `NOT_FOUND` when there is no such partition
 */
export async function readMerged(
  partitions: Partitions,
  stream: (keys: Keys) => string,
  { after, limit, partition: only, newestFirst = false }: MergedRange,
): Promise<readonly PartitionEntry[]> {
  const to = newestFirst ? '-' : '+';
  // By the present map: a reader continues after the last entry, so one of a new partition that is omitted now would be omitted for ever.
  const selected = only === undefined ? await partitions.current() : await partitions.select(only);
  const sources = selected.map((partition) => async (last: PartitionEntry | undefined, most: number) => {
    const from = last === undefined ? startOf(after, partition.index, newestFirst) : `(${last.streamId}`;
    const range = { from, to, limit: most, newestFirst };
    const read = ({ connection, keys }: Partition) => readRange(connection, stream(keys), range);
    return (await partitions.within(partition, read)).map((entry) => entryOf(partition, entry));
  });
  const isBefore = (a: PartitionEntry, b: PartitionEntry) => compare(a, b) < 0 !== newestFirst;
  return mergeSorted(sources, isBefore, limit);
}

/** Where a list by position begins in one partition, in the syntax of XRANGE: after `after`, or at the beginning. */
function startOf(after: string | undefined, partition: number, newestFirst: boolean): string {
  const cursor = after === undefined ? undefined : parsePosition(after);
  if (cursor === undefined) return newestFirst ? '+' : '-';
  // At an equal stream id, the partitions are in the order of their index.
  const isLater = newestFirst ? partition < cursor.partition : partition > cursor.partition;
  return isLater ? cursor.streamId : `(${cursor.streamId}`;
}

function entryOf(partition: Partition, [streamId, fields]: readonly [string, readonly string[]]): PartitionEntry {
  return { partition, streamId, position: positionOf(streamId, partition.index), fields };
}

function compare(a: PartitionEntry, b: PartitionEntry): number {
  return compareStreamIds(a.streamId, b.streamId) || a.partition.index - b.partition.index;
}
