import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
let redis: Redis;
let buses: EventBus[];

beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  buses = [];
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  redis.disconnect();
});

function newBus(): EventBus {
  const bus = createEventBus({ service: 'shop', redis: server.url, logger: silentLogger });
  buses.push(bus);
  return bus;
}

/** Writes an entry like the SDK, at a given time. */
async function write(id: string, ms?: number): Promise<string> {
  const envelope = {
    id,
    type: OrderPlaced.type,
    source: 's',
    timestamp: '',
    correlationId: id,
    ...tenant,
    version: '1.0.0',
  };
  const json = JSON.stringify({ ...envelope, data: anOrder });
  return String(await redis.xadd('{hyvve:0}:events', ms === undefined ? '*' : String(ms), 'e', json));
}

const publish = (bus: EventBus, id: string) => bus.publish(OrderPlaced, anOrder, { ...tenant, id });

describe('publish with an explicit id', () => {
  it('finds events that were written without a key: before, during the search, and by another process; writes missing ones', async () => {
    const bus = newBus();
    const now = Date.now();
    const written = Array.from({ length: 50 }, (_, n) => createEventId(now - n));
    const streamIds = new Map<string, string>();
    for (const id of written) streamIds.set(id, await write(id));
    const fresh = Array.from({ length: 50 }, () => createEventId(now));
    const first = await Promise.all([...written, ...fresh].map((id) => publish(bus, id)));
    expect(first.slice(0, 50)).toEqual(written.map((id) => ({ id, streamId: streamIds.get(id), duplicate: true })));
    expect(first.slice(50).every(({ duplicate }) => !duplicate)).toBe(true);
    const later = createEventId(Date.now());
    const streamId = await write(later);
    expect(await publish(bus, later)).toEqual({ id: later, streamId, duplicate: true });
    const again = await Promise.all(fresh.map((id) => publish(newBus(), id)));
    expect(again).toEqual(first.slice(50).map((each) => ({ ...each, duplicate: true })));
    expect(await redis.xlen('{hyvve:0}:events')).toBe(101);
  });

  it('finds an old event, and reads only that range of the stream', async () => {
    const old = Date.now() - 3 * 60 * 60 * 1000;
    const ids = [createEventId(old), createEventId(old + 1_000), createEventId(old + 3_600_000)];
    for (const [index, id] of ids.entries()) await write(id, old + index * 1_000 + (index === 2 ? 3_600_000 : 1));
    for (let n = 0; n < 2_000; n += 1) await write(`x${n}`);
    const bus = newBus();
    const found = await Promise.all([...ids, createEventId(old + 500)].map((id) => publish(bus, id)));
    expect(found.map(({ duplicate }) => duplicate)).toEqual([true, true, true, false]);
    expect(await redis.xlen('{hyvve:0}:events')).toBe(2_004);
  });

  it('many concurrent callers: each range of the stream is read once, not once per caller', async () => {
    for (let n = 0; n < 500; n += 1) await write(createEventId(Date.now()));
    const bus = newBus();
    await bus.publish(OrderPlaced, anOrder, tenant);
    await redis.config('RESETSTAT');
    const published = await Promise.all(Array.from({ length: 300 }, () => publish(bus, createEventId(Date.now()))));
    expect(published.every(({ duplicate }) => !duplicate)).toBe(true);
    const calls = Number(/cmdstat_xrange:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    expect(calls).toBeLessThan(40);
  });

  it('a written batch is found completely; a batch that was written in part is refused', async () => {
    const bus = newBus();
    const [a, b] = [createEventId(Date.now()), createEventId(Date.now())];
    await write(a);
    const drafts = (ids: readonly string[]) =>
      ids.map((id) => ({ event: OrderPlaced, data: anOrder, options: { ...tenant, id } }));
    await expect(bus.publishBatch(drafts([a, b]))).rejects.toMatchObject({ code: 'CONFLICT' });
    await write(b);
    expect((await bus.publishBatch(drafts([a, b]))).map(({ duplicate }) => duplicate)).toEqual([true, true]);
    expect(await redis.xlen('{hyvve:0}:events')).toBe(2);
  });

  it('reads nothing while no other publisher writes, and reads again after another one has written', async () => {
    const bus = newBus();
    await publish(bus, createEventId(Date.now()));
    const { id } = await bus.publish(OrderPlaced, anOrder, tenant);
    const reads = async () => Number(/cmdstat_xrange:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    // The first entries of others: entries that this bus wrote before the first search for ids.
    await publish(bus, createEventId(Date.now()));
    const before = await reads();
    for (let n = 0; n < 50; n += 1) await publish(bus, createEventId(Date.now()));
    expect(await publish(bus, id)).toMatchObject({ id, duplicate: true });
    expect(await reads()).toBe(before);
    const other = createEventId(Date.now());
    const streamId = await write(other);
    expect(await publish(bus, other)).toEqual({ id: other, streamId, duplicate: true });
    expect(await reads()).toBeGreaterThan(before);
  });

  it('an id that was created long before its publish is found by every other process', async () => {
    const id = createEventId(Date.now() - 3_600_000);
    // Its entry is an hour later than the time in its id, outside the searched range.
    const first = await publish(newBus(), id);
    expect(first.duplicate).toBe(false);
    expect(await publish(newBus(), id)).toEqual({ ...first, duplicate: true });
    expect(await redis.xlen('{hyvve:0}:events')).toBe(1);
  });

  it('two publishes with one id in one tick write it once', async () => {
    const bus = newBus();
    const [known, other] = [createEventId(Date.now()), 'zfromelsewhere'];
    await publish(bus, createEventId(Date.now()));
    const all = await Promise.all([known, other, known, other].map((id) => publish(bus, id)));
    expect(all.map(({ duplicate }) => duplicate)).toEqual([false, false, true, true]);
    expect([all[2]?.streamId, all[3]?.streamId]).toEqual([all[0]?.streamId, all[1]?.streamId]);
    expect(await redis.xlen('{hyvve:0}:events')).toBe(3);
  });

  it('a large batch with ids of many times, other ids, keys and neither: written once, in order', async () => {
    const now = Date.now();
    const options = Array.from({ length: 5_000 }, (_, n) => {
      if (n < 2_500) return { id: createEventId(now - (n % 2) * 60_000) };
      if (n < 4_200) return { id: createEventId(now) };
      if (n % 3 === 0) return { id: `other${n}`, idempotencyKey: `of-other-${n}` };
      return n % 3 === 1
        ? { idempotencyKey: `key-${n}` }
        : { id: createEventId(now - n * 1_000), idempotencyKey: `both-${n}` };
    });
    const drafts = options.map((each, n) => ({
      event: OrderPlaced,
      data: { ...anOrder, orderId: `order-${n}` },
      options: { ...tenant, ...each },
    }));
    const first = await newBus().publishBatch(drafts);
    expect(first.every(({ duplicate }) => !duplicate)).toBe(true);
    const again = await newBus().publishBatch(drafts);
    expect(again).toEqual(first.map((each) => ({ ...each, duplicate: true })));
    const entries = await redis.xrange('{hyvve:0}:events', '-', '+');
    const orders = entries.map(([, fields]) => JSON.parse(fields[1] ?? '').data.orderId);
    expect(orders).toEqual(drafts.map(({ data }) => data.orderId));
    expect(entries.map(([streamId]) => streamId)).toEqual(first.map(({ streamId }) => streamId));
  });

  it('an id is remembered for the longest requested TTL, and not for much longer', async () => {
    const bus = newBus();
    const now = Date.now();
    const windowMs = 3_600_000;
    const left = async () => {
      const [key = ''] = await redis.keys('{hyvve:0}:ids:*');
      return redis.pttl(key);
    };
    const remember = (idempotencyTtlMs: number) =>
      bus.publish(OrderPlaced, anOrder, { ...tenant, id: createEventId(now), idempotencyTtlMs });
    await remember(windowMs);
    await remember(1_000);
    expect(await left()).toBeGreaterThan(windowMs);
    expect(await left()).toBeLessThanOrEqual(windowMs + 60_000);
    await remember(2 * windowMs);
    expect(await left()).toBeGreaterThan(2 * windowMs);
    expect(await redis.keys('{hyvve:0}:ids:*')).toHaveLength(1);
    expect(await redis.keys('{hyvve:0}:idempotency:*')).toEqual([]);
  });
});
