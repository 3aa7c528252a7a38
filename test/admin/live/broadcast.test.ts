import { createEventOperator, type EventOperator } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Broadcast } from '../../../admin/live/broadcast.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const server = useRedis();
let redis: Redis;
let operator: EventOperator;

beforeAll(() => {
  redis = new Redis(server.url);
  operator = createEventOperator({ redis: server.url, runReplays: false });
});
afterAll(async () => {
  await operator.close();
  redis.disconnect();
});

const write = (partition: number, at: string) => redis.xadd(`{hyvve:${partition}}:events`, at, 'e', '{}');
const usePartitions = (count: number) => redis.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: count });

it('⚑ several partitions: an entry behind the newest position of the others is passed on, and each one only once', async () => {
  await usePartitions(2);
  for (const partition of [0, 1]) await write(partition, '100-1');
  const seen: string[] = [];
  const stop = new Broadcast(operator.feed).listen((entries) => seen.push(...entries.map(({ streamId }) => streamId)));
  const sees = (position: string) => until(`${position} is passed on`, () => seen.includes(position));
  try {
    // The ends of the streams have been read once the first entry arrives.
    await until('it listens', async () => {
      if (seen.length === 0) await write(0, '*');
      return seen.length > 0;
    });
    // The clock of its master is slow.
    await write(1, '101-1');
    await sees('101-1.1');
    await write(0, '99999999999999-1');
    await sees('99999999999999-1');
    await write(1, '101-2');
    await sees('101-2.1');
    // A partition that is added later has only new entries.
    await write(2, '5-1');
    await usePartitions(3);
    await sees('5-1.2');
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).not.toContain('100-1.1');
  } finally {
    stop();
  }
});
