import { setTimeout as sleep } from 'node:timers/promises';
import {
  createEventBus,
  createEventOperator,
  EventBusError,
  type EventOperator,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashSlot } from '../../runtime/redis/connection/hash-slot.js';
import type { Link } from '../../runtime/redis/connection/link.js';
import { growByOperator } from '../../runtime/redis/operate/grow-by-operator.js';
import { fieldsOf, partitionKeys } from '../../runtime/redis/store/keys.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();
let redis: Redis;
let operator: EventOperator;
const by = { actor: 'ann', from: 'host-1' };

beforeAll(() => {
  redis = new Redis(server.url);
});
afterAll(() => redis.disconnect());
beforeEach(async () => {
  await redis.flushall();
  operator = createEventOperator({ redis: server.url, logger: silentLogger });
});
afterEach(() => operator.close());

const tenants = Array.from({ length: 40 }, (_, index) => ({ tenantId: `tenant-${index % 8}` }));

/** Starts a bus of the group `billing`, publishes 40 events of 8 tenants, waits until all are handled, and closes it. */
async function publishAll(partitions: number): Promise<void> {
  const bus = createEventBus({ service: 'billing', redis: server.url, logger: silentLogger, partitions });
  let handled = 0;
  bus.subscribe(
    subscribeTo(allEvents, '*', { name: 'bill' }, async () => {
      handled += 1;
    }),
  );
  await bus.start();
  await Promise.all(tenants.map((tenant) => bus.publish(OrderPlaced, anOrder, tenant)));
  await until('all are handled', () => handled >= 40);
  await bus.close();
}

describe('operator.partitions', () => {
  it('without a map: NOT_FOUND', async () => {
    await expect(operator.partitions.map()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(operator.partitions.plan(2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(operator.partitions.grow(2, by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await operator.partitions.drained()).toEqual([]);
  });

  it('grow: several doublings, each step with its time, and who did it in the log; map: where each partition comes from', async () => {
    await publishAll(1);
    const before = await operator.partitions.map();
    const address = `127.0.0.1:${server.server.port}`;
    const place = { server: address, parent: undefined, splitAt: undefined };
    expect(before).toEqual({
      epoch: 1,
      count: 1,
      growing: undefined,
      growths: [],
      partitions: [{ ...place, partition: 0, slot: hashSlot('hyvve:0') }],
    });
    const seen: string[] = [];
    const onStep = ({ step, partition, count }: { step: string; partition: number | undefined; count: number }) => {
      seen.push(`${count} ${step} ${partition ?? ''}`.trim());
      throw new Error('of the caller');
    };
    const grown = await operator.partitions.grow(4, by, { onStep });
    expect(grown).toMatchObject({ from: 1, count: 4, epoch: 3 });
    const made = (target: number) => seen.filter((step) => step.startsWith(`${target} `)).map((step) => step.slice(2));
    // Partitions are divided at the same time.
    expect(made(2)).toEqual(['read', 'reach', 'begin', 'seal 0', 'read 0', 'open 1', 'finish']);
    expect([made(4)[0], made(4).at(-1)]).toEqual(['begin', 'finish']);
    expect(made(4).slice(1, -1).sort()).toEqual(['open 2', 'open 3', 'read 0', 'read 1', 'seal 0', 'seal 1']);
    expect(grown.steps).toHaveLength(seen.length);
    expect(grown.steps.every(({ tookMs }) => tookMs > 0)).toBe(true);
    const after = await operator.partitions.map();
    const [first, second] = after.growths.map(({ at }) => at);
    expect(after).toMatchObject({ epoch: 3, count: 4, growing: undefined, growths: [{ count: 2 }, { count: 4 }] });
    expect(after.partitions.map(({ parent, splitAt }) => [parent, splitAt])).toEqual([
      [undefined, undefined],
      [0, first],
      [0, second],
      [1, second],
    ]);
    const detail = { before: { partitions: 1 }, after: { partitions: 4 } };
    expect(await operator.log()).toMatchObject([
      { kind: 'growth-started', actor: 'ann', from: 'host-1', detail },
      { kind: 'growth-completed', actor: 'ann', from: 'host-1', detail },
    ]);
    expect(await operator.partitions.grow(4, by)).toMatchObject({ from: 4, count: 4, epoch: 3 });
    expect(await operator.log()).toHaveLength(2);
    await expect(operator.partitions.grow(2, by)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(operator.partitions.grow(6, by)).rejects.toThrow(/count must be a power of two.*not 6/);
  });

  it('a growth that was interrupted is shown, and another call continues it; one to another number is a CONFLICT', async () => {
    await publishAll(1);
    const link = connectTo(server.url);
    const broken = growOn(link, 2, ({ step }, call) => (step === 'finish' ? Promise.reject(new Error(step)) : call()));
    await expect(broken).rejects.toThrow('finish');
    link.close();
    expect(await operator.partitions.map()).toMatchObject({ epoch: 1, count: 1, growing: 2 });
    for (const other of [1, 4]) {
      await expect(operator.partitions.grow(other, by)).rejects.toMatchObject({ code: 'CONFLICT' });
    }
    expect(await operator.log()).toEqual([]);
    expect(await operator.partitions.grow(2, by)).toMatchObject({ from: 1, count: 2, epoch: 2 });
    expect(await operator.partitions.map()).toMatchObject({ count: 2, growing: undefined });
  });

  describe('⚑ the end of a growth is logged once, with the operator who began it', () => {
    /** A link that fails from a number of calls on. */
    const failingAfter = (link: Link, calls: number): Link => {
      let made = 0;
      const ask: Link['ask'] = (call, timeoutMs) => {
        made += 1;
        if (made <= calls) return link.ask(call, timeoutMs);
        return Promise.reject(new EventBusError('UNAVAILABLE', 'the server is away'));
      };
      const tryOnce: Link['tryOnce'] = (call) => link.tryOnce(call);
      return { ask, tryOnce } as Link;
    };
    /** Ends the growth that an operator has begun, and writes what is not written yet, in two services at the same time. */
    const maintained = async () => {
      const options = { redis: server.url, logger: silentLogger, maintenance: { everyMs: 100 } };
      const buses = ['mails', 'bills'].map((service) => createEventBus({ ...options, service }));
      for (const bus of buses) {
        bus.subscribe(subscribeTo(allEvents, '*', { name: 'any' }, () => undefined));
        await bus.start();
      }
      await until('it is logged', async () => (await operator.log()).some(({ kind }) => kind === 'growth-completed'));
      await sleep(300);
      await Promise.all(buses.map((bus) => bus.close()));
    };
    it.each([
      ['a server fails before the last step, and services end the growth', { map: 2, log: 9 }, 'UNAVAILABLE'],
      ['the log cannot be written after the last step, and services write it', { map: 9, log: 1 }, undefined],
    ])('%s', async (_what, calls, code) => {
      await publishAll(1);
      const link = connectTo(server.url);
      const partition = (index: number) => ({ index, keys: partitionKeys('hyvve', index), connection: link });
      const first = { ...partition(0), connection: failingAfter(link, calls.log) };
      const growing = growByOperator({
        prefix: 'hyvve',
        from: 1,
        count: 2,
        by,
        partition,
        first,
        map: failingAfter(link, calls.map),
        onStep: () => undefined,
      });
      if (code === undefined) expect(await growing).toMatchObject({ count: 2, epoch: 2 });
      else await expect(growing).rejects.toMatchObject({ code, message: expect.stringContaining('is under way') });
      expect((await operator.log()).map(({ kind }) => kind)).toEqual(['growth-started']);
      await maintained();
      link.close();
      const detail = { before: { partitions: 1 }, after: { partitions: 2 } };
      const growths = (await operator.log()).filter(({ kind }) => kind.startsWith('growth-'));
      expect(growths).toMatchObject([
        { kind: 'growth-started', actor: 'ann', from: 'host-1', detail },
        { kind: 'growth-completed', actor: 'ann', from: 'host-1', detail },
      ]);
      expect(await redis.hexists('{hyvve:0}:partition', 'growth')).toBe(0);
    });
  });

  it('two operators grow to the same number at the same time: both succeed, and it is one growth', async () => {
    await publishAll(1);
    const other = createEventOperator({ redis: server.url, logger: silentLogger });
    const grown = await Promise.all([operator.partitions.grow(4, by), other.partitions.grow(4, { actor: 'bob' })]);
    await other.close();
    expect(grown).toMatchObject([{ count: 4 }, { count: 4 }]);
    expect(await operator.partitions.map()).toMatchObject({ epoch: 3, growths: [{ count: 2 }, { count: 4 }] });
  });

  it('drained: groups that have not read the parent, then keys that wait; not those that are retired', async () => {
    await publishAll(1);
    await operator.partitions.grow(2, by);
    const { state, inherited } = partitionKeys('hyvve', 1).group('billing');
    await redis.hset(state, 'inherits', '5-1');
    const waiting = { partition: 1, parent: 0, group: 'billing' };
    expect(await operator.partitions.drained()).toEqual([{ ...waiting, reads: false, keys: 0 }]);
    await redis.hset(inherited, { a: '0:1-0/a', b: '0:1-0/b' });
    await redis.hdel(state, 'inherits');
    expect(await operator.partitions.drained()).toEqual([{ ...waiting, reads: true, keys: 2 }]);
    await redis.del(inherited);
    expect(await operator.partitions.drained()).toEqual([]);
    await redis.hset(state, 'inherits', '5-1');
    await operator.retireGroup('billing', by);
    expect(await operator.partitions.drained()).toEqual([]);
  });

  it('⚑ operators that have read the map just before a growth: lists have the new partitions, and a group is retired in them', async () => {
    await publishAll(1);
    const reader = createEventOperator({ redis: server.url, logger: silentLogger });
    for (const each of [operator, reader]) expect(await each.feed.partitions()).toEqual([0]);
    const link = connectTo(server.url);
    await growOn(link, 2);
    link.close();
    await redis.xadd(partitionKeys('hyvve', 1).events, '*', 'e', '{}');
    expect((await reader.feed.entries()).at(-1)?.streamId).toMatch(/\.1$/);
    await reader.close();
    await operator.retireGroup('billing', by);
    for (const index of [0, 1]) {
      const { state } = partitionKeys('hyvve', index).group('billing');
      expect(await redis.hexists(state, 'retiredAt')).toBe(1);
    }
  });

  it('plan on one Redis: the new partitions, and nothing to move', async () => {
    await publishAll(2);
    const plan = await operator.partitions.plan(8);
    expect(plan).toMatchObject({ present: 2, count: 8, masters: [], moves: [] });
    expect(plan.version).toMatch(/^(Redis|Valkey) \d+\.\d+\.\d+$/);
    expect(plan.partitions.map(({ exists, parent }) => (exists ? undefined : parent))).toEqual([
      ...[undefined, undefined, 0, 1, 0, 1, 2, 3],
    ]);
    await expect(operator.partitions.plan(1)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(operator.partitions.plan(4, ['10.0.0.9:1'])).rejects.toThrow(/there is no master 10.0.0.9:1/);
    expect(await redis.hgetall('{hyvve:map}')).toMatchObject({ partitions: '2' });
  });
});

describe('replays after a growth', () => {
  /** The entries of the replay stream of a partition: their ids, and the stream ids of the events. */
  async function replayedIn(partition: number) {
    const entries = await redis.xrange(partitionKeys('hyvve', partition).replay, '-', '+');
    return entries.map(([id, fields]) => ({ id, streamId: (fieldsOf(fields).b ?? '').split('@')[0] ?? '' }));
  }
  const msOf = (id = '') => Number(id.split('-')[0]);

  it('⚑ an operator that does not know the new partition misses none of its events, and its pages come after those before the growth', async () => {
    await publishAll(1);
    expect(await operator.replays.count({})).toMatchObject({ events: 40, scanned: 40 });
    const other = createEventOperator({ redis: server.url, logger: silentLogger });
    await other.partitions.grow(2, by);
    await other.close();
    await publishAll(2);
    const fence = await redis.hget(partitionKeys('hyvve', 1).partition, 'parentFence');
    expect(await operator.replays.count({})).toMatchObject({ events: 80, scanned: 80 });
    const { jobId } = await operator.replays.start({ ratePerSecond: 200 }, by);
    await until('it is completed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    const [parent, child] = [await replayedIn(0), await replayedIn(1)];
    expect(parent.length + child.length).toBe(80);
    const before = parent.slice(0, 40);
    expect(before.at(-1)?.streamId).toBe(fence);
    expect(child.length).toBeGreaterThan(5);
    // The pages of 20 events are 100 ms apart.
    expect(msOf(child[0]?.id)).toBeGreaterThanOrEqual(msOf(before.at(-1)?.id));
  });

  it('⚑ a new partition whose parent was empty waits for the parent of its parent', async () => {
    const bus = createEventBus({ service: 'shop', redis: server.url, logger: silentLogger });
    await Promise.all(tenants.map((tenant) => bus.publish(OrderPlaced, anOrder, tenant)));
    await bus.close();
    await operator.partitions.grow(4, by);
    // No entry of the parent has this id.
    const fence = await redis.hget(partitionKeys('hyvve', 1).partition, 'parentFence');
    expect(await redis.hmget(partitionKeys('hyvve', 3).partition, 'parent', 'parentFence')).toEqual(['1', fence]);
    await publishAll(4);
    const { jobId } = await operator.replays.start({ ratePerSecond: 200 }, by);
    await until('it is completed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    const [first, last] = [await replayedIn(0), await replayedIn(3)];
    expect(last.length).toBeGreaterThan(0);
    expect(msOf(last[0]?.id)).toBeGreaterThanOrEqual(msOf(first[39]?.id));
  });

  it('a replay that runs while the partitions grow ends, and delivers its whole range once', async () => {
    await publishAll(1);
    const { jobId } = await operator.replays.start({ ratePerSecond: 100 }, by);
    await until('it has begun', async () => ((await operator.replays.get(jobId))?.progress.replayed ?? 0) > 0);
    await operator.partitions.grow(4, by);
    await until('it is completed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    const replayed = (await Promise.all([0, 1, 2, 3].map(replayedIn))).flat();
    expect(replayed).toHaveLength(40);
    expect(new Set(replayed.map(({ streamId }) => streamId)).size).toBe(40);
    expect(await operator.replays.get(jobId)).toMatchObject({ progress: { fraction: 1, replayed: 40 } });
  });

  it('⚑ an operator that does not know the new partition cancels a replay there too', async () => {
    await publishAll(1);
    expect(await operator.replays.count({})).toMatchObject({ events: 40 });
    const other = createEventOperator({ redis: server.url, logger: silentLogger });
    try {
      await other.partitions.grow(2, by);
      const { jobId } = await other.replays.start({ ratePerSecond: 20 }, by);
      const state = () => redis.hget(partitionKeys('hyvve', 1).replayRecordPrefix + jobId, 'state');
      await until('it runs in the new partition', async () => (await state()) === 'running');
      await operator.replays.cancel(jobId, by);
      expect(await state()).toBe('cancelled');
    } finally {
      await other.close();
    }
  });

  it('a replay that was cancelled before a growth goes on after it', async () => {
    await publishAll(1);
    const { jobId } = await operator.replays.start({ ratePerSecond: 50 }, by);
    await until('it has begun', async () => ((await operator.replays.get(jobId))?.progress.replayed ?? 0) > 0);
    await operator.replays.cancel(jobId, by);
    await operator.partitions.grow(2, by);
    await operator.replays.resume(jobId, by);
    await until('it is completed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    const replayed = (await Promise.all([0, 1].map(replayedIn))).flat();
    expect(new Set(replayed.map(({ streamId }) => streamId)).size).toBe(40);
  });
});
