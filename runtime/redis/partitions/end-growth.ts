import { type GrowOptions, growPartitions } from './grow.js';
import { logGrowthEnd } from './log-growth-end.js';
import { openMap, type PartitionMap, readMap } from './partition-map.js';
import { growthsTo } from './restore-map.js';

export type EndGrowthOptions = Omit<GrowOptions, 'count' | 'step'>;

/**
 * Ends a growth that was interrupted. If a partition was sealed for a later epoch than that of the map, Redis has lost the map's last writes:
 * the partition says up to which number it had grown.
 * @param index Of a partition that has refused a publish, or of any other one.
 * @returns The map, undefined if there is none. @throws EventBusError the errors of {@link growPartitions}
 */
export async function endGrowth(options: EndGrowthOptions, index: number): Promise<PartitionMap | undefined> {
  const map = await endedMap(options, index);
  if (map !== undefined) await logGrowthEnd(options.partition(0), map.count, options.callTimeoutMs);
  return map;
}

async function endedMap(options: EndGrowthOptions, index: number): Promise<PartitionMap | undefined> {
  const { map: link, prefix, partition, callTimeoutMs } = options;
  const map = await link.ask(() => readMap(link, prefix), callTimeoutMs);
  if (map === undefined) return undefined;
  if (map.growing !== undefined) return growPartitions({ ...options, count: map.growing });
  const { connection, keys } = partition(index);
  const hash = await connection.ask((redis) => redis.hmget(keys.partition, 'epoch', 'count'), callTimeoutMs);
  const [epoch = 0, count = 0] = hash.map(Number);
  if (epoch <= map.epoch || count === 0) return map;
  if (count > map.count) return growPartitions({ ...options, count });
  // The whole map was lost, and a process of an earlier version wrote it again with the first epoch. If it has more partitions now, the present ones must be divided.
  const growing = count < map.count ? map.count : undefined;
  const own = { epoch, count, growing, growths: growthsTo(count, link.now()) };
  const found = await link.ask(() => openMap(link, prefix, own), callTimeoutMs);
  return growing === undefined ? found : growPartitions({ ...options, count: growing });
}
