import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import { publishScript } from '../../runtime/redis/publish/publish.lua.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
const keys = partitionKeys('hyvve', 0);
let redis: Redis;
let bus: EventBus;
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  bus = createEventBus({ service: 'billing', redis: server.url, logger: silentLogger, publishDeadlineMs: 600 });
  await bus.publish(OrderPlaced, anOrder, tenant);
});
afterEach(async () => {
  await bus.close();
  redis.disconnect();
});

/** Closes the partition for publishers that know epoch 1. Its hash does not say up to which number it grew. */
async function close(): Promise<void> {
  await redis.hset(keys.partition, 'epoch', 2);
  await redis.hdel(keys.partition, 'count');
}
const complete = () => redis.hset('{hyvve:map}', 'epoch', 2);
const kinds: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a publish', () => bus.publish(OrderPlaced, anOrder, tenant)],
  ['a publish with an id', () => bus.publish(OrderPlaced, anOrder, { ...tenant, id: createEventId(Date.now()) })],
  ['a publish with an idempotency key', () => bus.publish(OrderPlaced, anOrder, { ...tenant, idempotencyKey: 'k' })],
  [
    'a batch',
    () => bus.publishBatch([OrderPlaced, OrderPaid].map((event) => ({ event, data: anOrder, options: tenant }))),
  ],
];

describe('⚑ a partition that is closed for the epoch of the publisher', () => {
  it.each(kinds)('%s: is written when the map is complete, and not before', async (_what, publish) => {
    await close();
    let settled = false;
    const publishing = publish().finally(() => {
      settled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([settled, await redis.xlen(keys.events)]).toEqual([false, 1]);
    await complete();
    await publishing;
    expect(await redis.xlen(keys.events)).toBeGreaterThan(1);
    expect(await redis.hget(keys.partition, 'epoch')).toBe('2');
  });

  it.each(kinds)(
    '%s, and no new map: rejects at the deadline with UNAVAILABLE; nothing is written',
    async (_, publish) => {
      await close();
      await expect(publish()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await redis.xlen(keys.events)).toBe(1);
      expect(await redis.keys('{hyvve:0}:i*')).toEqual([]);
      await complete();
      await publish();
    },
  );

  it('a batch that is sent again after it was written: gets its result', async () => {
    const call = (token: string) =>
      publishScript.call({
        keys: [keys.events, keys.ring('one'), keys.partition],
        args: [token, 0, 1, 1, Date.now() + 60_000, 0, 1, '{}'],
      })(redis);
    const streamId = await call('7');
    await close();
    expect(await call('7')).toBe(streamId);
    await expect(call('8')).rejects.toThrow(/^EPOCH /);
    expect(await redis.xlen(keys.events)).toBe(2);
  });
});

it.each([
  ['the partition hash', () => redis.del(keys.partition)],
  ['all data', () => redis.flushall()],
])('Redis lost %s: publishing goes on, and writes it again', async (_what, lose) => {
  await lose();
  await bus.publish(OrderPlaced, anOrder, tenant);
  const bornAt = expect.stringMatching(/^\d{13}$/);
  expect(await redis.hgetall(keys.partition)).toEqual({ epoch: '1', count: '1', fence: expect.any(String), bornAt });
});
