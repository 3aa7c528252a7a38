import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { newGate, until } from '../support/wait.js';

const stage = useRecordedStage();
const works = () => stage.bus('shop').withContext(tenant).publish(OrderPlaced, anOrder);

describe("⚑ losing BullMQ's jobs loses no event", () => {
  it('a queue that is obliterated manually: the sweep finds due retries', async () => {
    await stage.worker('billing', [
      { name: 'bill', does: 'fail-sometimes', options: { retryDelaysMs: [1_500], maxRetries: 20 } },
    ]);
    const ids = await stage.publish(50);
    await until('some wait for a retry', async () => (await account(stage.operator, ids, 1)).scheduled > 0);
    const keys = await stage.redis.keys('{hyvve:timer:*');
    expect(keys.length).toBeGreaterThan(0);
    await stage.redis.del(...keys);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 50 });
    expect(await stage.effects()).toHaveProperty('size', 50);
  });

  it('a process killed between the retry and its job: another process runs the retry at its due time', async () => {
    const proxy = await stage.proxy();
    const [id = ''] = await stage.publish(1);
    // The job is added on a separate connection: its request never arrives, the retry was recorded.
    const swallowed = proxy.freezeFrom('due-');
    const failing = { name: 'bill', does: 'fail', options: { retryDelaysMs: [1_500] } } as const;
    const dying = await stage.worker('billing', [failing], { redisUrl: proxy.url });
    await swallowed;
    dying.signal('SIGKILL');
    await dying.ended;
    expect(await stage.redis.keys('{hyvve:timer:billing}:jobs:due-*')).toEqual([]);
    expect(await account(stage.operator, [id], 1)).toMatchObject({ scheduled: 1 });
    await stage.worker('billing', [{ name: 'bill' }]);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
  });
});

describe('⚑ a missing group is created again at its saved position, never at $', () => {
  it('events that were published in the meantime are handled, finished events are not delivered again', async () => {
    const { logger, messages } = recordingLogger();
    const handled: string[] = [];
    await stage.handle('billing', ({ id }) => handled.push(id), { logger, startFrom: 'latest' });
    const before = await stage.publish(20);
    await until('they are handled', () => handled.length === 20);
    await until('a heartbeat has saved the position', async () => {
      const [last] = await stage.redis.xrevrange('{hyvve:0}:events', '+', '-', 'COUNT', 1);
      return (await stage.redis.hget('{hyvve:0}:group:billing', 'position')) === last?.[0];
    });
    await stage.redis.xgroup('DESTROY', '{hyvve:0}:events', 'billing');
    const during = await stage.publish(20);
    await until('the rest is handled', () => handled.length >= 40);
    expect(handled).toEqual([...before, ...during]);
    expect(messages('error').some((line) => line.includes('was missing'))).toBe(true);
    expect((await stage.operator.log()).map(({ kind }) => kind)).toContain('group-restored');
  });

  it('a group destroyed while handlers run: they end, and no event is lost', async () => {
    await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 30 }]);
    const ids = await stage.publish(300);
    await until('it is in flight', async () => (await stage.runs()).length > 50);
    await stage.redis.xgroup('DESTROY', '{hyvve:0}:events', 'billing');
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 300 });
    expect((await stage.effects()).size).toBe(300);
  });
});

describe('⚑ entries that are pending for no consumer while their handlers run', () => {
  const forget: Readonly<Record<string, (ids: readonly string[]) => Promise<unknown>>> = {
    'their consumer was deleted': async () => {
      for (const info of (await stage.redis.xinfo('CONSUMERS', '{hyvve:0}:events', 'billing')) as string[][]) {
        await stage.redis.xgroup('DELCONSUMER', '{hyvve:0}:events', 'billing', info[1] ?? '');
      }
    },
    'another client acknowledged them': (ids) => stage.redis.xack('{hyvve:0}:events', 'billing', ...ids),
  };
  it.each(
    Object.keys(forget).flatMap((how) => [
      [how, 'immediately', 0],
      [how, 'after a heartbeat', 1_200],
    ]) as [string, string, number][],
  )('%s, and they end %s: failures are retried, dead letters are written, successes count', async (how, _, waitMs) => {
    const gate = newGate();
    const runs: string[] = [];
    const { logger, messages } = recordingLogger();
    await stage.handle(
      'billing',
      async ({ id, type }, { attempt }) => {
        runs.push(id);
        await gate.passed;
        if (attempt === 1 && type === OrderPlaced.type) throw new Error('as planned');
      },
      { logger, handler: { retryDelaysMs: [200] } },
    );
    const shop = stage.bus('shop').withContext(tenant);
    const failing = await Promise.all(Array.from({ length: 5 }, () => shop.publish(OrderPlaced, anOrder)));
    const well = await Promise.all(Array.from({ length: 5 }, () => shop.publish(OrderPaid, anOrder)));
    await until('all run', () => runs.length === 10);
    await forget[how]?.([...failing, ...well].map(({ streamId }) => streamId));
    await sleep(waitMs);
    gate.open();
    const ids = [...failing, ...well].map(({ id }) => id);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 10 });
    await until('each retry has run', () => runs.length === 15);
    expect(runs.sort()).toEqual([...ids, ...failing.map(({ id }) => id)].sort());
    expect(messages('warn').filter((line) => line.includes('refused') || line.includes('lease'))).toEqual([]);
    expect((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]).toBe(0);
  });
});

describe('a missing stream', () => {
  it('deleted: the bus continues with new events, and logs that the group was missing', async () => {
    const { logger, messages } = recordingLogger();
    const handled: string[] = [];
    await stage.handle('billing', ({ id }) => handled.push(id), { logger });
    const before = await stage.publish(5);
    await until('they are handled', () => handled.length === 5);
    await stage.redis.del('{hyvve:0}:events');
    const after = await stage.publish(5);
    await until('later events are handled', () => handled.length >= 10, 20_000);
    expect(handled).toEqual([...before, ...after]);
    expect(messages('error').length).toBeGreaterThan(0);
  });

  it('FLUSHALL: the bus continues with new events, and logs the loss', async () => {
    const { logger, messages } = recordingLogger();
    const handled: string[] = [];
    // A group that would start at the end: events between the flush and its return must be delivered nevertheless.
    await stage.handle('billing', ({ id }) => handled.push(id), { logger, startFrom: 'latest' });
    const before = await stage.publish(5);
    await until('they are handled', () => handled.length === 5);
    await stage.redis.flushall();
    const after = await stage.publish(5);
    await until('later events are handled', () => handled.length >= 10, 20_000);
    expect(handled).toEqual([...before, ...after]);
    expect(messages('error').some((line) => line.includes('Redis lost'))).toBe(true);
    const [line] = (await stage.operator.log()).filter(({ kind }) => kind === 'group-restored');
    expect(line).toMatchObject({ group: 'billing', detail: { stateLost: true } });
    // Retries, dead letters and the registry work again.
    const consumers = await stage.operator.consumers();
    expect(consumers.map(({ group }) => group)).toEqual(['billing']);
    await expect(works()).resolves.toMatchObject({ duplicate: false });
  });

  it('FLUSHALL while handlers run and fail: later events are handled, retried and dead-lettered', async () => {
    const options = { maxRetries: 1, retryDelaysMs: [50] };
    await stage.worker('billing', [
      { name: 'bill', does: 'sleep', ms: 50 },
      { name: 'hopeless', does: 'fail', options },
    ]);
    await stage.publish(100);
    await until('it is in flight', async () => (await stage.runs()).length > 20);
    await stage.redis.flushall();
    const ids = await stage.publish(50);
    expect(await settled(stage.operator, ids, 2)).toMatchObject({ done: 50, dead: 50 });
  });
});
