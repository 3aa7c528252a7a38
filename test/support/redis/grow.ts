import { silentLogger } from '@hyvve-events/runtime';
import { RedisConnection } from '../../../runtime/redis/connection/redis-connection.js';
import { resolveTarget } from '../../../runtime/redis/connection/redis-target.js';
import { growPartitions, type MakeStep } from '../../../runtime/redis/partitions/grow.js';
import type { PartitionMap } from '../../../runtime/redis/partitions/partition-map.js';
import { partitionKeys } from '../../../runtime/redis/store/keys.js';

/** A connection to one Redis that has all partitions. */
export function connectTo(url: string): RedisConnection {
  const target = resolveTarget('test', url);
  const link = new RedisConnection({ target, name: 'test', logger: silentLogger, replyTimeoutMs: 5_000 });
  link.connect();
  return link;
}

/** Grows the partitions of the prefix `hyvve` on one Redis. @param step Makes each step. */
export function growOn(
  link: RedisConnection,
  count: number,
  step: MakeStep = (_of, call) => call(),
): Promise<PartitionMap> {
  const partition = (index: number) => ({ index, keys: partitionKeys('hyvve', index), connection: link });
  return growPartitions({ prefix: 'hyvve', map: link, partition, count, callTimeoutMs: 2_000, step });
}
