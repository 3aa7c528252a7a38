import { setTimeout as sleep } from 'node:timers/promises';
import { NonRetryableError } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import {
  accounts,
  hasWaiting,
  nothingIsLeft,
  type OrderedOptions,
  type Packed,
  publishPacked,
  startOrdered,
} from '../support/ordered.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const by = { actor: 'ann', from: '10.0.0.1' };

const ordered = (run: (event: Packed, attempt: number) => unknown, options?: OrderedOptions) =>
  startOrdered(stage, run, options);
const publish = (keys: readonly string[], count: number, version?: string) =>
  publishPacked(stage, keys, count, version);
const nothingLeft = () => nothingIsLeft(stage);
const waitingCount = (count: number) => hasWaiting(stage, count);
const statusOf = async (eventId: string) => (await stage.operator.status({ eventId }))[0]?.handlers[0]?.status;

describe('order by key', () => {
  it('a failed event holds its key until its retry succeeds; other keys go on; what waits has the status WAITING', async () => {
    const runs: string[] = [];
    let mayPass = false;
    const run = ({ data: { orderId, amount } }: Packed) => {
      runs.push(`${orderId} ${amount}`);
      if (orderId === 'a' && amount === 0 && !mayPass) throw new Error('not yet');
    };
    await ordered(run, { handler: { maxRetries: 100, retryDelaysMs: [50] } });
    const published = await publish(['a', 'b'], 3);
    await until('two wait and the other key is done', waitingCount(2));
    await until('the other key is done', () => runs.includes('b 2'));
    expect(runs).not.toContain('a 1');
    expect(await statusOf(published[0]?.id ?? '')).toMatch(/FAILED|PROCESSING/);
    expect(await statusOf(published[2]?.id ?? '')).toBe('WAITING');
    const { groups } = await stage.operator.statistics.snapshot();
    expect(groups[0]).toMatchObject({ waiting: 2, keyQueues: 1, scheduled: 1, pending: 0 });
    mayPass = true;
    await nothingLeft();
    expect(runs.filter((run) => run.startsWith('a')).slice(-3)).toEqual(['a 0', 'a 1', 'a 2']);
  });

  it('statistics name the keys that hold up the most deliveries, with the event that they wait for', async () => {
    let mayPass = false;
    const run = () => {
      if (!mayPass) throw new Error('not yet');
    };
    await ordered(run, { handler: { maxRetries: 100, retryDelaysMs: [50] } });
    const [first] = await publish(['hot\n%0A'], 250);
    await publish(['a', 'b'], 2);
    await publish(['alone'], 1);
    await until('all others wait', waitingCount(251));
    const { statistics } = stage.operator;
    const found = await statistics.keyQueues();
    const common = { group: 'accounts', handler: 'balance', tenantId: 'tenant-1', replayId: undefined, partition: 0 };
    expect(found[0]).toEqual({
      ...common,
      key: 'hot\n%0A',
      waiting: 249,
      head: first?.streamId,
      since: new Date(Number(first?.streamId.split('-')[0])).toISOString(),
    });
    expect(found.slice(1).every(({ waiting }) => waiting === 1)).toBe(true);
    expect(await statistics.keyQueues({ group: 'accounts', limit: 1 })).toEqual([found[0]]);
    expect(await statistics.keyQueues({ group: 'nobody' })).toEqual([]);
    mayPass = true;
    await nothingLeft();
    expect(await statistics.keyQueues()).toEqual([]);
  });

  it('whenFailed pass: the next events of the key run meanwhile, and the retry takes its old place', async () => {
    const runs: string[] = [];
    const release = { now: false };
    const run = async ({ data: { amount } }: Packed, attempt: number) => {
      runs.push(`${amount}/${attempt}`);
      if (amount === 0 && attempt === 1) throw new Error('not yet');
      while (amount === 1 && !release.now) await sleep(5);
    };
    const order = { by: 'key', whenFailed: 'pass' } as const;
    await ordered(run, { handler: { maxRetries: 1, retryDelaysMs: [100], order } });
    await publish(['a'], 3);
    await until('the retry waits before the third event', async () => {
      const waiting = await stage.redis.zrange(`${accounts}:waiting`, 0, -1);
      return waiting.length === 2 && runs.join() === '0/1,1/1';
    });
    release.now = true;
    await nothingLeft();
    expect(runs).toEqual(['0/1', '1/1', '0/2', '2/1']);
  });

  it('a dead letter lets the next events pass; retried, it runs at its old place', async () => {
    const runs: number[] = [];
    let isBroken = true;
    const release = { now: false };
    const run = async ({ data: { amount } }: Packed) => {
      runs.push(amount);
      if (amount === 0 && isBroken) throw new NonRetryableError('never');
      while (amount === 1 && !release.now) await sleep(5);
    };
    await ordered(run);
    await publish(['a'], 3);
    await until('the second one runs', () => runs.length === 2);
    isBroken = false;
    const [letter] = (await stage.operator.deadLetters.list()).items;
    await stage.operator.deadLetters.retry(letter?.id ?? '', by);
    await until('it waits', waitingCount(2));
    release.now = true;
    await nothingLeft();
    expect(runs).toEqual([0, 1, 0, 2]);
  });

  it('an edited event that fails again and is edited again keeps its place in front of the others', async () => {
    const runs: number[] = [];
    const run = ({ data: { amount } }: Packed) => {
      runs.push(amount);
      if (amount === 0 || amount === 7) throw new NonRetryableError('never');
    };
    await ordered(run, { handler: { order: { by: 'key', whenDead: 'hold' } } });
    await publish(['a'], 2);
    for (const amount of [7, 8]) {
      await until('there is a dead letter', async () => (await stage.operator.deadLetters.count()) === 1);
      const [letter] = (await stage.operator.deadLetters.list()).items;
      await stage.operator.deadLetters.retryEdited(letter?.id ?? '', { orderId: 'a', amount }, by);
      await until('it has run', () => runs.includes(amount));
    }
    await nothingLeft();
    expect(runs).toEqual([0, 7, 8, 1]);
  });

  it('an edited event takes the place of an event that became a dead letter while it waited', async () => {
    const runs: number[] = [];
    const release = { now: false };
    const run = async ({ data: { amount } }: Packed) => {
      runs.push(amount);
      while (amount === 0 && !release.now) await sleep(5);
    };
    await ordered(run, { handler: { order: { by: 'key', whenDead: 'hold' } } });
    const [published] = await publish(['a'], 1);
    await until('it runs', () => runs.length === 1);
    const [entry] = await stage.redis.xrange('{hyvve:0}:events', published?.streamId ?? '', published?.streamId ?? '');
    const envelope = JSON.parse(entry?.[1][1] ?? '{}') as object;
    const invalid = JSON.stringify({ ...envelope, data: { orderId: 'a', amount: 'many' } });
    await stage.redis.xadd('{hyvve:0}:events', '*', 'e', invalid);
    await publish(['a'], 3);
    await until('there is a dead letter', async () => (await stage.operator.deadLetters.count()) === 1);
    await until('the others wait', waitingCount(4));
    const [letter] = (await stage.operator.deadLetters.list()).items;
    await stage.operator.deadLetters.retryEdited(letter?.id ?? '', { orderId: 'a', amount: 7 }, by);
    release.now = true;
    await nothingLeft();
    expect(runs).toEqual([0, 7, 0, 1, 2]);
  });

  it('parked events hold their key until a build that can read them runs', async () => {
    const runs: string[] = [];
    const run =
      (build: string) =>
      ({ data: { amount } }: Packed) =>
        void runs.push(`${build} ${amount}`);
    await ordered(run('old'));
    await publish(['a'], 2, '2.0.0');
    await until('the second one waits', waitingCount(1));
    expect(await stage.operator.parked.count()).toBe(1);
    await ordered(run('new'), { version: '2.0.0' });
    await nothingLeft();
    expect(runs).toEqual(['new 0', 'new 1']);
  });

  it('an entry that cannot be read becomes a dead letter and leaves its key', async () => {
    const runs: number[] = [];
    await ordered(({ data: { amount } }) => void runs.push(amount), { maxEventBytes: 2_000 });
    const [published] = await publish(['a'], 1);
    await nothingLeft();
    const [entry] = await stage.redis.xrange('{hyvve:0}:events', published?.streamId ?? '', published?.streamId ?? '');
    const envelope = JSON.parse(entry?.[1][1] ?? '{}') as object;
    const tooLarge = JSON.stringify({ ...envelope, note: 'x'.repeat(3_000) });
    const withoutSource = JSON.stringify({ ...envelope, source: 1 });
    for (const text of [tooLarge, withoutSource]) await stage.redis.xadd('{hyvve:0}:events', '*', 'e', text);
    await publish(['a'], 2);
    await until('two are dead', async () => (await stage.operator.deadLetters.count()) === 2);
    await until('the others have run', () => runs.length === 3);
    await nothingLeft();
  });

  it("replay: 'only': live events do not enter; a replay is ordered within itself and not against live events", async () => {
    const runs: string[] = [];
    const release = { now: false };
    const run = async ({ data: { amount }, replay }: Packed) => {
      runs.push(`${replay === undefined ? 'live' : 'replayed'} ${amount}`);
      while (amount === 0 && replay !== undefined && !release.now) await sleep(5);
    };
    await ordered(run, { handler: { replay: 'only' } });
    await publish(['a'], 3);
    await until('all live events are finished', async () => {
      const { groups } = await stage.operator.statistics.snapshot();
      return groups[0]?.lag === 0 && groups[0].pending === 0;
    });
    expect(await stage.redis.exists(`${accounts}:heads`)).toBe(0);
    await stage.operator.replays.start({}, by);
    await until('two wait', waitingCount(2));
    release.now = true;
    await nothingLeft();
    expect(runs).toEqual(['replayed 0', 'replayed 1', 'replayed 2']);
  });
});
