import type { AdminApp } from '@hyvve-events/admin';
import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf, token, useAdmin } from '../../support/admin/admin.js';
import { anOrder, atVersion, OrderPaid, OrderPlaced } from '../../support/events/events.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const redis = useRedis();
const build = useAdmin();
let app: AdminApp;
let bus: EventBus;
const call = callerOf(() => app);
const v2 = atVersion(OrderPlaced, '2.0.0');

beforeAll(async () => {
  app = await build({ redis: redis.url });
  bus = createEventBus({ redis: redis.url, service: 'billing', logger: silentLogger });
  bus.subscribe(subscribeTo([OrderPlaced, OrderPaid], 'shop.order.placed', { name: 'bill' }, async () => undefined));
  await bus.start();
  await bus.publish(OrderPlaced, anOrder, { tenantId: 'north' });
  await bus.publish(v2, anOrder, { tenantId: 'south' });
  await until('the newer event is parked', async () => {
    const { body } = await call('GET', '/admin/events/versions/shop.order.placed');
    return body.event.parked.length === 1 && body.event.publishers.length === 2;
  });
});
afterAll(() => bus.close());

describe('versions of events', () => {
  it('of all types: readers, publishers, published events of the last day, parked deliveries', async () => {
    const { status, body } = await call('GET', '/admin/events/versions');
    expect(status).toBe(200);
    expect(body).toMatchObject({ uncounted: 0 });
    const event = body.events.find((each: { type: string }) => each.type === OrderPlaced.type);
    expect(event).toMatchObject({
      readers: [{ group: 'billing', version: '1.0.0', older: [], alive: true, pid: process.pid }],
      publishers: [
        { service: 'billing', version: '1.0.0', alive: true },
        { service: 'billing', version: '2.0.0', alive: true },
      ],
      parked: [{ group: 'billing', version: '2.0.0', count: 1 }],
    });
    expect(event.lastDay).toHaveLength(2);
  });

  it('of one type: also what is stored of each major version', async () => {
    const { status, body } = await call('GET', '/admin/events/versions/shop.order.placed');
    expect(status).toBe(200);
    expect(body.stored.cursor).toBeUndefined();
    expect(body.stored.found).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ major: 1, place: 'replayable', count: 1 }),
        expect.objectContaining({ major: 2, place: 'stream', count: 1 }),
        { type: OrderPlaced.type, major: 2, place: 'retry', group: 'billing', count: 1 },
      ]),
    );
  });

  it('of a type that does not exist: nothing', async () => {
    const { status, body } = await call('GET', '/admin/events/versions/no.such.type');
    expect([status, body.event.readers, body.stored.found]).toEqual([200, [], []]);
  });

  it('a token that is bound to a tenant gets 404: the figures cover all tenants', async () => {
    const bound = await token('admin', 'north');
    for (const path of ['/admin/events/versions', '/admin/events/versions/shop.order.placed']) {
      const { status, text } = await call('GET', path, undefined, bound);
      expect(status).toBe(404);
      expect(text).not.toContain('billing');
    }
  });
});
