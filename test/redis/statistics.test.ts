import { createEventBus, eventDraft, NonRetryableError } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { quick, tenant, useStage } from '../support/processes/chaos.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage();
const none = { published: 0, completed: 0, failed: 0, retried: 0, dead: 0 };

async function totals(by: readonly ('type' | 'group' | 'handler')[], every: 'minute' | 'hour' = 'minute') {
  const { series } = await stage.operator.statistics.series({ every, by });
  return new Map(series.map(({ key, total }) => [Object.values(key).join(' '), total]));
}

describe('statistics', () => {
  it('count published, completed, failed, retried and dead, by type, group and handler', async () => {
    const billing = stage.bus('billing');
    let calls = 0;
    billing.subscribe(
      subscribeTo(allEvents, 'shop.order.placed', { name: 'once more', retryDelaysMs: [10] }, async () => {
        calls += 1;
        if (calls === 1) throw new Error('not yet');
      }),
      subscribeTo(allEvents, '*', { name: 'never' }, async () => {
        throw new NonRetryableError('never');
      }),
    );
    await billing.start();
    await stage.handle('audit', () => undefined);
    const shop = stage.bus('shop').withContext(tenant);
    await shop.publishBatch([
      eventDraft(OrderPlaced, anOrder),
      eventDraft(OrderPaid, anOrder),
      eventDraft(OrderPaid, anOrder),
    ]);
    const dlq = async () => (await stage.operator.statistics.snapshot()).deadLetters;
    await until('all is handled', async () => calls === 2 && (await dlq()) === 3);
    await until('it is counted', async () => (await totals(['handler'])).get('once more')?.completed === 1);
    for (const every of ['minute', 'hour'] as const) {
      expect(await totals(['group', 'handler'], every)).toEqual(
        new Map([
          ['', { ...none, published: 3 }],
          ['billing once more', { ...none, completed: 1, failed: 1, retried: 1 }],
          ['billing never', { ...none, failed: 3, dead: 3 }],
          ['audit bill', { ...none, completed: 3 }],
        ]),
      );
    }
    expect(await totals(['type'])).toEqual(
      new Map([
        ['shop.order.placed', { published: 1, completed: 2, failed: 2, retried: 1, dead: 1 }],
        ['shop.order.paid', { published: 2, completed: 2, failed: 2, retried: 0, dead: 2 }],
      ]),
    );
    const { lastDay } = await stage.operator.statistics.snapshot();
    expect(lastDay).toEqual({ published: 3, completed: 4, failed: 4, retried: 1, dead: 3 });
  });

  it('count an event once, even if it is published several times with one key or delivered several times', async () => {
    const shop = stage.bus('shop');
    const publish = () => shop.publish(OrderPlaced, anOrder, { ...tenant, idempotencyKey: 'order-1' });
    for (let i = 0; i < 3; i += 1) await publish();
    await Promise.all([1, 2, 3].map(publish));
    // Published events are counted later, at the latest when the bus closes.
    await shop.close();
    expect((await totals([])).get('')).toEqual({ ...none, published: 1 });
  });

  it('count unknown types as `*`, and entries that are not envelopes as dead', async () => {
    await stage.handle('billing', () => undefined);
    const envelope = {
      id: 'e1',
      source: 's',
      timestamp: 't',
      correlationId: 'c',
      tenantId: 't',
      version: '1',
      data: 1,
    };
    for (const type of ['new.thing.one', 'new.thing.two']) {
      await stage.redis.xadd('{hyvve:0}:events', '*', 'e', JSON.stringify({ ...envelope, type }));
    }
    await stage.redis.xadd('{hyvve:0}:events', '*', 'e', 'not json');
    await until('all are counted', async () => (await totals([])).get('')?.dead === 1);
    expect(await totals(['type', 'handler'])).toEqual(
      new Map([
        ['* bill', { ...none, completed: 2 }],
        ['* *', { ...none, dead: 1 }],
        ['new.thing.one', { ...none, published: 1 }],
        ['new.thing.two', { ...none, published: 1 }],
        ['*', { ...none, published: 1 }],
      ]),
    );
  });

  it('snapshot: the state of the stream and its groups', async () => {
    const empty = await stage.operator.statistics.snapshot();
    expect(empty).toMatchObject({ stream: { length: 0, firstId: undefined }, groups: [], deadLetters: 0 });
    const gate = newGate();
    await stage.handle('billing', () => gate.passed, { concurrency: 2 });
    const ids = await stage.publish(5);
    await until('two are in flight', async () => (await stage.operator.statistics.snapshot()).groups[0]?.pending === 2);
    const { stream, groups, memory } = await stage.operator.statistics.snapshot();
    expect(stream).toMatchObject({ length: ids.length, firstAt: expect.any(String), lastAt: expect.any(String) });
    expect(groups).toEqual([
      {
        group: 'billing',
        pending: 2,
        lag: 3,
        scheduled: 0,
        parked: 0,
        parkedVersions: [],
        waiting: 0,
        keyQueues: 0,
        deadLetters: 0,
        replayPending: 0,
        replayLag: 0,
        consumers: 1,
        retired: false,
        oldestUnfinishedMs: expect.any(Number),
      },
    ]);
    expect(groups[0]?.oldestUnfinishedMs).toBeLessThan(10_000);
    expect(memory.usedBytes).toBeGreaterThan(0);
    gate.open();
    await until('all are handled', async () => {
      const [group] = (await stage.operator.statistics.snapshot()).groups;
      return group?.pending === 0 && group.lag === 0 && group.oldestUnfinishedMs === undefined;
    });
  });

  it('a lag is unknown after entries were deleted, except where it is certain', async () => {
    const lag = async () => (await stage.operator.statistics.snapshot()).groups[0]?.lag;
    const billing = await stage.handle('billing', () => undefined);
    await stage.publish(4);
    await until('all are handled', async () => (await lag()) === 0);
    await billing.close();
    await stage.publish(4);
    expect(await lag()).toBe(4);
    const entries = await stage.redis.xrange('{hyvve:0}:events', '-', '+');
    await stage.redis.xdel('{hyvve:0}:events', entries[5]?.[0] ?? '');
    expect(await lag()).toBe('unknown');
    await stage.redis.xtrim('{hyvve:0}:events', 'MAXLEN', 2);
    expect(await lag()).toBe(2);
  });

  it('minutes are stored for a day, hours for 30 days', async () => {
    await stage.publish(1);
    await until('it is counted', async () => (await totals([])).get('')?.published === 1);
    for (const [letter, days] of [
      ['m', 1],
      ['h', 30],
    ] as const) {
      const [key = ''] = await stage.redis.keys(`{hyvve:0}:stats:${letter}:*`);
      const seconds = await stage.redis.ttl(key);
      expect(seconds).toBeGreaterThan(days * 86_400);
      expect(seconds).toBeLessThan(days * 86_400 + 7_200);
    }
    const { statistics } = stage.operator;
    const { at, series } = await statistics.series({ every: 'hour', from: new Date(Date.now() - 29 * 86_400_000) });
    expect(at).toHaveLength(29 * 24 + 1);
    expect(series[0]?.points.at(-1)?.published).toBe(1);
    await expect(statistics.series({ every: 'minute', from: new Date(0) })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await expect(
      statistics.series({ every: 'minute', from: new Date(2e12), to: new Date(1e12) }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('durations: over all processes, including ended ones', async () => {
    const durations = () => stage.operator.statistics.durations();
    expect(await durations()).toEqual([]);
    const sleeps = [{ name: 'sleeps', does: 'sleep', ms: 30 }] as const;
    const plan = { options: { ...quick, concurrency: 1 } };
    const workers = [await stage.worker('billing', sleeps, plan), await stage.worker('billing', sleeps, plan)];
    await stage.publish(20);
    await until('both have reported', async () => (await durations())[0]?.count === 20);
    const [first] = await durations();
    expect(first).toMatchObject({ group: 'billing', handler: 'sleeps' });
    expect(first?.sumMs).toBeGreaterThanOrEqual(20 * 29);
    const pids = new Set((await stage.runs()).map(({ pid }) => pid));
    expect(pids.size).toBe(2);

    for (const worker of workers) worker.signal('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    const bus = await stage.handle('billing', () => undefined, { leaseMs: 60_000, handler: { name: 'sleeps' } });
    await stage.publish(5);
    await until('all are handled', async () => (await totals(['handler'])).get('sleeps')?.completed === 25);
    // Its next heartbeat is not due for long: it reports when it closes.
    await bus.close();
    const [last] = await durations();
    expect(last?.count).toBe(25);
    const counts = last?.buckets.map(({ count }) => count) ?? [];
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    const upTo = (ms: number) => last?.buckets.find(({ leMs }) => leMs === ms)?.count;
    expect(upTo(25)).toBe(5);
    expect(upTo(300_000)).toBe(25);
  });

  it('all keys but the partition map are in the slot of the partition', async () => {
    const bus = createEventBus({ service: 'shop', redis: stage.server.url });
    await bus.publish(OrderPlaced, anOrder, tenant);
    await bus.close();
    const keys = await stage.redis.keys('*');
    expect(keys.filter((key) => !key.startsWith('{hyvve:0}:'))).toEqual(['{hyvve:map}']);
    expect(keys.filter((key) => key.includes(':stats:'))).toHaveLength(3);
  });

  it('are counted in the background while a group runs, and not after its bus has closed', async () => {
    const pipeline = stage.redis.pipeline();
    for (let n = 0; n < 60_000; n += 1)
      pipeline.xadd('{hyvve:0}:events', '*', 'e', '{"id":"x","type":"shop.order.placed"}');
    await pipeline.exec();
    const counted = async () => (await stage.redis.get('{hyvve:0}:counted')) ?? '';
    const bus = stage.bus('audit', { startFrom: 'latest' });
    bus.subscribe(subscribeTo(allEvents, '*', { name: 'all' }, () => undefined));
    await bus.start();
    await until('some are counted', async () => (await counted()) !== '');
    const before = await counted();
    await bus.close();
    // Only the running steps: a round of maintenance that continued would have counted many times as many.
    const since = await stage.redis.xrange('{hyvve:0}:events', `(${before}`, await counted());
    expect(since.length).toBeLessThan(5_000);
    await until('all are counted', async () => {
      return (await totals(['type'])).get('shop.order.placed')?.published === 60_000;
    });
  });
});
