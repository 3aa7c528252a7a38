import {
  createEventBus,
  createEventOperator,
  type EventBus,
  type EventBusOptions,
  eventDraft,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPaid, OrderPlaced, ShopsOpened } from '../support/events/events.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
let buses: EventBus[] = [];
let redis: Redis;

beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
});

afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  buses = [];
  redis.disconnect();
});

function bus(service: string, options: Partial<EventBusOptions> = {}): EventBus {
  const made = createEventBus({ service, redis: server.url, ...options });
  buses.push(made);
  return made;
}

describe('the bus on Redis', () => {
  it('writes the envelope as described by the catalog and delivers it', async () => {
    const service = bus('billing');
    const seen: unknown[] = [];
    service.subscribe(
      subscribeTo(allEvents, 'shop.order.placed', { name: 'bill' }, async (event) => {
        seen.push(event);
      }),
    );
    await service.start();
    const published = await bus('shop').publish(OrderPlaced, anOrder, { ...tenant, userId: 'user-1' });
    await until('the event is handled', () => seen.length === 1);
    expect(published.id).toMatch(/^[a-z][0-9a-z]{23}$/);
    expect(seen).toEqual([
      {
        id: published.id,
        type: 'shop.order.placed',
        source: 'shop',
        timestamp: expect.any(String),
        correlationId: published.id,
        tenantId: 'tenant-1',
        userId: 'user-1',
        version: '1.0.0',
        data: anOrder,
      },
    ]);
    await until('it is acknowledged', async () => (await redis.xpending('{hyvve:0}:events', 'billing'))[0] === 0);
  });

  it('refuses invalid data and a missing tenant before a call to Redis, with every violation', async () => {
    const shop = bus('shop');
    const wrong = { orderId: 7, amount: 'x', more: true } as unknown as typeof anOrder;
    await expect(shop.publish(OrderPlaced, wrong, tenant)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      violations: [{ path: '$.orderId' }, { path: '$.amount' }, { path: '$' }],
    });
    // @ts-expect-error no tenant: the compiler refuses it, too
    await expect(shop.publish(OrderPlaced, anOrder)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
    await expect(
      shop.publishBatch([eventDraft(OrderPlaced, anOrder, tenant), eventDraft(OrderPlaced, wrong, tenant)]),
    ).rejects.toThrow('VALIDATION_FAILED');
    expect(await redis.exists('{hyvve:0}:events')).toBe(0);
  });

  it('patterns: each handler receives exactly the event types that its pattern matches', async () => {
    const service = bus('audit');
    const seen: string[] = [];
    for (const pattern of ['*', 'shop.*', 'shop.order.*', 'shop.order.paid']) {
      service.subscribe(
        subscribeTo(
          allEvents,
          pattern,
          { name: pattern === '*' ? 'all' : pattern },
          async (event: { type: string }) => {
            seen.push(`${pattern} ${event.type}`);
          },
        ),
      );
    }
    await service.start();
    const shop = bus('shop').withContext(tenant);
    await shop.publishBatch([eventDraft(OrderPaid, anOrder), eventDraft(ShopsOpened, anOrder)]);
    await until('both are handled', () => seen.length >= 5);
    expect(seen.sort()).toEqual([
      ...['* shop.order.paid', '* shops.shop.opened', 'shop.* shop.order.paid', 'shop.order.* shop.order.paid'],
      'shop.order.paid shop.order.paid',
    ]);
  });

  it('two consumers of a group share the events, and each group gets every event', async () => {
    const counts = { first: 0, second: 0, other: 0 };
    const count = (name: keyof typeof counts) =>
      subscribeTo(allEvents, '*', { name: 'count' }, async () => {
        counts[name] += 1;
      });
    for (const [service, name] of [
      ['billing', 'first'],
      ['billing', 'second'],
      ['mail', 'other'],
    ] as const) {
      const made = bus(service, { concurrency: 2 });
      made.subscribe(count(name));
      await made.start();
    }
    const shop = bus('shop').withContext(tenant);
    await Promise.all(Array.from({ length: 200 }, () => shop.publish(OrderPlaced, anOrder)));
    await until('all are handled', () => counts.first + counts.second === 200 && counts.other === 200);
    expect(Math.min(counts.first, counts.second)).toBeGreaterThan(0);
  });

  it('runs handlers by priority, and retries only the one that failed', async () => {
    const service = bus('billing');
    const runs: string[] = [];
    const handler = (name: string, priority: number, failures: number) => {
      let left = failures;
      return subscribeTo(allEvents, '*', { name, priority, retryDelaysMs: [20] }, async () => {
        runs.push(name);
        left -= 1;
        if (left >= 0) throw new Error('not yet');
      });
    };
    service.subscribe(handler('low', 9, 0), handler('high', 1, 2), handler('middle', 5, 0));
    await service.start();
    await bus('shop').publish(OrderPlaced, anOrder, tenant);
    await until('the retries have ended', () => runs.length === 5);
    expect(runs).toEqual(['high', 'middle', 'low', 'high', 'high']);
  });

  it('makes a dead letter after the last retry, which an operator can retry', async () => {
    const service = bus('billing');
    let healed = false;
    const ids: string[] = [];
    service.subscribe(
      subscribeTo(
        allEvents,
        '*',
        { name: 'bill', maxRetries: 1, retryDelaysMs: [10] },
        async (event: { id: string }) => {
          ids.push(event.id);
          if (!healed) throw new Error('the bank is closed');
        },
      ),
    );
    await service.start();
    const { id, streamId } = await bus('shop').publish(OrderPlaced, anOrder, tenant);
    const operator = createEventOperator({ redis: server.url, events: allEvents });
    await until('it is dead', async () => (await operator.deadLetters.count()) === 1);
    const [letter] = (await operator.deadLetters.list()).items;
    expect(letter).toMatchObject({
      eventId: id,
      group: 'billing',
      handler: 'bill',
      reason: 'RETRIES_EXHAUSTED',
      attempts: 2,
    });
    expect(await operator.status({ streamId })).toMatchObject([{ group: 'billing', handlers: [{ status: 'DLQ' }] }]);
    healed = true;
    const letterId = letter?.id ?? '';
    const both = await Promise.allSettled([
      operator.deadLetters.retry(letterId, { actor: 'ann' }),
      operator.deadLetters.retry(letterId, { actor: 'bob' }),
    ]);
    expect(both.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    await until(
      'it is handled',
      async () => (await operator.status({ eventId: id }))[0]?.handlers[0]?.status === 'COMPLETED',
    );
    expect(ids).toEqual([id, id, id]);
    expect((await operator.log()).map((line) => line.kind)).toEqual(['failed', 'dead', 'retried', 'completed']);
    await operator.close();
  });

  it('is not stopped by an entry that is not an envelope', async () => {
    const service = bus('billing');
    const seen: string[] = [];
    service.subscribe(
      subscribeTo(allEvents, '*', { name: 'bill' }, async (event: { type: string }) => {
        seen.push(event.type);
      }),
    );
    await redis.xadd('{hyvve:0}:events', '*', 'e', 'not json');
    await redis.xadd('{hyvve:0}:events', '*', 'x', 'y');
    await redis.xadd('{hyvve:0}:events', '*', 'e', '{"id":"a"}');
    await service.start();
    await bus('shop').publish(OrderPlaced, anOrder, tenant);
    await until('the valid event is handled', () => seen.length === 1);
    await until('the others are dead', async () => (await redis.xlen('{hyvve:0}:dlq')) === 3);
  });

  it('handlers publish with the tenant and the correlation id of their event', async () => {
    const service = bus('billing');
    service.subscribe(
      subscribeTo(allEvents, 'shop.order.placed', { name: 'bill' }, async (_event, ctx) => {
        await ctx.publish(OrderPaid, anOrder);
      }),
    );
    await service.start();
    const { id } = await bus('shop').publish(OrderPlaced, anOrder, { ...tenant, correlationId: 'flow-1' });
    await until('the second one exists', async () => (await redis.xlen('{hyvve:0}:events')) === 2);
    const [, second] = await redis.xrange('{hyvve:0}:events', '-', '+');
    expect(JSON.parse(second?.[1][1] ?? '')).toMatchObject({
      type: 'shop.order.paid',
      correlationId: 'flow-1',
      causationId: id,
      tenantId: 'tenant-1',
      source: 'billing',
    });
  });

  it('a second publish with the same idempotency key and tenant is not written', async () => {
    const shop = bus('shop');
    const options = { idempotencyKey: 'order-1' };
    const first = await shop.publish(OrderPlaced, anOrder, { ...tenant, ...options });
    const second = await shop.publish(OrderPlaced, anOrder, { ...tenant, ...options });
    const other = await shop.publish(OrderPlaced, anOrder, { tenantId: 'tenant-2', ...options });
    expect(second).toEqual({ ...first, duplicate: true });
    expect(other.duplicate).toBe(false);
    expect(await redis.xlen('{hyvve:0}:events')).toBe(2);
  });

  it('close: running handlers finish', async () => {
    const service = bus('billing');
    let ended = 0;
    service.subscribe(
      subscribeTo(allEvents, '*', { name: 'slow' }, async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        ended += 1;
      }),
    );
    await service.start();
    await bus('shop').publish(OrderPlaced, anOrder, tenant);
    await until('it runs', async () => (await redis.xpending('{hyvve:0}:events', 'billing'))[0] === 1);
    await service.close();
    expect(ended).toBe(1);
    expect((await redis.xpending('{hyvve:0}:events', 'billing'))[0]).toBe(0);
    expect(await redis.xinfo('CONSUMERS', '{hyvve:0}:events', 'billing')).toEqual([]);
  });
});
