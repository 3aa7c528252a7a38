import { mayTryAgain, replyCode } from '../connection/redis-error.js';
import { mapKey } from '../store/keys.js';
import type { Partition } from './partition.js';
import { firstMap, type Growth, type PartitionMap } from './partition-map.js';
import { type PartitionRecord, readRecordScript, recordPartitionScript } from './partition-map.lua.js';

export interface RestoreOptions {
  /** Option of the bus. */
  readonly prefix: string;
  /** Number of partitions if none exists. */
  readonly count: number;
  /** The partition with this index, also one that does not exist. */
  readonly partition: (index: number) => Partition;
  /** The time by the clock of the server that has the map, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** Number of partitions that are always asked: one that was never published to knows nothing. */
const leastAsked = 16;
/** Maximum time to wait for the server of a partition, in milliseconds. */
const waitMs = 2_000;

/**
 * The map for a Redis that has none. Redis may have lost it alone: each partition knows the epoch and the number of partitions for which it was
 * written or sealed last, and events of a key must not come to another one. If no partition exists, the map is new, and partition 0
 * records its number, so that processes with other settings find it.
 * @throws Error if a partition cannot be asked: without its answer, the map could be wrong; errors of ioredis
 */
export async function restoreMap(options: RestoreOptions): Promise<PartitionMap> {
  const { count, partition, nowMs } = options;
  const asked = Math.max(count, leastAsked);
  const records = await readRecords(options, 0, asked);
  const latest = latestOf(records) ?? (await recordIn(partition(0), firstMap(count)));
  const { epoch, count: restored } = latest;
  if (epoch === 1) return firstMap(restored);
  if (restored > asked) records.push(...(await readRecords(options, asked, restored)));
  const isDivided = records.slice(0, restored).every((record) => record !== undefined && record.epoch >= epoch);
  if (isDivided || restored === 1)
    return { epoch, count: restored, growing: undefined, growths: growthsTo(restored, nowMs) };
  // The growth was interrupted: its steps so far are found by whoever ends it.
  const half = restored / 2;
  return { epoch: epoch - 1, count: half, growing: restored, growths: growthsTo(half, nowMs) };
}

/** All growths that may have led to a number of partitions: what was published before them is searched for in the former partitions. */
export function growthsTo(count: number, nowMs: number): readonly Growth[] {
  const doublings = Math.floor(Math.log2(count));
  return Array.from({ length: doublings }, (_, at) => ({
    count: count / 2 ** (doublings - 1 - at),
    atMs: Math.floor(nowMs),
  }));
}

function latestOf(records: readonly (PartitionRecord | undefined)[]): PartitionRecord | undefined {
  const known = records.filter((record) => record !== undefined);
  return known.sort((a, b) => b.epoch - a.epoch || b.count - a.count)[0];
}

/** What the partitions from one index to before another know; undefined for one that knows nothing. */
function readRecords(
  { prefix, partition }: RestoreOptions,
  from: number,
  to: number,
): Promise<(PartitionRecord | undefined)[]> {
  const reads = Array.from({ length: to - from }, async (_, at) => {
    const { index, keys, connection } = partition(from + at);
    connection.connect();
    await connection.whenReady(waitMs);
    try {
      return await connection.tryOnce(readRecordScript.call({ partition: keys.partition }));
    } catch (cause) {
      // The address of one node of a cluster: the partitions of the bus are those that this node has.
      if (replyCode(cause) === 'MOVED') return undefined;
      if (!mayTryAgain(cause)) throw cause;
      const problem = `there is no partition map ${mapKey(prefix)}, and partition ${index} cannot be asked whether it exists`;
      throw new Error(`${problem}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  });
  return Promise.all(reads);
}

function recordIn({ keys, connection }: Partition, { epoch, count }: PartitionMap): Promise<PartitionRecord> {
  return connection.tryOnce(recordPartitionScript.call({ partition: keys.partition, epoch, count }));
}
