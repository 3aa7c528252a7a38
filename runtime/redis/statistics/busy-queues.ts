import { parseOrderingKey } from '../../event/ordering-key.js';
import { positionOf } from '../../event/position.js';
import type { KeyQueueStatistics } from '../../operate/statistics.js';
import type { Partition } from '../partitions/partition.js';
import { placeOfHead } from '../store/placeholder.js';
import { busyQueuesScript } from './busy-queues.lua.js';

/** Number of places at which the waiting deliveries of a group in a partition are examined. */
const samples = 100;

/** The keys of a partition with the most waiting deliveries, in any order. @param only Name of a group. Default: all groups. */
export async function readBusyQueues(
  { connection, keys, index }: Partition,
  only: string | undefined,
): Promise<readonly KeyQueueStatistics[]> {
  const names = only === undefined ? await connection.tryOnce((redis) => redis.hkeys(keys.groups)) : [only];
  const read = await Promise.all(
    names.map(async (group) => {
      const { heads, waiting } = keys.group(group);
      const queues = await connection.tryOnce(busyQueuesScript.call({ heads, waiting, samples }));
      return queues.map(([queue, count, head]) => describe(index, group, queue, count, head));
    }),
  );
  return read.flat();
}

function describe(
  partition: number,
  group: string,
  queue: string,
  waiting: number,
  ref: string | null,
): KeyQueueStatistics {
  const [handler = '', job = '', key = ''] = queue.split('\0');
  const head = ref === null ? undefined : placeOfHead(ref, partition);
  return {
    group,
    handler,
    ...parseOrderingKey(key),
    replayId: job === '' ? undefined : job,
    partition,
    waiting,
    head: head && positionOf(head.streamId, head.partition),
    since: head && new Date(Number(head.streamId.split('-')[0])).toISOString(),
  };
}
