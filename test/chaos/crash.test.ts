import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
const pending = async () => (await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0];

describe('a process that crashes', () => {
  it('before its handler ends: another process handles the event', async () => {
    const dying = await stage.worker('billing', [{ name: 'bill', does: 'kill' }]);
    const [id = ''] = await stage.publish(1);
    await dying.ended;
    expect(await account(stage.operator, [id], 1)).toMatchObject({ pending: 1 });
    await stage.worker('billing', [{ name: 'bill' }]);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    expect((await stage.runs()).map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect([...(await stage.effects()).values()]).toEqual([1]);
  });

  it('after its side effect, before the settle: the event is delivered a second time, but not a third time', async () => {
    const dying = await stage.worker('billing', [{ name: 'bill', does: 'kill-after-effect' }]);
    const [id = ''] = await stage.publish(1);
    await dying.ended;
    await stage.worker('billing', [{ name: 'bill' }]);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    expect(await stage.effects()).toEqual(new Map([[`billing/bill/${id}`, 2]]));
  });

  it('with many deliveries in flight: no event is lost, and completed events are not delivered again', async () => {
    const slow = { name: 'bill', does: 'sleep', ms: 40 } as const;
    const dying = await stage.worker('billing', [slow], { options: { leaseMs: 1_500, sweepMs: 300, concurrency: 10 } });
    const ids = await stage.publish(100);
    await until('some are done', async () => (await stage.effects()).size >= 30);
    dying.signal('SIGKILL');
    await dying.ended;
    const doneBefore = new Set((await stage.effects()).keys());
    await stage.worker('billing', [slow]);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 100 });
    const effects = await stage.effects();
    expect(effects.size).toBe(100);
    // Only deliveries in flight at the crash may have run twice.
    const twice = [...effects].filter(([, count]) => count > 1);
    expect(twice.length).toBeLessThanOrEqual(10);
    for (const [effect] of twice) expect(doneBefore).toContain(effect);
  });

  it('with one of three handlers open: the two completed handlers do not run again', async () => {
    const handlers = (does?: 'kill') => [
      { name: 'first', options: { priority: 1 } },
      { name: 'second', options: { priority: 5 } },
      // Only recorded outcomes count: the second outcome is still being sent when the third handler begins.
      { name: 'third', options: { priority: 9 }, ...(does === undefined ? {} : { does, ms: 300 }) },
    ];
    const dying = await stage.worker('billing', handlers('kill'));
    const [id = ''] = await stage.publish(1);
    await dying.ended;
    await stage.worker('billing', handlers());
    expect(await settled(stage.operator, [id], 3)).toMatchObject({ done: 3 });
    expect((await stage.runs()).map(({ handler }) => handler)).toEqual(['first', 'second', 'third', 'third']);
  });

  it('repeatedly on the same event: the event becomes a dead letter CRASHED, and the next event is handled', async () => {
    const [id = ''] = await stage.publish(1);
    for (let death = 0; death < 3; death += 1) {
      const dying = await stage.worker('billing', [{ name: 'bill', does: 'exit' }], {
        options: { leaseMs: 500, sweepMs: 200, maxDeliveries: 3 },
      });
      await dying.ended;
    }
    await stage.worker('billing', [{ name: 'bill', does: 'exit' }], {
      options: { leaseMs: 500, sweepMs: 200, maxDeliveries: 3 },
    });
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ dead: 1 });
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ eventId: id, handler: 'bill', reason: 'CRASHED' });
    expect(await stage.runs()).toHaveLength(3);
  });

  it('graceful shutdown during a run, repeatedly: does not count as a crash, and the event does not become a dead letter', async () => {
    const plan = { options: { leaseMs: 400, sweepMs: 200, drainMs: 50, maxDeliveries: 2 } };
    const [id = ''] = await stage.publish(1);
    for (let end = 1; end <= 4; end += 1) {
      const worker = await stage.worker('billing', [{ name: 'bill', does: 'never' }], plan);
      await until('it runs', async () => (await stage.runs()).length === end);
      worker.signal('SIGTERM');
      await worker.ended;
    }
    await stage.worker('billing', [{ name: 'bill' }], plan);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
  });

  it('during a retry: the retry is taken over when its lease has expired', async () => {
    const options = { maxRetries: 3, retryDelaysMs: [50] };
    const [id = ''] = await stage.publish(1);
    const failing = await stage.worker('billing', [
      { name: 'bill', does: 'fail', options: { ...options, retryDelaysMs: [2_000] } },
    ]);
    await until('a retry is scheduled', async () => (await account(stage.operator, [id], 1)).scheduled === 1);
    failing.signal('SIGKILL');
    await failing.ended;
    const dying = await stage.worker('billing', [{ name: 'bill', does: 'kill', options }]);
    await dying.ended;
    expect(await account(stage.operator, [id], 1)).toMatchObject({ pending: 1 });
    await stage.worker('billing', [{ name: 'bill', options }]);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    expect((await stage.runs()).map(({ attempt }) => attempt)).toEqual([1, 2, 2]);
  });
});

describe('a process that is stopped for longer than its lease', () => {
  it('stopped and resumed: its outcome is refused, and no event is lost or handled twice', async () => {
    const stuck = await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 300 }]);
    const [id = ''] = await stage.publish(1);
    await until('it runs', async () => (await stage.runs()).length === 1);
    stuck.signal('SIGSTOP');
    await stage.worker('billing', [{ name: 'bill', does: 'sleep', ms: 2_500 }]);
    await until('another process has it', async () => (await stage.runs()).length === 2);
    stuck.signal('SIGCONT');
    await until('the first ends its run', async () => (await stage.effects()).size === 1);
    // The success of the first process must not count: the delivery belongs to the second one until it ends.
    expect(await account(stage.operator, [id], 1)).toMatchObject({ pending: 1 });
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    await until('both effects', async () => (await stage.effects()).get(`billing/bill/${id}`) === 2);
    expect(await stage.runs()).toHaveLength(2);
  });

  it('⚑ stopped when Redis delivers an event to it: what another process has completed meanwhile is not failed afterwards', async () => {
    const failing = { name: 'bill', does: 'fail', ms: 700, options: { retryDelaysMs: [50] } } as const;
    const stuck = await stage.worker('billing', [{ ...failing, pattern: OrderPlaced.type }]);
    const shop = stage.bus('shop').withContext(tenant);
    const { streamId } = await shop.publish(OrderPaid, anOrder);
    await until('it reads again', async () => {
      const [group] = (await stage.redis.xinfo('GROUPS', '{hyvve:0}:events')) as unknown[][];
      return group?.includes(streamId) === true && (await pending()) === 0;
    });
    stuck.signal('SIGSTOP');
    const { id } = await shop.publish(OrderPlaced, anOrder);
    // Redis serves the read that waits: the stopped process gets the event when it continues.
    await until('it has the event', async () => (await pending()) === 1);
    await stage.worker('billing', [{ name: 'bill', pattern: OrderPlaced.type }]);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ done: 1 });
    stuck.signal('SIGCONT');
    await until('the stopped process has run it, too', async () => (await stage.runs()).length === 2);
    await sleep(1_500);
    expect(await stage.operator.log()).toEqual([]);
    expect(await stage.runs()).toHaveLength(2);
  });

  it('with a blocked event loop: another process takes over, and the result is correct', async () => {
    await stage.worker('billing', [{ name: 'bill', does: 'block', ms: 3_000 }]);
    const ids = await stage.publish(1);
    await until('it runs', async () => (await stage.runs()).length === 1);
    await stage.worker('billing', [{ name: 'bill' }]);
    await until('the other has run it', async () => (await stage.effects()).size === 1, 20_000);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 1 });
  });
});
