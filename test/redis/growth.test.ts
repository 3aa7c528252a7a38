import { createEventBus, type EventBus, type EventBusOptions, eventDraft, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import { parsePosition } from '../../runtime/event/position.js';
import type { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import type { MakeStep } from '../../runtime/redis/partitions/grow.js';
import { readMap } from '../../runtime/redis/partitions/partition-map.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { BatchPublisher } from '../../runtime/redis/publish/batch-publisher.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { useRedis } from '../support/redis/redis.js';
import { startProxy } from '../support/redis/tcp-proxy.js';
import { newGate, until } from '../support/wait.js';

const server = useRedis();
const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
let redis: Redis;
let link: RedisConnection;
const closing: (() => unknown)[] = [];
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  link = connectTo(server.url);
});
const closeAll = () => Promise.all(closing.splice(0).map((close) => close()));
afterEach(async () => {
  await closeAll();
  redis.disconnect();
  link.close();
});

function newBus(options: Partial<EventBusOptions> = {}): EventBus {
  const bus = createEventBus({ service: 'shop', redis: server.url, logger: silentLogger, partitions: 2, ...options });
  closing.push(() => bus.close());
  return bus;
}
const publish = (bus: EventBus, tenantId: string, options = {}) =>
  bus.publish(OrderPlaced, anOrder, { tenantId, ...options });
const publishAll = (bus: EventBus, options: (tenantId: string) => object = () => ({})) =>
  Promise.all(tenants.map((tenantId) => publish(bus, tenantId, options(tenantId))));
const grow = (count: number, step?: MakeStep) => growOn(link, count, step);
const mapNow = async () => {
  const { epoch, count, growing } = (await readMap(link, 'hyvve')) ?? {};
  return { epoch, count, growing };
};
const partitionIn = ({ streamId }: { readonly streamId: string }) => parsePosition(streamId)?.partition;
const partitionsBy = (count: number) => tenants.map((tenantId) => partitionOf(tenantId, count));
const lengths = (count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => redis.xlen(`{hyvve:${index}}:events`)));

/** The events of all streams by tenant: those of a parent before those of its children. */
async function written(count: number): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (let index = 0; index < count; index += 1) {
    for (const [, [, json = '']] of await redis.xrange(`{hyvve:${index}}:events`, '-', '+')) {
      const { id, tenantId } = JSON.parse(json) as { readonly id: string; readonly tenantId: string };
      found.set(tenantId, [...(found.get(tenantId) ?? []), id]);
    }
  }
  return found;
}

/** Publishes an event after the other for each tenant until it is stopped. Returns the ids of each tenant, in their order. */
function publishOn(bus: EventBus): () => Promise<ReadonlyMap<string, readonly string[]>> {
  let isStopped = false;
  const loops = tenants.map(async (tenantId) => {
    const ids: string[] = [];
    while (!isStopped) ids.push((await publish(bus, tenantId)).id);
    return [tenantId, ids] as const;
  });
  return async () => {
    isStopped = true;
    return new Map(await Promise.all(loops));
  };
}

/** Makes the first calls of a growth, and no further one. */
function stopAfter(calls: number): MakeStep {
  let made = 0;
  return async (_of, call) => {
    made += 1;
    if (made > calls) throw new Error('the process has died');
    return call();
  };
}

/** From 2 to 4: read, reach, begin, two of each of seal, read groups and open, finish. */
const allCalls = 10;
/** With this number of calls, the first partition is sealed. */
const firstSeal = 4;
const crashes = Array.from({ length: allCalls }, (_, calls) => calls);

describe('⚑ a process that grows the partitions dies', () => {
  it.each(crashes)('after %i calls: publishers go on, and another process ends the growth', async (calls) => {
    const bus = newBus();
    await publishAll(bus);
    const before = await written(2);
    const stop = publishOn(bus);
    await expect(grow(4, stopAfter(calls))).rejects.toThrow('the process has died');
    expect(await grow(4)).toMatchObject({ epoch: 2, count: 4, growing: undefined });
    await publishAll(bus);
    const acknowledged = await stop();
    const found = await written(4);
    for (const tenantId of tenants) {
      const all = [...(before.get(tenantId) ?? []), ...(acknowledged.get(tenantId) ?? [])];
      expect(found.get(tenantId)?.filter((id) => all.includes(id))).toEqual(all);
      expect(found.get(tenantId)).toHaveLength(all.length + 1);
    }
  });

  it.each(crashes)('after %i calls: a publisher whose partition is sealed ends the growth', async (calls) => {
    const bus = newBus();
    await publishAll(bus);
    await expect(grow(4, stopAfter(calls))).rejects.toThrow('the process has died');
    const count = calls < firstSeal ? 2 : 4;
    // Those of a partition that is not sealed yet are written in it.
    await publishAll(bus);
    expect((await publishAll(bus)).map(partitionIn)).toEqual(partitionsBy(count));
    expect(await mapNow()).toEqual({ epoch: count / 2, count, growing: calls === firstSeal - 1 ? 4 : undefined });
  });

  it('before anything is sealed: the maintenance ends the growth', async () => {
    const bus = newBus({ maintenance: { everyMs: 100 } });
    bus.subscribe(subscribeTo([OrderPlaced], '*', { name: 'bill' }, () => undefined));
    await bus.start();
    await expect(grow(8, stopAfter(firstSeal - 1))).rejects.toThrow('the process has died');
    await until('the growth has ended', async () => (await mapNow()).count === 8);
    expect(await mapNow()).toEqual({ epoch: 3, count: 8, growing: undefined });
  });

  it('and a publisher may not call what a growth needs: it waits until its deadline, and the log says why', async () => {
    await publishAll(newBus());
    await redis.acl('SETUSER', 'kiosk', 'on', '>secret', '~*', '+@all', '-xgroup');
    const url = `redis://kiosk:secret@127.0.0.1:${server.server.port}`;
    const { logger, messages } = recordingLogger();
    const bus = newBus({ redis: url, publishDeadlineMs: 800, logger });
    await publishAll(bus);
    await expect(grow(4, stopAfter(allCalls - 1))).rejects.toThrow('the process has died');
    await expect(publish(bus, 'tenant-1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(messages('warn')).toEqual(['could not end the growth of the partitions that another process has begun']);
    await grow(4);
    expect((await publishAll(bus)).map(partitionIn)).toEqual(partitionsBy(4));
  });

  it('and its calls arrive after two later growths: they change nothing', async () => {
    await publishAll(newBus());
    for (const calls of crashes.slice(2)) {
      await redis.flushall();
      await publishAll(newBus());
      const gate = newGate();
      let made = 0;
      const late = grow(4, async (_of, call) => {
        made += 1;
        if (made > calls) await gate.passed;
        return call();
      });
      await until('it is held', () => made > calls);
      await grow(4);
      await grow(8);
      const state = async () => {
        const keys = (await redis.keys('*')).filter((key) => /:(partition|map)/.test(key)).sort();
        return Promise.all(keys.map(async (key) => [key, await redis.hgetall(key)]));
      };
      const before = await state();
      gate.open();
      await late;
      expect(await state()).toEqual(before);
    }
  });
});

it('a growth to another number while one is under way: CONFLICT; to the same number: continues it', async () => {
  await publishAll(newBus());
  await expect(grow(8, stopAfter(firstSeal))).rejects.toThrow();
  await expect(grow(4)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringContaining('from 2 to 8 partitions'),
  });
  const [map] = await Promise.all([grow(8), grow(8), grow(8)]);
  expect(map).toMatchObject({ epoch: 3, count: 8, growths: [{ count: 4 }, { count: 8 }] });
});

describe('⚑ a publisher through growths', () => {
  it('that was stopped meanwhile publishes by the new map', async () => {
    const bus = newBus();
    await publishAll(bus);
    await grow(8);
    const before = await lengths(8);
    expect((await publishAll(bus)).map(partitionIn)).toEqual(partitionsBy(8));
    const after = await lengths(8);
    expect(after.map((length, index) => length - (before[index] ?? 0))).toEqual(
      after.map((_, index) => partitionsBy(8).filter((partition) => partition === index).length),
    );
  });

  it('whose batch was written, but its reply was lost: gets the result of the former partition', async () => {
    const proxy = await startProxy(server.server.port);
    closing.push(() => proxy.close());
    const bus = newBus({ redis: proxy.url });
    await publishAll(bus);
    const moving = tenants.find((tenantId) => partitionOf(tenantId, 4) === 3) ?? '';
    const lost = proxy.dropRepliesFrom('"lost"');
    const publishing = bus.publish(OrderPlaced, { ...anOrder, orderId: 'lost' }, { tenantId: moving });
    await lost;
    await grow(4);
    proxy.mode = 'pass';
    proxy.cut();
    const published = await publishing;
    expect([partitionIn(published), published.duplicate]).toEqual([1, false]);
    expect((await written(4)).get(moving)?.filter((id) => id === published.id)).toHaveLength(1);
    expect(partitionIn(await publish(bus, moving))).toBe(3);
  });

  it('that is closed: what Redis refuses for the former map is published by the new one before', async () => {
    const proxy = await startProxy(server.server.port);
    closing.push(() => proxy.close());
    const bus = newBus({ redis: proxy.url });
    await publishAll(bus);
    const moving = tenants.find((tenantId) => partitionOf(tenantId, 4) === 3) ?? '';
    const held = proxy.freezeFrom('"held"');
    const publishing = bus.publish(OrderPlaced, { ...anOrder, orderId: 'held' }, { tenantId: moving });
    await held;
    const closed = bus.close();
    // The publisher must end the growth itself before it publishes again.
    await expect(grow(4, stopAfter(allCalls - 1))).rejects.toThrow('the process has died');
    proxy.mode = 'pass';
    proxy.cut();
    expect(partitionIn(await publishing)).toBe(3);
    await closed;
  });

  it('finds ids and idempotency keys of earlier growths, in its own process and in a new one', async () => {
    const bus = newBus();
    const withTime = new Map(tenants.map((tenantId) => [tenantId, createEventId(Date.now())]));
    const kinds: readonly ((tenantId: string) => object)[] = [
      () => ({ idempotencyKey: 'key-1' }),
      (tenantId) => ({ id: withTime.get(tenantId) }),
      (tenantId) => ({ id: tenantId.replace('-', '') }),
    ];
    const publishKinds = (by: EventBus) => Promise.all(kinds.map((kind) => publishAll(by, kind)));
    const first = await publishKinds(bus);
    const duplicates = first.map((of) => of.map((published) => ({ ...published, duplicate: true })));
    for (const count of [4, 8]) {
      await grow(count);
      expect(await publishKinds(bus)).toEqual(duplicates);
      expect(await publishKinds(newBus())).toEqual(duplicates);
    }
    expect((await lengths(8)).reduce((sum, length) => sum + length)).toBe(3 * tenants.length);
    // What the growth did not divide, and what is new, is written once as before.
    const again = await publishAll(bus, () => ({ idempotencyKey: 'key-2' }));
    expect(again.map(partitionIn)).toEqual(partitionsBy(8));
    await grow(16);
    expect(await publishAll(newBus(), () => ({ idempotencyKey: 'key-2' }))).toEqual(
      again.map((published) => ({ ...published, duplicate: true })),
    );
  });

  describe('whose connection is made again after a growth', () => {
    const moving = tenants.find((tenantId) => partitionOf(tenantId, 4) === 3) ?? '';
    const reconnect = async (bus: EventBus) => {
      await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await publish(bus, moving);
    };

    it('and Redis has lost an event in a former partition: it does not say from memory that the event is there', async () => {
      const bus = newBus();
      const id = createEventId(Date.now());
      const first = await publish(bus, moving, { id });
      await grow(4);
      expect(await publish(bus, moving, { id })).toEqual({ ...first, duplicate: true });
      await redis.del('{hyvve:1}:events', ...(await redis.keys('{hyvve:1}:ids:*')));
      await reconnect(bus);
      const again = await publish(bus, moving, { id });
      expect([again.duplicate, partitionIn(again)]).toEqual([false, 3]);
      expect(await publish(bus, moving, { id })).toEqual({ ...again, duplicate: true });
    });

    it('the publishers of a former map are gone when all that they had accepted is answered, and not before', async () => {
      const reconnected = vi.spyOn(BatchPublisher.prototype, 'reconnected');
      closing.push(() => reconnected.mockRestore());
      const kill = async (calls: number) => {
        reconnected.mockClear();
        await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await until('it is connected again', () => reconnected.mock.calls.length >= calls);
        expect(reconnected).toHaveBeenCalledTimes(calls);
      };
      // There is no replica: a publish is written, and then waits until its deadline.
      const bus = newBus({ durability: { replicas: 1 }, publishDeadlineMs: 5_000 });
      const publishing = publish(bus, moving).catch((error: unknown) => error);
      await until('it is written', async () => (await redis.xlen('{hyvve:1}:events')) === 1);
      await grow(4);
      await until('the bus knows the map', () => bus.health().partitions?.total === 4);
      await kill(2 + 4);
      expect(await publishing).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
      await kill(4);
    });
  });

  it('a batch: the events that a former partition has are duplicates, the others are written', async () => {
    const bus = newBus();
    const moving = tenants.find((tenantId) => partitionOf(tenantId, 4) === 3) ?? '';
    const draft = (options: object) => eventDraft(OrderPlaced, anOrder, { tenantId: moving, ...options });
    const [known, id] = [await publish(bus, moving, { idempotencyKey: 'a' }), createEventId(Date.now())];
    await publish(bus, moving, { id });
    await grow(4);
    const [first, second, third] = await bus.publishBatch([
      draft({}),
      draft({ idempotencyKey: 'a' }),
      draft({ idempotencyKey: 'b' }),
    ]);
    expect(second).toEqual({ ...known, duplicate: true });
    expect([first, third].map((each) => each && [partitionIn(each), each.duplicate])).toEqual([
      [3, false],
      [3, false],
    ]);
    // A batch with ids that contain their time is written all or none.
    await expect(bus.publishBatch([draft({ id }), draft({})])).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await redis.xlen('{hyvve:3}:events')).toBe(2);
  });
});

describe('⚑ Redis has lost the end of a growth in a failover', () => {
  const everyone = async () => {
    const bus = newBus();
    await publishAll(bus);
    const former = newBus();
    await publishAll(former);
    await grow(4);
    await publishAll(bus);
    return { bus, former };
  };

  it.each([
    ['is the former one', { epoch: '1', count: '2' }],
    ['is missing', undefined],
  ])('the hash of a partition %s: a publisher with the new map seals it again', async (_what, hash) => {
    const { bus, former } = await everyone();
    const key = '{hyvve:1}:partition';
    await redis.del(key);
    if (hash !== undefined) await redis.hset(key, hash);
    const last = (await redis.xrevrange('{hyvve:1}:events', '+', '-', 'COUNT', 1))[0]?.[0];
    await publishAll(bus);
    expect(await redis.hgetall(key)).toMatchObject({ epoch: '2', count: '4', fence: last });
    expect((await publishAll(former)).map(partitionIn)).toEqual(partitionsBy(4));
  });

  it.each([
    ['without its last write', { format: '2', epoch: '1', partitions: '2', growing: '4' }],
    ['without its last two writes', { format: '2', epoch: '1', partitions: '2' }],
    ['missing', undefined],
  ])('the map is %s: a new process that publishes ends the growth again', async (_what, fields) => {
    await everyone();
    await closeAll();
    await redis.del('{hyvve:map}');
    if (fields !== undefined) await redis.hset('{hyvve:map}', fields);
    const bus = newBus({ partitions: 1 });
    const published = await publishAll(bus);
    expect(published.map(partitionIn)).toEqual(partitionsBy(4));
    expect(await mapNow()).toEqual({ epoch: 2, count: 4, growing: undefined });
  });

  it.each([
    [2, false],
    [4, false],
    [16, false],
    [16, true],
  ])(
    'the map is missing, and a process begins with %i partitions (it has an earlier version: %s): idempotency keys are found',
    async (partitions, isEarlier) => {
      const count = isEarlier ? partitions : 4;
      const keyed = (bus: EventBus) => publishAll(bus, () => ({ idempotencyKey: 'key' }));
      const first = await keyed(newBus());
      await grow(4);
      await closeAll();
      await redis.del('{hyvve:map}');
      if (isEarlier) await redis.hset('{hyvve:map}', { format: '2', epoch: '1', partitions });
      const bus = newBus({ partitions });
      const published = await publishAll(bus);
      if (!isEarlier) expect(published.map(partitionIn)).toEqual(partitionsBy(4));
      expect(await keyed(bus)).toEqual(first.map((published) => ({ ...published, duplicate: true })));
      expect(await mapNow()).toMatchObject({ count, growing: undefined });
      expect((await publishAll(bus)).map(partitionIn)).toEqual(partitionsBy(count));
    },
  );

  it('the map has the right number, and the first epoch: a new process that publishes raises the epoch', async () => {
    await everyone();
    await closeAll();
    await redis.hset('{hyvve:map}', { epoch: '1', partitions: '4' });
    expect((await publishAll(newBus())).map(partitionIn)).toEqual(partitionsBy(4));
    expect(await mapNow()).toEqual({ epoch: 2, count: 4, growing: undefined });
  });
});
