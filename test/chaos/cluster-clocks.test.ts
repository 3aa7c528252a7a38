import { createEventBus, createEventOperator, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { beforeAll, describe, expect, it } from 'vitest';
import { comparePositions, parsePosition } from '../../runtime/event/position.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { allEvents, anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { useCluster } from '../support/redis/cluster.js';
import { shiftedClock } from '../support/redis/shifted-clock.js';
import { until } from '../support/wait.js';

const library = shiftedClock();
const partitions = 8;
const tenants: string[] = [];
for (let n = 0; tenants.filter(Boolean).length < partitions; n += 1) {
  tenants[partitionOf(`tenant-${n}`, partitions)] ??= `tenant-${n}`;
}

describe.skipIf(library === undefined)('⚑ masters whose clocks are 20 seconds apart', () => {
  // The third master has partition 0, whose clock a process uses before it knows the partition of an event.
  const env = ['0', '-20', '20'].map((offset) => ({ LD_PRELOAD: library ?? '', CLOCK_OFFSET_SECONDS: offset }));
  const used = useCluster({ masters: 3, env });
  const open = () => {
    const redis = { nodes: used.cluster.urls };
    return {
      bus: (service: string) =>
        createEventBus({ service, redis, partitions, publishDeadlineMs: 2_000, sweepMs: 200, logger: silentLogger }),
      operator: createEventOperator({ redis, events: allEvents, logger: silentLogger }),
    };
  };
  const publishAll = (
    bus: ReturnType<typeof createEventBus>,
    event: typeof OrderPlaced | typeof OrderPaid = OrderPlaced,
  ) => Promise.all(tenants.map((tenantId) => bus.publish(event, anOrder, { tenantId })));

  beforeAll(async () => {
    const times = await Promise.all(used.cluster.nodes.map(({ redis }) => redis.time()));
    const [first = 0, second = 0, third = 0] = times.map(([seconds]) => Number(seconds));
    expect(first - second).toBeGreaterThan(15);
    expect(third - first).toBeGreaterThan(15);
  });

  it('deadlines and due times are those of the master that has the partition', async () => {
    const { bus, operator } = open();
    const [shop, billing] = [bus('shop'), bus('billing')];
    const starts = new Map<string, number[]>();
    const handler = { name: 'bill', maxRetries: 1, retryDelaysMs: [500] };
    billing.subscribe(
      subscribeTo(allEvents, '*', handler, ({ id }: { id: string }, ctx) => {
        starts.set(id, [...(starts.get(id) ?? []), performance.now()]);
        if (ctx.attempt === 1) throw new Error('as planned');
      }),
    );
    await billing.start();
    const published = await publishAll(shop);
    const both = () => published.map(({ id }) => starts.get(id) ?? []);
    await until('each has run twice', () => both().every(({ length }) => length === 2), 15_000);
    for (const [first = 0, second = 0] of both()) expect(second - first).toBeGreaterThan(450);
    await Promise.all([shop.close(), billing.close(), operator.close()]);
  });

  it('an event that is published again with its id is found in every partition', async () => {
    const { bus, operator } = open();
    const first = bus('shop');
    const published = await publishAll(first);
    await first.close();
    const second = bus('shop');
    const again = tenants.map((tenantId, index) =>
      second.publish(OrderPlaced, anOrder, { tenantId, id: published[index]?.id ?? '' }),
    );
    expect(await Promise.all(again)).toEqual(published.map((each) => ({ ...each, duplicate: true })));
    await Promise.all([second.close(), operator.close()]);
  });

  it('merged lists have no gap and no duplicate', async () => {
    const { bus, operator } = open();
    const [shop, billing] = [bus('shop'), bus('mails')];
    billing.subscribe(
      subscribeTo(allEvents, OrderPaid.type, { name: 'mail', maxRetries: 0 }, () => {
        throw new Error('as planned');
      }),
    );
    await billing.start();
    const published = [];
    for (let n = 0; n < 3; n += 1) published.push(...(await publishAll(shop, OrderPaid)));
    await until('all are dead letters', async () => (await operator.deadLetters.count()) === published.length);
    const found: { readonly id: string; readonly eventId?: string }[] = [];
    let before: string | undefined;
    for (;;) {
      const { items, cursor } = await operator.deadLetters.list({
        limit: 5,
        ...(before === undefined ? {} : { cursor: before }),
      });
      found.push(...items);
      if (cursor === undefined || items.length === 0) break;
      before = cursor;
    }
    expect(found.map(({ eventId }) => eventId).sort()).toEqual(published.map(({ id }) => id).sort());
    const ids = found.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => comparePositions(b, a)));
    expect(new Set(ids.map((id) => parsePosition(id)?.partition)).size).toBe(partitions);
    await Promise.all([shop.close(), billing.close(), operator.close()]);
  });
});
