import { describe, expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { anOrder, atVersion, OrderPlaced } from '../support/events/events.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
const v2 = { version: '2.0.0' };

/** Publishes with an SDK of version 2.0.0. Returns the ids. */
async function publishNew(count: number): Promise<string[]> {
  const shop = stage.bus('shop').withContext({ tenantId: 'tenant-1' });
  const event = atVersion(OrderPlaced, '2.0.0');
  return (await Promise.all(Array.from({ length: count }, () => shop.publish(event, anOrder)))).map(({ id }) => id);
}

describe('⚑ builds of two versions', () => {
  it('a process of the new build that crashes on a parked event: another process runs it', async () => {
    await stage.worker('billing', [{ name: 'bill' }]);
    const [id = ''] = await publishNew(1);
    await until('it is parked', async () => (await stage.operator.parked.count()) === 1);
    const dying = await stage.worker('billing', [{ name: 'bill', does: 'kill' }], v2);
    await dying.ended;
    await stage.worker('billing', [{ name: 'bill' }], v2);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    expect([...(await stage.effects()).values()]).toEqual([1]);
    expect(await stage.operator.deadLetters.count()).toBe(0);
  });

  it('⚑ the reply to the call that parks an event is lost: it is parked once', async () => {
    const proxy = await stage.proxy();
    await stage.worker('billing', [{ name: 'bill' }], { redisUrl: proxy.url });
    // From now on, Redis has the script.
    expect(await settled(stage.operator, await stage.publish(1), 1)).toMatchObject({ done: 1 });
    const executed = proxy.dropRepliesFrom('a newer build must handle it');
    await publishNew(1);
    await executed;
    await until('it is parked', async () => (await stage.operator.parked.count()) === 1);
    proxy.mode = 'pass';
    proxy.cut();
    // The process records outcomes in their order: by then, the first call was sent again.
    expect(await settled(stage.operator, await stage.publish(1), 1)).toMatchObject({ done: 1 });
    expect((await stage.operator.log()).map(({ kind }) => kind)).toEqual(['parked']);
  });

  it('an event that crashes every process of the new build becomes a dead letter CRASHED, also with an old process in the group', async () => {
    const options = { leaseMs: 900, sweepMs: 200, drainMs: 500, maxDeliveries: 3 };
    await stage.worker('billing', [{ name: 'bill' }], { options });
    await publishNew(1);
    await until('it is parked', async () => (await stage.operator.parked.count()) === 1);
    let started = 0;
    const isDead = async () => (await stage.operator.deadLetters.count()) > 0;
    while (!(await isDead())) {
      started += 1;
      expect(started).toBeLessThan(12);
      const { ended } = await stage.worker('billing', [{ name: 'bill', does: 'kill' }], { ...v2, options });
      await Promise.race([ended, until('it is dead', isDead)]);
    }
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ reason: 'CRASHED', handler: 'bill' });
    expect((await stage.runs()).length).toBe(3);
  });

  it('old and new processes in parallel, one of each killed repeatedly: every event is handled', async () => {
    const old = await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 5 }]);
    const neu = await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 5 }], v2);
    await stage.worker('billing', [{ name: 'bill' }]);
    const first = await publishNew(60);
    const plain = await stage.publish(60);
    neu.signal('SIGKILL');
    old.signal('SIGKILL');
    const second = await publishNew(60);
    await stage.worker('billing', [{ name: 'bill' }], v2);
    await until('new events are handled', async () => {
      const effects = await stage.effects();
      return [...first, ...second].every((id) => effects.has(`billing/bill/${id}`));
    });
    // Events of the old version are handled by old builds, or VERSION_RETIRED in new ones.
    const effects = await stage.effects();
    const retired = (await stage.operator.deadLetters.list({ limit: 1_000 })).items;
    expect(retired.every(({ reason, eventId }) => reason === 'VERSION_RETIRED' && plain.includes(eventId))).toBe(true);
    await until('old events have an outcome', async () => {
      const dead = new Set(
        (await stage.operator.deadLetters.list({ limit: 1_000 })).items.map(({ eventId }) => eventId),
      );
      const done = await stage.effects();
      return plain.every((id) => dead.has(id) || done.has(`billing/bill/${id}`));
    });
    expect(effects.size).toBeGreaterThan(0);
    // A process that was killed after an effect left the event unfinished: an old build may have parked it since.
    await until('nothing is parked', async () => (await stage.operator.parked.count()) === 0);
  });
});
