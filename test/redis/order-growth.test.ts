import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EventBus,
  type EventBusOptions,
  maintenanceDefaults,
  NonRetryableError,
  type Published,
  silentLogger,
} from '@hyvve-events/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePosition } from '../../runtime/event/position.js';
import type { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { maintainGroup } from '../../runtime/redis/maintain/maintain-group.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { atVersion, OrderPacked } from '../support/events/events.js';
import { type OrderedOptions, type Packed, startOrdered, upTo } from '../support/ordered.js';
import { useStage } from '../support/processes/chaos.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage();
const by = { actor: 'ann', from: '10.0.0.1' };
const often = { everyMs: 100 };
let link: RedisConnection;
beforeEach(() => {
  link = connectTo(stage.server.url);
});
afterEach(() => link.close());

/** A tenant whose events are in the last partition after each growth. */
const tenantId = upTo(1_000)
  .map((number) => `tenant-${number}`)
  .find((name) => partitionOf(name, 2) === 1 && partitionOf(name, 4) === 3) as string;
const event = atVersion(OrderPacked, '1.0.0');
const start = (run: (event: Packed, attempt: number) => unknown, options: OrderedOptions = {}) =>
  startOrdered(stage, run, { maintenance: often, ...options });

/** Publishes one event of each key. */
function publish(bus: EventBus, keys: readonly string[], amount: number): Promise<readonly Published[]> {
  return Promise.all(keys.map((orderId) => bus.publish(event, { orderId, amount }, { tenantId })));
}

const keysOf = (partition: number, name: string) => `{hyvve:${partition}}:group:accounts:${name}`;
const placeOf = (published: readonly Published[]) =>
  published.map(({ streamId }) => parsePosition(streamId)?.partition);

/** Waits until nothing of the ordered handler is left in a partition. */
const nothingIsLeft = (partitions: number) =>
  until('nothing of the handler is left', async () => {
    const names = ['heads', 'waiting', 'inherited', 'rows', 'claims'];
    const keys = upTo(partitions).flatMap((index) => names.map((name) => keysOf(index, name)));
    return (await stage.redis.exists(...keys)) === 0;
  });
const heads = (partition: number) => stage.redis.hgetall(keysOf(partition, 'heads'));
/** An event of a key is a dead letter of the parent that holds it; a later one waits in the child for it. No process runs any more. */
async function waitForParent(run: Parameters<typeof start>[0]): Promise<void> {
  const bus = await start(run, { handler: { order: { by: 'key', whenDead: 'hold' } } });
  await publish(bus, ['a'], 0);
  await until('there is a dead letter', async () => (await stage.operator.deadLetters.count()) === 1);
  await growOn(link, 2);
  await publish(bus, ['a'], 1);
  await until('it waits', async () => (await stage.redis.zcard(keysOf(1, 'waiting'))) === 1);
  await bus.close();
}

const freed = async () => (await stage.operator.log({ limit: 1_000 })).filter(({ kind }) => kind === 'queue-freed');

describe('order by key across a growth', () => {
  it('⚑ a failed event of the parent holds its key in the child; other keys go on', async () => {
    const runs: string[] = [];
    let mayPass = false;
    const run = ({ data: { orderId, amount } }: Packed) => {
      runs.push(`${orderId}${amount}`);
      if (orderId === 'a' && amount === 0 && !mayPass) throw new Error('not yet');
    };
    const bus = await start(run, { handler: { maxRetries: 1_000, retryDelaysMs: [50] } });
    const [first] = await publish(bus, ['a'], 0);
    await publish(bus, ['a', 'b'], 1);
    await until('it has failed, and the other key is done', () => runs.includes('a0') && runs.includes('b1'));
    await growOn(link, 2);
    const published = await publish(bus, ['a', 'b', 'c'], 2);
    await publish(bus, ['a', 'b', 'c'], 3);
    expect(placeOf(published)).toEqual([1, 1, 1]);
    await until('the other keys are done', () => ['b3', 'c3'].every((each) => runs.includes(each)));
    await until('two wait', async () => (await stage.redis.zcard(keysOf(1, 'waiting'))) === 2);
    await sleep(300);
    expect(runs.filter((each) => each.startsWith('a')).every((each) => each === 'a0')).toBe(true);
    expect(await freed()).toEqual([]);
    const [status] = await stage.operator.status({ eventId: published[0]?.id ?? '' });
    expect(status?.handlers[0]).toEqual({ handler: 'balance', status: 'WAITING' });
    const { groups } = await stage.operator.statistics.snapshot();
    expect(groups[0]).toMatchObject({ waiting: 3, keyQueues: 1 });
    const queues = await stage.operator.statistics.keyQueues();
    expect(queues.map(({ partition, waiting, head }) => ({ partition, waiting, head }))).toEqual([
      { partition: 1, waiting: 2, head: first?.streamId },
      { partition: 0, waiting: 1, head: first?.streamId },
    ]);
    mayPass = true;
    await nothingIsLeft(2);
    expect(runs.filter((each) => each.startsWith('a')).slice(-4)).toEqual(['a0', 'a1', 'a2', 'a3']);
  });

  it.each(['discard', 'retry'] as const)(
    '⚑ a dead letter of the parent that holds its key: the child waits until the %s, also in a process that starts later',
    async (how) => {
      const runs: string[] = [];
      let mayPass = false;
      const run = ({ data: { orderId, amount } }: Packed) => {
        runs.push(`${orderId}${amount}`);
        if (orderId === 'a' && amount === 0 && !mayPass) throw new NonRetryableError('never');
      };
      const handler = { order: { by: 'key', whenDead: 'hold' } } as const;
      const bus = await start(run, { handler });
      await publish(bus, ['a'], 0);
      await until('there is a dead letter', async () => (await stage.operator.deadLetters.count()) === 1);
      await growOn(link, 2);
      await publish(bus, ['a', 'b'], 1);
      await until('the other key is done', () => runs.includes('b1'));
      await bus.close();
      await start(run, { handler });
      await sleep(300);
      expect(runs).toEqual(['a0', 'b1']);
      mayPass = true;
      const [letter] = (await stage.operator.deadLetters.list()).items;
      await stage.operator.deadLetters[how](letter?.id ?? '', by);
      await nothingIsLeft(2);
      expect(runs).toEqual(how === 'retry' ? ['a0', 'b1', 'a0', 'a1'] : ['a0', 'b1', 'a1']);
    },
  );

  it('⚑ two growths in a row with a backlog: three processes keep the order of every key', async () => {
    const keys = upTo(12).map((number) => `key-${number}`);
    const runs = new Map<string, number[]>();
    const gate = newGate();
    const running = new Set<string>();
    const overlaps: string[] = [];
    const run = async ({ data: { orderId, amount } }: Packed, attempt: number) => {
      await gate.passed;
      if (running.has(orderId)) overlaps.push(`${orderId} ${amount}`);
      running.add(orderId);
      await sleep(2);
      running.delete(orderId);
      if (attempt === 1 && amount % 4 === 1) throw new Error('not yet');
      runs.set(orderId, [...(runs.get(orderId) ?? []), amount]);
    };
    const options: Partial<EventBusOptions> = { concurrency: 4 };
    const handler = { maxRetries: 3, retryDelaysMs: [20] };
    const buses: EventBus[] = [];
    for (let n = 0; n < 3; n += 1) buses.push(await start(run, { ...options, handler }));
    const shop = stage.bus('shop');
    let amount = 0;
    const publishSome = async () => {
      for (let n = 0; n < 6; n += 1) {
        await publish(shop, keys, amount);
        amount += 1;
      }
    };
    await publishSome();
    await growOn(link, 4);
    await publishSome();
    // Children that wait know the growths, and nothing of them was read.
    await until('all processes know the map', () => buses.every((bus) => bus.health().partitions?.total === 4));
    expect([await heads(1), await heads(3)]).toEqual([{}, {}]);
    gate.open();
    await until('all are handled', () => keys.every((key) => runs.get(key)?.length === 12));
    await growOn(link, 8);
    await publishSome();
    await until('these, too', () => keys.every((key) => runs.get(key)?.length === 18));
    for (const key of keys) expect(runs.get(key)).toEqual(upTo(18));
    expect(overlaps).toEqual([]);
    await nothingIsLeft(8);
    expect(await freed()).toEqual([]);
  });

  it('⚑ a new group that begins with the first event reads the parent before the child', async () => {
    const shop = stage.bus('shop');
    await publish(shop, ['a', 'b'], 0);
    await growOn(link, 2);
    await publish(shop, ['a', 'b'], 1);
    await growOn(link, 4);
    await publish(shop, ['a', 'b'], 2);
    const runs: string[] = [];
    const run = async ({ data: { orderId, amount } }: Packed) => {
      if (amount === 0) await sleep(100);
      runs.push(`${orderId}${amount}`);
    };
    await start(run, { startFrom: 'earliest' });
    await until('all are handled', () => runs.length === 6);
    for (const key of ['a', 'b']) {
      expect(runs.filter((each) => each.startsWith(key))).toEqual([`${key}0`, `${key}1`, `${key}2`]);
    }
  });

  it('⚑ a group that is retired before it reads the child: it continues where it was when a process joins it again', async () => {
    const runs: string[] = [];
    const run = ({ data: { orderId, amount } }: Packed) => void runs.push(`${orderId}${amount}`);
    const bus = await start(run);
    await publish(bus, ['a'], 0);
    await until('it is handled', () => runs.length === 1);
    await bus.close();
    const shop = stage.bus('shop');
    await publish(shop, ['a'], 1);
    await growOn(link, 2);
    await publish(shop, ['a'], 2);
    await stage.operator.retireGroup('accounts', by);
    expect(await stage.redis.hkeys('{hyvve:1}:group:accounts')).toEqual(
      expect.arrayContaining(['inherits', 'retiredAt']),
    );
    await start(run);
    await until('all are handled', () => runs.length === 3);
    expect(runs).toEqual(['a0', 'a1', 'a2']);
    expect(await stage.redis.hkeys('{hyvve:1}:group:accounts')).not.toContain('retiredAt');
  });

  it('a handler that is not ordered any more: what waits for the parent runs', async () => {
    const runs: string[] = [];
    const run = ({ data: { orderId, amount } }: Packed) => {
      runs.push(`${orderId}${amount}`);
      if (amount === 0) throw new NonRetryableError('never');
    };
    await waitForParent(run);
    await start(run, { handler: { order: 'none' }, leaseMs: 300 });
    await until('it has run', () => runs.includes('a1'));
    await nothingIsLeft(2);
  });

  it('a handler that is retired half way: what waits for the parent becomes a dead letter, and nothing is left', async () => {
    const run = () => {
      throw new NonRetryableError('never');
    };
    await waitForParent(run);
    const common = { connection: link, logger: silentLogger, leaseMs: 1_000, deadLetterHolds: () => true };
    const settings = { ...maintenanceDefaults, handlerGraceMs: 1 };
    for (const keys of [partitionKeys('hyvve', 0), partitionKeys('hyvve', 1)]) {
      await maintainGroup({ ...common, keys, group: keys.group('accounts'), settings }, new AbortController().signal);
    }
    expect(await stage.redis.xlen('{hyvve:1}:dlq')).toBe(1);
    await start(run, { handler: { name: 'other' } });
    await nothingIsLeft(2);
  });

  it.each([2, 4])(
    '⚑ a dead letter and a failed event of the parent that let others pass, in %s partitions: retried, each runs when no later event of its key does',
    async (count) => {
      const runs: string[] = [];
      let running = 0;
      let most = 0;
      let isBroken = true;
      const gate = newGate();
      const started: number[] = [];
      const run = async ({ data: { orderId, amount } }: Packed) => {
        started.push(amount);
        running += 1;
        most = Math.max(most, running);
        if (amount === 3) await gate.passed;
        else await sleep(20);
        running -= 1;
        runs.push(`${orderId}${amount}`);
        if (isBroken && amount === 0) throw new NonRetryableError('never');
        if (isBroken && amount === 1) throw new Error('not yet');
      };
      const order = { by: 'key', whenFailed: 'pass' } as const;
      const bus = await start(run, { handler: { order, maxRetries: 100, retryDelaysMs: [200] } });
      for (const amount of [0, 1, 2]) await publish(bus, ['a'], amount);
      await until('the first ones have failed', () => ['a0', 'a1', 'a2'].every((each) => runs.includes(each)));
      await growOn(link, count);
      for (const amount of [3, 4]) await publish(bus, ['a'], amount);
      await until('a later one runs', () => started.includes(3));
      isBroken = false;
      const [letter] = (await stage.operator.deadLetters.list()).items;
      await stage.operator.deadLetters.retry(letter?.id ?? '', by);
      const before = runs.length;
      await sleep(300);
      expect(runs).toHaveLength(before);
      gate.open();
      await nothingIsLeft(count);
      expect(most).toBe(1);
      expect([...runs.slice(before)].sort()).toEqual(['a0', 'a1', 'a3', 'a4']);
      expect(runs.at(-1)).toBe('a4');
      expect(await freed()).toEqual([]);
    },
  );
});
