import {
  comparePositions,
  createEventBus,
  createEventOperator,
  type EventOperator,
  NonRetryableError,
  parsePosition,
  type Replay,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openNodes } from '../../runtime/redis/connection/open-nodes.js';
import { resolveTarget } from '../../runtime/redis/connection/redis-target.js';
import { RedisDeadLetters } from '../../runtime/redis/operate/dead-letters.js';
import { partitionOn } from '../../runtime/redis/partitions/partition.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { Partitions } from '../../runtime/redis/partitions/partitions.js';
import { takeReplayScript } from '../../runtime/redis/replay/replay.lua.js';
import { createRecord, noStart } from '../../runtime/redis/replay/replay-record.js';
import { mapKey, partitionKeys } from '../../runtime/redis/store/keys.js';
import { formatParkedName } from '../../runtime/redis/store/parked-name.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const count = 4;
const indexes = [0, 1, 2, 3];
const ann = { actor: 'ann' };
/** Events of a partition; the first two of them fail. */
const events = 5;

const server = useRedis();
let redis: Redis;
let operator: EventOperator;
const closing: (() => unknown)[] = [];

const keysOf = (partition: number) => partitionKeys('hyvve', partition);

/** A tenant whose events are in the partition. */
function tenantOf(partition: number): string {
  for (let number = 0; ; number += 1) {
    if (partitionOf(`tenant-${number}`, count) === partition) return `tenant-${number}`;
  }
}

/** Publishes and handles events in each partition. All partitions also get a dead letter and a log entry with the same stream id. */
async function fill(): Promise<void> {
  const options = { service: 'billing', redis: server.url, logger: silentLogger, leaseMs: 1_500 };
  const bus = createEventBus({ ...options, partitions: count });
  const handled = new Map<string, number>();
  let total = 0;
  const run = async ({ tenantId }: { readonly tenantId: string }) => {
    total += 1;
    handled.set(tenantId, (handled.get(tenantId) ?? 0) + 1);
    if ((handled.get(tenantId) ?? 0) <= 2) throw new NonRetryableError('no account');
  };
  bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, run));
  await bus.start();
  for (const partition of indexes) {
    const shop = bus.withContext({ tenantId: tenantOf(partition) });
    await Promise.all(Array.from({ length: events }, () => shop.publish(OrderPlaced, anOrder)));
  }
  await until('all are handled', () => total === events * count);
  await bus.close();
  for (const partition of indexes) {
    const letter = ['group', 'billing', 'handler', 'bill', 'stream', '1-0', 'reason', 'CRASHED', 'd', '{}', 'e', '{}'];
    await redis.xadd(keysOf(partition).dlq, '4000000000000-7', ...letter);
    await redis.xadd(keysOf(partition).log, '4000000000000-7', 'k', 'lost', 'stream', '0-0', 'd', '{}');
  }
}

beforeAll(async () => {
  redis = new Redis(server.url);
  operator = createEventOperator({ redis: server.url, logger: silentLogger, runReplays: false, events: allEvents });
  await fill();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
afterAll(async () => {
  await operator.close();
  redis.disconnect();
});

/** Reads all pages of a list. */
async function pages<Item extends { readonly id: string }>(
  list: (
    cursor: string | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly cursor: string | undefined }>,
): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    found.push(...page.items);
    if (found.length > 1_000) throw new Error('the list has no end');
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

const partitionOfId = (id: string) => parsePosition(id)?.partition;

describe('lists of four partitions', () => {
  it('⚑ dead letters, newest first: no gap and no duplicate, also for equal stream ids in several partitions', async () => {
    const all = (await operator.deadLetters.list({ limit: 100 })).items.map(({ id }) => id);
    expect(all).toHaveLength(3 * count);
    expect(await operator.deadLetters.count()).toBe(3 * count);
    expect(all).toEqual([...all].sort(comparePositions).reverse());
    expect(all.slice(0, 4)).toEqual(
      [3, 2, 1, 0].map((index) => (index === 0 ? '4000000000000-7' : `4000000000000-7.${index}`)),
    );
    for (const limit of [1, 2, 3, 5, 7]) {
      const paged = await pages((cursor) => operator.deadLetters.list({ limit, ...(cursor && { cursor }) }));
      expect(paged.map(({ id }) => id)).toEqual(all);
    }
  });

  it('⚑ log, oldest first: no gap and no duplicate; and each partition alone', async () => {
    const all = (await operator.log({ limit: 1_000 })).map(({ id }) => id);
    expect(all.length).toBeGreaterThanOrEqual(3 * count);
    expect(all).toEqual([...all].sort(comparePositions));
    expect(all.slice(-4).map(partitionOfId)).toEqual(indexes);
    for (const limit of [1, 3, 5]) {
      const paged = await pages(async (cursor) => {
        const items = await operator.log({ limit, ...(cursor && { after: cursor }) });
        return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
      });
      expect(paged.map(({ id }) => id)).toEqual(all);
    }
    for (const partition of indexes) {
      const own = (await operator.log({ partition, limit: 1_000 })).map(({ id }) => id);
      expect(own).toEqual(all.filter((id) => partitionOfId(id) === partition));
    }
  });

  it('parked deliveries of one version: the longest parked first, also for those of the same millisecond', async () => {
    const name = formatParkedName('bill', 'shop.order.placed', '2.0.0');
    for (const partition of indexes) {
      const { ahead, due, scheduledRetries } = keysOf(partition).group('parked');
      await redis.hset(keysOf(partition).groups, 'parked', 1);
      await redis.hset(ahead, name, 1);
      for (const [number, at] of [1_000, 1_000, 2_000 + partition].entries()) {
        const ref = `${number + 1}-0/bill`;
        const retry = {
          attempt: 1,
          streamId: `${number + 1}-0`,
          envelope: '{}',
          eventId: `event-${partition}-${number}`,
        };
        await redis.zadd(due(name), at, ref);
        await redis.hset(scheduledRetries, ref, JSON.stringify(retry));
      }
    }
    const expected = [
      ...indexes.flatMap((partition) => [`event-${partition}-0`, `event-${partition}-1`]),
      ...indexes.map((partition) => `event-${partition}-2`),
    ];
    expect(await operator.parked.count()).toBe(3 * count);
    for (const limit of [1, 2, 5, 100]) {
      const paged = await pages((cursor) => operator.parked.list({ limit, ...(cursor && { cursor }) }));
      expect(paged.map(({ eventId }) => eventId)).toEqual(expected);
    }
    const { items } = await operator.parked.list();
    const last = items.at(-1);
    expect(last?.streamId).toBe('3-0.3');
    await operator.parked.discard(last?.id ?? '', ann);
    expect(await operator.parked.get(last?.id ?? '')).toBeUndefined();
    expect(await operator.parked.count()).toBe(3 * count - 1);
    expect((await operator.statistics.snapshot()).groups.find(({ group }) => group === 'parked')?.parked).toBe(11);
    for (const partition of indexes) {
      await redis.hdel(keysOf(partition).groups, 'parked');
      await redis.del(Object.values(keysOf(partition).group('parked')).filter((key) => typeof key === 'string'));
    }
  });

  it('a partition that is away: the call rejects with UNAVAILABLE, naming it, and leaves nothing out silently', async () => {
    const open = (url: string) => {
      const target = resolveTarget('test', url);
      const nodes = openNodes({
        target,
        name: 'test',
        logger: silentLogger,
        replyTimeoutMs: 5_000,
        callTimeoutMs: 500,
      });
      closing.push(() => nodes.close());
      return nodes;
    };
    const [here, away] = [open(server.url), open('redis://127.0.0.1:1')];
    const partition = (index: number) => partitionOn(index === 2 ? away : here, 'hyvve', index);
    const partitions = new Partitions({ partition, readCount: async () => count });
    const letters = new RedisDeadLetters(partitions, new Map(), () => undefined);
    await expect(letters.list()).rejects.toThrow(/^\[UNAVAILABLE\] partition 2: /);
    await expect(letters.get('4000000000000-7.1')).resolves.toMatchObject({ id: '4000000000000-7.1' });
  });
});

describe('the feed of four partitions', () => {
  it('reads each partition with its own cursor, and all together by position', async () => {
    expect(await operator.feed.partitions()).toEqual(indexes);
    const all = await operator.feed.entries();
    expect(all).toHaveLength(events * count);
    for (const partition of indexes) {
      const own = await operator.feed.entries({ partition });
      expect(own).toEqual(all.filter(({ streamId }) => partitionOfId(streamId) === partition));
      const [first, ...rest] = own;
      expect(await operator.feed.entries({ partition, after: first?.streamId ?? '' })).toEqual(rest);
      expect(await operator.feed.entry(first?.streamId ?? '')).toEqual(first);
      const { events: end } = await operator.feed.ends({ partition });
      expect(end).toEqual({ length: events, firstId: first?.streamId, lastId: rest.at(-1)?.streamId });
      const [position] = await operator.feed.positions({ partition });
      expect(position).toMatchObject({ group: 'billing', lastDelivered: end.lastId, pending: [] });
    }
    const { events: whole } = await operator.feed.ends();
    expect(whole.length).toBe(events * count);
    expect([whole.firstId, whole.lastId]).toEqual([all[0]?.streamId, all.at(-1)?.streamId]);
    await expect(operator.feed.entries({ partition: 4 })).rejects.toThrow('[NOT_FOUND] there is no partition 4');
  });

  it('finds an event by its id in any partition, with its status', async () => {
    for (const partition of indexes) {
      const [entry] = await operator.feed.entries({ partition, limit: 1 });
      const { id: eventId } = JSON.parse(entry?.envelope ?? '{}') as { readonly id: string };
      expect(await operator.feed.find(eventId)).toEqual(entry);
      const [byId] = await operator.status({ eventId });
      const [byPosition] = await operator.status({ streamId: entry?.streamId ?? '' });
      expect(byId).toEqual(byPosition);
      const [status] = byId?.handlers ?? [];
      expect(status?.status).toBe('DLQ');
      expect(await operator.deadLetters.get(status?.deadLetterId ?? '')).toMatchObject({
        eventId,
        streamId: entry?.streamId,
      });
    }
    await expect(operator.status({ eventId: 'none' })).rejects.toThrow('[NOT_FOUND]');
    await expect(operator.status({ streamId: '1-0.2000' })).rejects.toThrow('[NOT_FOUND]');
  });
});

describe('statistics of four partitions', () => {
  it('add up, and are reported for each partition', async () => {
    const { stream, groups, deadLetters, lastDay, partitions, memory } = await operator.statistics.snapshot();
    expect(stream.length).toBe(events * count);
    expect(groups).toEqual([expect.objectContaining({ group: 'billing', pending: 0, lag: 0, deadLetters: 2 * count })]);
    expect(deadLetters).toBe(3 * count);
    expect(lastDay).toMatchObject({ published: events * count, completed: 3 * count, dead: 2 * count });
    expect(partitions.map(({ partition }) => partition)).toEqual(indexes);
    for (const each of partitions) {
      expect(each.stream.length).toBe(events);
      expect(each.groups).toEqual([expect.objectContaining({ group: 'billing', pending: 0, lag: 0, deadLetters: 2 })]);
    }
    expect(memory.usedBytes).toBeGreaterThan(0);
    const { series } = await operator.statistics.series({ every: 'hour', by: ['group'] });
    expect(series.find(({ key }) => key.group === 'billing')?.total.completed).toBe(3 * count);
    const [durations, ...others] = await operator.statistics.durations();
    expect(others).toEqual([]);
    expect(durations).toMatchObject({ group: 'billing', handler: 'bill', count: events * count });
  });

  it('of one partition, and of the only server', async () => {
    const own = { published: events, completed: 3, dead: 2 };
    const one = await operator.statistics.snapshot({ partition: 2 });
    expect(one.stream.length).toBe(events);
    expect(one.partitions).toEqual([expect.objectContaining({ partition: 2, lastDay: expect.objectContaining(own) })]);
    expect(one.lastDay).toMatchObject(own);
    const { series } = await operator.statistics.series({ every: 'hour', partition: 2 });
    expect(series[0]?.total).toMatchObject(own);
    await expect(operator.statistics.snapshot({ partition: 4 })).rejects.toThrow('[NOT_FOUND]');
    const { host } = new URL(server.url);
    expect(await operator.statistics.servers()).toEqual([
      {
        address: host,
        slots: undefined,
        partitions: indexes,
        status: 'reachable',
        memory: { usedBytes: expect.any(Number), maxBytes: undefined },
      },
    ]);
  });

  it('the registry and the scan of versions, and the processes', async () => {
    const consumer = JSON.stringify({ host: 'here', pid: 7, handlers: [] });
    const now = Number((await redis.time())[0]) * 1_000;
    for (const partition of indexes) {
      const { consumers, alive } = keysOf(partition).group('billing');
      await redis.hset(consumers, 'one-process', consumer);
      await redis.zadd(alive, now - partition * 10_000, 'one-process');
    }
    const known = (await operator.consumers()).filter((each) => each.consumer === 'one-process');
    expect(known).toHaveLength(1);
    expect(known[0]?.sinceHeartbeatMs).toBeLessThan(10_000);
    const { events: types, uncounted } = await operator.versions.registry();
    const placed = types.find(({ type }) => type === 'shop.order.placed');
    expect(placed?.lastDay).toEqual([{ major: 1, count: events * count }]);
    expect(uncounted).toBe(0);
    let cursor: string | undefined;
    let stored = 0;
    do {
      const part = await operator.versions.scan({ limitMs: 1, ...(cursor && { cursor }) });
      for (const each of part.found) if (each.place === 'stream') stored += each.count;
      cursor = part.cursor;
    } while (cursor !== undefined);
    expect(stored).toBe(events * count);
  });
});

describe('changes in four partitions', () => {
  it('a dead letter is retried, edited and discarded in its partition', async () => {
    const own = (await operator.deadLetters.list({ limit: 100 })).items.filter(({ id }) => partitionOfId(id) === 3);
    const [, edited, retried] = own;
    const { due, scheduledRetries } = keysOf(3).group('billing');
    await operator.deadLetters.retry(retried?.id ?? '', ann);
    const ref = `${parsePosition(retried?.streamId ?? '')?.streamId}/bill`;
    expect(await redis.zrange(due('bill'), 0, -1)).toEqual([ref]);
    await operator.deadLetters.retryEdited(edited?.id ?? '', { ...anOrder, amount: 1 }, ann);
    const editRef = `edit-${parsePosition(edited?.id ?? '')?.streamId}/bill`;
    expect(await redis.hexists(scheduledRetries, editRef)).toBe(1);
    await operator.deadLetters.discard('4000000000000-7.3', ann);
    await expect(operator.deadLetters.discard('4000000000000-7.3', ann)).rejects.toThrow('[NOT_FOUND]');
    expect(await operator.deadLetters.get('4000000000000-7.2')).toBeDefined();
    const log = await redis.xrevrange(keysOf(3).log, '+', '-', 'COUNT', 3);
    expect(log.map(([, fields]) => fields[1])).toEqual(['discarded', 'edited', 'retried']);
    expect(await operator.deadLetters.count()).toBe(3 * count - 3);
  });

  it('a group is retired in every partition; a retirement that stopped half way is finished', async () => {
    const { state } = keysOf(1).group('billing');
    await redis.hset(state, 'retiredAt', 1);
    const retired = async () => (await operator.statistics.snapshot()).groups[0]?.retired;
    expect(await retired()).toBe(false);
    await operator.retireGroup('billing', ann);
    expect(await retired()).toBe(true);
    await expect(operator.retireGroup('billing', ann)).rejects.toThrow('[NOT_FOUND]');
    for (const partition of indexes) await redis.hdel(keysOf(partition).group('billing').state, 'retiredAt');
  });
});

describe('a replay of four partitions', () => {
  const written = (partition: number) => redis.xlen(keysOf(partition).replay);
  const recordOf = (partition: number, jobId: string) => keysOf(partition).replayRecordPrefix + jobId;
  const linesOf = async (jobId: string) =>
    (await operator.log({ limit: 1_000 })).filter(({ detail }) => detail.jobId === jobId).map(({ kind }) => kind);

  /** An operator that runs replays. */
  function runner(): void {
    const other = createEventOperator({ redis: server.url, logger: silentLogger, runReplays: true });
    closing.push(() => other.close());
  }
  async function ends(jobId: string): Promise<Replay | undefined> {
    await until('the replay is completed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    return operator.replays.get(jobId);
  }
  afterEach(async () => {
    for (const partition of indexes) await redis.del(keysOf(partition).replay);
  });

  it('delivers the events of all partitions once, as one job with one log entry for each change', async () => {
    expect(await operator.replays.count({})).toMatchObject({ events: events * count, complete: true });
    expect(await operator.replays.count({}, { maxScanned: events })).toMatchObject({ events, complete: false });
    const { jobId } = await operator.replays.start({ ratePerSecond: 100 }, ann);
    runner();
    const { progress } = (await ends(jobId)) ?? {};
    expect(progress).toMatchObject({ fraction: 1, scanned: events * count, replayed: events * count, unreadable: 0 });
    expect(progress?.streamId).toBe((await operator.feed.ends()).events.lastId);
    for (const partition of indexes) expect(await written(partition)).toBe(events);
    expect(await linesOf(jobId)).toEqual(['replay-started', 'replay-completed']);
    expect((await operator.replays.list()).items.map((each) => each.jobId)).toEqual([jobId]);
    const [entry] = await operator.feed.entries({ partition: 2, limit: 1 });
    const event = { streamId: entry?.streamId ?? '', type: 'shop.order.placed', tenantId: tenantOf(2) };
    const [found] = await operator.replaysOf(event);
    expect(found?.replay).toMatchObject({ jobId, progress: { replayed: events * count } });
    expect(found?.groups).toMatchObject([{ group: 'billing', handlers: [{ handler: 'bill', status: 'PENDING' }] }]);
  });

  it('⚑ the process dies between the records of two partitions: another one continues, and nothing is left out or doubled', async () => {
    const { jobId, plan } = await operator.replays.start({}, ann);
    // The state after the death of a runner that has taken partitions 0 and 1 only.
    const nodes = openNodes({
      target: resolveTarget('test', server.url),
      name: 'test',
      logger: silentLogger,
      replyTimeoutMs: 5_000,
    });
    closing.push(() => nodes.close());
    const [first, second] = [partitionOn(nodes, 'hyvve', 0), partitionOn(nodes, 'hyvve', 1)];
    await first.connection.ask(takeReplayScript.call({ record: recordOf(0, jobId), runner: 'dead', isPart: 0 }));
    await createRecord(second, jobId, plan, noStart);
    expect(await Promise.all(indexes.map((index) => redis.exists(recordOf(index, jobId))))).toEqual([1, 1, 0, 0]);
    expect(await operator.replays.get(jobId)).toMatchObject({ status: 'running' });
    runner();
    expect(await ends(jobId)).toMatchObject({ progress: { replayed: events * count } });
    for (const partition of indexes) expect(await written(partition)).toBe(events);
    expect(await linesOf(jobId)).toEqual(['replay-started', 'replay-completed']);
  });

  it('is cancelled in every partition, and continues in every partition', async () => {
    const { jobId } = await operator.replays.start({ ratePerSecond: 10 }, ann);
    runner();
    await until('it has written in every partition', async () =>
      (await Promise.all(indexes.map(written))).every((number) => number > 0),
    );
    const cancelled = await operator.replays.cancel(jobId, ann);
    expect(cancelled.status).toBe('cancelled');
    // No process has read the entries: they were taken back.
    for (const partition of indexes) expect(await written(partition)).toBe(0);
    expect(cancelled.progress.replayed).toBe(0);
    await expect(operator.replays.cancel(jobId, ann)).rejects.toThrow('[CONFLICT]');
    for (const index of indexes) {
      const record = recordOf(index, jobId);
      const plan = JSON.parse((await redis.hget(record, 'plan')) ?? '{}') as object;
      await redis.hset(record, 'plan', JSON.stringify({ ...plan, ratePerSecond: 1_000 }));
    }
    await operator.replays.resume(jobId, ann);
    expect(await ends(jobId)).toMatchObject({ progress: { replayed: events * count } });
    for (const partition of indexes) expect(await written(partition)).toBe(events);
  });
});

describe('the number of partitions', () => {
  it('a position in a partition that was added since the map was read is found', async () => {
    const added = partitionKeys('hyvve', 7);
    await redis.hset(mapKey('hyvve'), { format: 2, epoch: 3, partitions: 8 });
    await redis.xadd(added.events, '5-0', 'e', '{}');
    expect(await operator.feed.entry('5-0.7')).toEqual({ streamId: '5-0.7', envelope: '{}' });
    expect(await operator.feed.partitions()).toHaveLength(8);
  });

  it('without a map, there is one empty partition', async () => {
    const none = createEventOperator({ redis: server.url, prefix: 'none', logger: silentLogger });
    closing.push(() => none.close());
    expect(await none.feed.partitions()).toEqual([0]);
    expect((await none.deadLetters.list()).items).toEqual([]);
    expect((await none.statistics.snapshot()).stream.length).toBe(0);
  });
});
