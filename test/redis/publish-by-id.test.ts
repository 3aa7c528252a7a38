import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventId } from '../../runtime/ids.js';
import { anOrder, OrderPlaced } from '../support/events.js';
import { useRedis } from '../support/redis.js';

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

/** Writes as the SDK does, at a time. */
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
  return String(await redis.xadd('hyvve:events', ms === undefined ? '*' : String(ms), 'e', json));
}

const publish = (bus: EventBus, id: string) => bus.publish(OrderPlaced, anOrder, tenant, { id });

describe('publish under an id', () => {
  it('finds what was written without a key: before, while it asks, and by another process; writes what is not there', async () => {
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
    expect(await redis.xlen('hyvve:events')).toBe(101);
  });

  it('finds what was written long ago, and reads that part of the stream alone', async () => {
    const old = Date.now() - 3 * 60 * 60 * 1000;
    const ids = [createEventId(old), createEventId(old + 1_000), createEventId(old + 3_600_000)];
    for (const [index, id] of ids.entries()) await write(id, old + index * 1_000 + (index === 2 ? 3_600_000 : 1));
    for (let n = 0; n < 2_000; n += 1) await write(`x${n}`);
    const bus = newBus();
    const found = await Promise.all([...ids, createEventId(old + 500)].map((id) => publish(bus, id)));
    expect(found.map(({ duplicate }) => duplicate)).toEqual([true, true, true, false]);
    expect(await redis.xlen('hyvve:events')).toBe(2_004);
  });

  it('many callers at once: each part of the stream is read once, not once a caller', async () => {
    for (let n = 0; n < 500; n += 1) await write(createEventId(Date.now()));
    const bus = newBus();
    await bus.publish(OrderPlaced, anOrder, tenant);
    await redis.config('RESETSTAT');
    const published = await Promise.all(Array.from({ length: 300 }, () => publish(bus, createEventId(Date.now()))));
    expect(published.every(({ duplicate }) => !duplicate)).toBe(true);
    const calls = Number(/cmdstat_xrange:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    expect(calls).toBeLessThan(40);
  });

  it('a batch that was written is found whole; one of which only a part was written is refused', async () => {
    const bus = newBus();
    const [a, b] = [createEventId(Date.now()), createEventId(Date.now())];
    await write(a);
    const drafts = (ids: readonly string[]) =>
      ids.map((id) => ({ event: OrderPlaced, data: anOrder, context: tenant, options: { id } }));
    await expect(bus.publishBatch(drafts([a, b]))).rejects.toMatchObject({ code: 'CONFLICT' });
    await write(b);
    expect((await bus.publishBatch(drafts([a, b]))).map(({ duplicate }) => duplicate)).toEqual([true, true]);
    expect(await redis.xlen('hyvve:events')).toBe(2);
  });

  it('reads nothing while nobody else writes, and again once somebody does', async () => {
    const bus = newBus();
    await publish(bus, createEventId(Date.now()));
    const { id } = await bus.publish(OrderPlaced, anOrder, tenant);
    const reads = async () => Number(/cmdstat_xrange:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    // The first that others wrote: what this bus wrote before ids were asked for.
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
});
