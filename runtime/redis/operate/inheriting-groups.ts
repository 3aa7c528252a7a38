import type { InheritingGroup } from '../../operate/partition-operations.js';
import type { Partition } from '../partitions/partition.js';

/** The groups that wait in a partition for events of its parent. */
export async function inheritingGroupsIn({ connection, keys, index }: Partition): Promise<readonly InheritingGroup[]> {
  const parent = await connection.tryOnce((redis) => redis.hget(keys.partition, 'parent'));
  if (parent === null) return [];
  const names = await connection.tryOnce((redis) => redis.hkeys(keys.groups));
  const found = await Promise.all(
    names.map(async (group) => {
      const { state, inherited } = keys.group(group);
      const [fields, queues] = await connection.tryOnce((redis) =>
        Promise.all([redis.hmget(state, 'inherits', 'retiredAt'), redis.hlen(inherited)]),
      );
      const [inherits, retiredAt] = fields;
      const waits = retiredAt === null && (inherits !== null || queues > 0);
      return waits ? [{ partition: index, parent: Number(parent), group, reads: inherits === null, keys: queues }] : [];
    }),
  );
  return found.flat().sort((a, b) => (a.group < b.group ? -1 : 1));
}
