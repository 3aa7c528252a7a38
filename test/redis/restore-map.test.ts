import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePosition } from '../../runtime/event/position.js';
import { hashSlot } from '../../runtime/redis/connection/hash-slot.js';
import type { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { readMap } from '../../runtime/redis/partitions/partition-map.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { useRedis } from '../support/redis/redis.js';
import { useTwoNodes } from '../support/redis/two-nodes.js';
import { until } from '../support/wait.js';

const server = useRedis();
const cluster = useTwoNodes();
const tenants = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
const key = '{hyvve:map}';
let redis: Redis;
let link: RedisConnection;
let open: EventBus[] = [];
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  link = connectTo(server.url);
});
const closeAll = async () => {
  await Promise.all(open.map((bus) => bus.close()));
  open = [];
};
afterEach(async () => {
  await closeAll();
  redis.disconnect();
  link.close();
});

function newBus(partitions: number, logger = silentLogger): EventBus {
  const bus = createEventBus({ service: 'shop', redis: server.url, logger, partitions, maintenance: { everyMs: 100 } });
  open.push(bus);
  return bus;
}
const publishAll = (bus: EventBus) =>
  Promise.all(tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId })));
const partitionsOf = (published: readonly { readonly streamId: string }[]) =>
  published.map(({ streamId }) => parsePosition(streamId)?.partition);
const byCount = (count: number) => tenants.map((tenantId) => partitionOf(tenantId, count));
const mapNow = () => readMap(link, 'hyvve');

describe('⚑ the whole partition map was lost, and no process that knows it runs', () => {
  it.each([1, 2, 4, 16, 64])(
    'a bus with the option partitions: %i publishes its first event by the number of the partitions that exist',
    async (partitions) => {
      await publishAll(newBus(4));
      await closeAll();
      await redis.del(key);
      const { logger, messages } = recordingLogger();
      expect(partitionsOf(await publishAll(newBus(partitions, logger)))).toEqual(byCount(4));
      expect(await mapNow()).toEqual({ epoch: 1, count: 4, growing: undefined, growths: [] });
      const restored = 'the partition map is missing, but partitions exist: it is restored from them';
      expect(messages('warn').filter((text) => text === restored)).toHaveLength(partitions === 4 ? 0 : 1);
    },
  );

  it.each([1, 16])('after a growth, with the option partitions: %i', async (partitions) => {
    await publishAll(newBus(2));
    await growOn(link, 4);
    await closeAll();
    await redis.del(key);
    expect(partitionsOf(await publishAll(newBus(partitions)))).toEqual(byCount(4));
    const [first, second] = (await mapNow())?.growths ?? [];
    expect(await mapNow()).toMatchObject({ epoch: 2, count: 4, growing: undefined });
    expect([first?.count, second?.count]).toEqual([2, 4]);
  });

  it('and only a partition was used that the option does not have: it is found', async () => {
    const bus = newBus(4);
    const only = tenants.find((tenantId) => partitionOf(tenantId, 4) === 3) ?? '';
    await bus.publish(OrderPlaced, anOrder, { tenantId: only });
    await closeAll();
    await redis.del(key, '{hyvve:0}:partition');
    await newBus(1).publish(OrderPlaced, anOrder, { tenantId: only });
    expect(await mapNow()).toMatchObject({ count: 4 });
    expect(await redis.xlen('{hyvve:3}:events')).toBe(2);
  });

  it('and nothing was published yet: partition 0 knows the number, also the first of several that begin at the same time', async () => {
    await Promise.all(
      [newBus(32), newBus(8), newBus(64)].map((bus) => bus.publish(OrderPlaced, anOrder, { tenantId: 'a' })),
    );
    const { count } = (await mapNow()) ?? {};
    await closeAll();
    await redis.del(key, ...(await redis.keys('{hyvve:[1-9]*')));
    await newBus(1).publish(OrderPlaced, anOrder, { tenantId: 'a' });
    expect((await mapNow())?.count).toBe(count);
  });

  it.each(['seal', 'open', 'finish'])(
    'in a growth that had come to the step %s: a process that only handles events ends it, and gets all of them',
    async (interrupted) => {
      const published = await publishAll(newBus(2));
      await expect(
        growOn(link, 4, ({ step, partition }, call) => {
          const dies = step === interrupted && partition !== 0 && partition !== 2;
          return dies ? Promise.reject(new Error('the process has died')) : call();
        }),
      ).rejects.toThrow('the process has died');
      await closeAll();
      await redis.del(key);
      const handled: string[] = [];
      const bus = newBus(16);
      bus.subscribe(subscribeTo([OrderPlaced], '*', { name: 'bill' }, ({ id }) => void handled.push(id)));
      await bus.start();
      await until('the growth has ended', async () => (await mapNow())?.count === 4);
      expect(await mapNow()).toMatchObject({ epoch: 2, count: 4, growing: undefined });
      const later = await publishAll(bus);
      expect(partitionsOf(later)).toEqual(byCount(4));
      await until('all are handled', () => handled.length === 2 * tenants.length);
      expect(handled.sort()).toEqual([...published, ...later].map(({ id }) => id).sort());
    },
  );

  it('and a partition cannot be asked: no map is written, and the start says which one', async () => {
    const { owner, servers, migrate, settleSlot } = cluster.nodes;
    await owner.flushall();
    // A slot that is being moved: its owner does not know whether an absent key is there already.
    const slot = hashSlot('hyvve:3');
    await migrate(slot);
    const redisOption = { nodes: [servers[0].url] };
    const bus = createEventBus({ service: 'shop', redis: redisOption, logger: silentLogger, startTimeoutMs: 2_000 });
    open.push(bus);
    bus.subscribe(subscribeTo([OrderPlaced], '*', { name: 'bill' }, () => undefined));
    const problem = 'there is no partition map {hyvve:map}, and partition 3 cannot be asked whether it exists';
    await expect(bus.start()).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(problem) });
    expect(await owner.keys('*')).toEqual([]);
    await settleSlot(slot);
    await bus.start();
    expect(await owner.exists(key)).toBe(1);
  });
});
