import type { EventOperator, StatisticsSnapshot } from '@hyvve-events/runtime';

/** The state of the partitions that reply, and the indexes of the others. */
export async function reachableSnapshot({
  statistics,
  feed,
}: EventOperator): Promise<{ readonly snapshot: StatisticsSnapshot; readonly away: readonly number[] }> {
  const [snapshot, all] = await Promise.all([statistics.snapshot({ onlyReachable: true }), feed.partitions()]);
  const reachable = new Set(snapshot.partitions.map(({ partition }) => partition));
  return { snapshot, away: all.filter((partition) => !reachable.has(partition)) };
}
