import { describe, expect, it } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();

/** Writes an entry like a newer service. Returns its stream id. */
async function write(change: Readonly<Record<string, unknown>>): Promise<string> {
  const envelope = {
    id: 'enewer',
    type: OrderPlaced.type,
    source: 'shop',
    timestamp: new Date().toISOString(),
    correlationId: 'enewer',
    tenantId: 'tenant-1',
    version: '1.0.0',
    data: anOrder,
  };
  return String(await stage.redis.xadd('{hyvve:0}:events', '*', 'e', JSON.stringify({ ...envelope, ...change })));
}

describe('a rolling deploy', () => {
  it('an old process reads an event with a new field: its handler gets the event', async () => {
    const seen: unknown[] = [];
    await stage.handle('billing', (event) => seen.push(event));
    await write({ data: { ...anOrder, currency: 'EUR' }, version: '1.1.0', region: 'eu' });
    await until('it is handled', () => seen.length === 1);
    expect(seen[0]).toMatchObject({ data: { ...anOrder, currency: 'EUR' }, version: '1.1.0' });
    expect(await stage.operator.deadLetters.count()).toBe(0);
  });

  it('an old process reads an event of a new type: its pattern handlers get it as UnknownEvent', async () => {
    const seen: { type: string; unknown?: boolean }[] = [];
    await stage.handle('billing', (event) => seen.push(event));
    const streamId = await write({ type: 'shop.order.teleported', data: { to: 'the moon' } });
    await until('it is handled', () => seen.length === 1);
    expect(seen[0]).toMatchObject({ type: 'shop.order.teleported', unknown: true, data: { to: 'the moon' } });
    await until('it is done', async () => (await account(stage.operator, [streamId], 1)).done === 1);
  });

  it('an old process without a matching handler acknowledges an event of a new type', async () => {
    await stage.worker('billing', [{ name: 'bill', pattern: 'shop.order.paid' }]);
    const streamId = await write({ type: 'crm.contact.teleported', data: {} });
    await until('it is acknowledged', async () => {
      const [group] = (await stage.redis.xinfo('GROUPS', '{hyvve:0}:events')) as unknown[][];
      return (
        group?.includes(streamId) === true &&
        Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]) === 0
      );
    });
    expect(await stage.operator.deadLetters.count()).toBe(0);
  });

  it('⚑ an old process reads an event for a new handler: that delivery is left to a process that has the handler', async () => {
    const old = await stage.worker('billing', [{ name: 'bill' }]);
    const neu = await stage.worker('billing', [{ name: 'bill' }, { name: 'receipt' }]);
    neu.signal('SIGSTOP');
    const ids = await stage.publish(40);
    const ran = async (name: string) =>
      new Set((await stage.runs()).filter(({ handler }) => handler === name).map(({ pid }) => pid));
    await until('the old build has handled its events', async () => (await stage.effects()).size >= 30, 20_000);
    expect(await ran('receipt')).toEqual(new Set());
    neu.signal('SIGCONT');
    expect(await settled(stage.operator, ids, 2)).toMatchObject({ done: 80 });
    expect(await ran('receipt')).toEqual(new Set([neu.pid]));
    expect(await ran('bill')).toContain(old.pid);
    const effects = await stage.effects();
    for (const id of ids) {
      expect(effects.get(`billing/bill/${id}`)).toBe(1);
      expect(effects.get(`billing/receipt/${id}`)).toBe(1);
    }
  });

  it('a handler that is added while an old process works gets all later events', async () => {
    // Its next heartbeat, which saves the group's position, is not due for long.
    await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 5 }], { options: { leaseMs: 60_000 } });
    const before = await stage.publish(5);
    expect(await settled(stage.operator, before, 1)).toMatchObject({ done: 5 });
    await stage.worker('billing', [{ name: 'bill' }, { name: 'receipt' }]);
    const ids = await stage.publish(100);
    expect(await settled(stage.operator, ids, 2)).toMatchObject({ done: 200 });
    const effects = await stage.effects();
    for (const id of ids) expect(effects.get(`billing/receipt/${id}`)).toBe(1);
    // Events that were finished before the handler was added are SKIPPED for it.
    const [group] = await stage.operator.status({ eventId: before[0] ?? '' });
    expect(group?.handlers).toContainEqual({ handler: 'receipt', status: 'SKIPPED' });
  });

  it('a new process no longer has a handler with scheduled retries: they wait for it, then they become dead letters', async () => {
    const failing = { name: 'receipt', does: 'fail', options: { maxRetries: 5, retryDelaysMs: [300] } } as const;
    const old = await stage.worker('billing', [{ name: 'bill' }, failing]);
    const ids = await stage.publish(5);
    await until('they wait, and everything else is done', async () => {
      const { scheduled, done } = await account(stage.operator, ids, 2);
      return scheduled === 5 && done === 5;
    });
    old.signal('SIGKILL');
    await old.ended;
    const maintenance = { everyMs: 300, handlerGraceMs: 4_000 };
    await stage.worker('billing', [{ name: 'bill' }], {
      options: { leaseMs: 1_500, sweepMs: 300, maintenance },
    });
    expect(await account(stage.operator, ids, 2)).toMatchObject({ done: 5, scheduled: 5 });
    await until('they are dead letters', async () => (await stage.operator.deadLetters.count()) === 5, 20_000);
    for (const letter of (await stage.operator.deadLetters.list()).items) {
      expect(letter).toMatchObject({ handler: 'receipt', reason: 'HANDLER_RETIRED', attempts: expect.any(Number) });
      expect(ids).toContain(letter.eventId);
    }
    // From now on no deliveries are recorded for this handler.
    const after = await stage.publish(5);
    expect(await settled(stage.operator, after, 1)).toMatchObject({ done: 5 });
    expect((await stage.operator.log({ limit: 1_000 })).map(({ kind }) => kind)).toContain('handler-retired');
  });
});
