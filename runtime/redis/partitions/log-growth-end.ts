import { logGrowthEndScript } from './growth-log.lua.js';
import type { Partition } from './partition.js';

/**
 * Writes once that a growth by an operator has ended, whoever has ended it. Never rejects: the growth does not depend on it, and the
 * maintenance of every group calls this again.
 * @param first Partition 0. @param count Number of partitions in the map. @param callTimeoutMs Maximum time of the call, in milliseconds.
 */
export async function logGrowthEnd(
  { connection, keys }: Partition,
  count: number,
  callTimeoutMs: number | undefined,
): Promise<void> {
  const call = logGrowthEndScript.call({ log: keys.log, partition: keys.partition, count });
  await connection.ask(call, callTimeoutMs).catch(() => undefined);
}
