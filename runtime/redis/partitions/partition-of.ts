import { murmur3 } from './murmur3.js';

/**
 * The partition of an event: murmur3 (32 bit, seed 0) of the UTF-8 bytes of its partition key, modulo the number of
 * partitions. Programs in other languages compute the same.
 * @param key The tenant, or the ordering key of types with `x-partition-by: ordering-key`. @param count Number of partitions.
 */
export function partitionOf(key: string, count: number): number {
  return count === 1 ? 0 : murmur3(key) % count;
}
