import { setTimeout as sleep } from 'node:timers/promises';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { account, settled } from '../support/events/account.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { tenant } from '../support/processes/chaos.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { newGate, until } from '../support/wait.js';

const stage = useRecordedStage();

describe('⚑ an invalid entry becomes a dead letter immediately, with its raw content and the reason, and never stops the read loop', () => {
  it('not JSON, not an envelope, too large, broken schema: each is stored unchanged, and the valid events are handled', async () => {
    const handled: string[] = [];
    await stage.handle('billing', ({ id }) => handled.push(id), { maxEventBytes: 10_000 });
    const shop = stage.bus('shop').withContext(tenant);
    const good: string[] = [];
    const raw: [json: string, reason: string][] = [
      ['{"id":', 'NOT_JSON'],
      ['', 'NOT_JSON'],
      ['[]', 'NOT_ENVELOPE'],
      ['null', 'NOT_ENVELOPE'],
      ['{"id":"x","type":"shop.order.placed"}', 'NOT_ENVELOPE'],
      [JSON.stringify({ big: 'x'.repeat(20_000) }), 'TOO_LARGE'],
      [envelope('exwrong', { amount: 'much' }), 'SCHEMA'],
      [envelope('exempty', null), 'SCHEMA'],
    ];
    for (const [json] of raw) {
      await stage.redis.xadd('{hyvve:0}:events', '*', 'e', json);
      good.push((await shop.publish(OrderPlaced, anOrder)).id);
    }
    await stage.redis.xadd('{hyvve:0}:events', '*', 'someone', 'else', 'wrote', 'this');
    good.push((await shop.publish(OrderPlaced, anOrder)).id);
    await until('all valid events are handled', () => handled.length === good.length);
    expect(handled).toEqual(good);
    await until('the rest is dead', async () => (await stage.operator.deadLetters.count()) === raw.length + 1);
    const letters = [...(await stage.operator.deadLetters.list()).items].reverse();
    const found = letters.map(({ envelope, reason }) => [envelope, reason]);
    expect(found).toEqual([...raw, ['["someone","else","wrote","this"]', 'NOT_ENVELOPE']]);
    for (const { error, attempts } of letters) {
      expect(error.message.length).toBeGreaterThan(10);
      expect(attempts).toBeLessThanOrEqual(1);
    }
    expect(Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0])).toBe(0);
  });
});

function envelope(id: string, data: unknown): string {
  const names = { id, type: 'shop.order.placed', source: 'x', correlationId: 'c', tenantId: 't' };
  return JSON.stringify({ ...names, timestamp: '2026-01-01T00:00:00.000Z', version: '1.0.0', data });
}

describe('a handler', () => {
  it('that never ends: its run fails at the timeout, its signal is aborted, and its slot is free again', async () => {
    const signals: AbortSignal[] = [];
    await stage.handle(
      'billing',
      (_event, ctx) => {
        signals.push(ctx.signal);
        return new Promise(() => undefined);
      },
      { concurrency: 2, handler: { timeoutMs: 200, maxRetries: 1, retryDelaysMs: [50] } },
    );
    const ids = await stage.publish(10);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ dead: 10 });
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ reason: 'RETRIES_EXHAUSTED', attempts: 2, error: { code: 'HANDLER_TIMEOUT' } });
    expect(signals).toHaveLength(20);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });

  it.each([
    ['a string', 'no money', { name: 'NonError', message: 'no money' }],
    ['undefined', undefined, { name: 'NonError' }],
    ['an object', { code: 7 }, { name: 'NonError', message: '{"code":7}' }],
  ])('that throws %s: the run has failed, and the dead letter contains the error', async (_what, thrown, error) => {
    await stage.handle(
      'billing',
      () => {
        throw thrown;
      },
      { handler: { maxRetries: 0 } },
    );
    const ids = await stage.publish(1);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ dead: 1 });
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ reason: 'RETRIES_EXHAUSTED', error });
  });

  it('that exits the process: the next process handles the event', async () => {
    const exiting = await stage.worker('billing', [{ name: 'bill', does: 'exit' }]);
    const ids = await stage.publish(1);
    await exiting.ended;
    await stage.worker('billing', [{ name: 'bill' }]);
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 1 });
  });
});

describe('⚑ the unit is (event, group, handler)', () => {
  it('one of three handlers fails: only this handler runs again, and the other group is not affected', async () => {
    const failing = { name: 'second', does: 'fail', options: { maxRetries: 2, retryDelaysMs: [50] } } as const;
    await stage.worker('billing', [{ name: 'first' }, failing, { name: 'third' }]);
    await stage.worker('mail', [{ name: 'first' }]);
    const ids = await stage.publish(20);
    expect(await settled(stage.operator, ids, 4)).toMatchObject({ done: 60, dead: 20 });
    const runs = (await stage.runs()).map(({ handler }) => handler);
    const count = (name: string) => runs.filter((each) => each === name).length;
    expect([count('first'), count('second'), count('third')]).toEqual([40, 60, 20]);
  });

  it('⚑ a retry runs only the handler that failed, also after a crash', async () => {
    const failing = { name: 'second', does: 'fail', options: { maxRetries: 5, retryDelaysMs: [1_000] } } as const;
    const dying = await stage.worker('billing', [{ name: 'first' }, failing, { name: 'third' }]);
    const ids = await stage.publish(10);
    await until('all have failed once, and everything else is done', async () => {
      const { scheduled, done } = await account(stage.operator, ids, 3);
      return scheduled === 10 && done === 20;
    });
    dying.signal('SIGKILL');
    await dying.ended;
    await stage.worker('billing', [{ name: 'first' }, { name: 'second' }, { name: 'third' }]);
    expect(await settled(stage.operator, ids, 3)).toMatchObject({ done: 30 });
    expect([...(await stage.effects()).values()].every((count) => count === 1)).toBe(true);
  });
});

describe('⚑ a settle is accepted only from the owner of the delivery, with its delivery count', () => {
  it('a process that gets an entry a second time during its first run cannot settle with the first delivery', async () => {
    const runs: ((outcome: 'done') => void)[] = [];
    await stage.handle('billing', () => new Promise((resolve) => runs.push(resolve)));
    const ids = await stage.publish(1);
    await until('the first run has started', () => runs.length === 1);
    const [pending] = (await stage.redis.xpending('{hyvve:0}:events', 'billing', '-', '+', 1)) as [string, string][];
    const [streamId = '', consumer = ''] = pending ?? [];
    // The entry is claimed again for the same consumer: the delivery count increases.
    await stage.redis.xclaim('{hyvve:0}:events', 'billing', consumer, 0, streamId);
    runs[0]?.('done');
    await sleep(300);
    expect(Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0])).toBe(1);
    await until('it is delivered again when the lease has expired', () => runs.length === 2);
    runs[1]?.('done');
    expect(await settled(stage.operator, ids, 1)).toMatchObject({ done: 1 });
  });

  it('a refused entry does not affect the outcomes of other entries in the same call', async () => {
    const gate = newGate();
    let running = 0;
    const fail = async () => {
      running += 1;
      await gate.passed;
      throw new Error('as planned');
    };
    await stage.handle('billing', fail, { handler: { maxRetries: 1, retryDelaysMs: [60_000] } });
    const ids = await stage.publish(5);
    await until('all run', () => running === 5);
    const [first = '', , third = ''] = (await stage.redis.xrange('{hyvve:0}:events', '-', '+')).map(([id]) => id);
    await stage.redis.xclaim('{hyvve:0}:events', 'billing', 'another', 0, first, third);
    gate.open();
    await until(
      'the others wait for a retry',
      async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) >= 3,
    );
    expect(await account(stage.operator, ids, 1)).toMatchObject({ scheduled: 3, pending: 2 });
    expect((await stage.operator.log()).map(({ detail }) => detail.eventId)).toEqual([ids[1], ids[3], ids[4]]);
  });

  it('a delivery with a refused outcome settles nothing more: its open handlers get the event again', async () => {
    const gate = newGate();
    const runs: string[] = [];
    let claimed = () => Promise.resolve();
    const bus = stage.bus('billing', { leaseMs: 2_000 });
    const handler = (name: string, run: () => Promise<void>) =>
      subscribeTo(allEvents, '*', { name, maxRetries: 1, retryDelaysMs: [60_000] }, async () => {
        runs.push(name);
        await run();
      });
    const fails = async () => {
      await claimed();
      throw new Error('as planned');
    };
    bus.subscribe(
      handler('fails', fails),
      handler('slow', () => gate.passed),
    );
    claimed = async () => {
      claimed = () => Promise.resolve();
      const [row] = (await stage.redis.xpending('{hyvve:0}:events', 'billing', '-', '+', 1)) as [string, string][];
      const [streamId = '', consumer = ''] = row ?? [];
      await stage.redis.xclaim('{hyvve:0}:events', 'billing', 'another', 0, streamId);
      setTimeout(async () => {
        // Pending again, as after the group is created again: only the process knows about the refusal.
        await stage.redis.xclaim('{hyvve:0}:events', 'billing', consumer, 0, streamId, 'RETRYCOUNT', 1, 'JUSTID');
        gate.open();
      }, 300);
    };
    await bus.start();
    const [id = ''] = await stage.publish(1);
    await until('the failure is recorded', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 1);
    await until('the other is done', async () => (await account(stage.operator, [id], 2)).done === 1);
    expect(runs.sort()).toEqual(['fails', 'fails', 'slow', 'slow']);
  });
});

describe('⚑ an entry is acknowledged only when each handler is completed, scheduled or dead', () => {
  it('while one handler is open, the entry stays pending, with a record of the completed handlers', async () => {
    const gate = newGate();
    const bus = stage.bus('billing');
    const handler = (name: string, priority: number, run: () => unknown, maxRetries = 0) =>
      subscribeTo(allEvents, '*', { name, priority, maxRetries, retryDelaysMs: [60_000] }, async () => {
        await run();
      });
    const fail = () => {
      throw new Error('as planned');
    };
    bus.subscribe(
      handler('done', 1, () => undefined),
      handler('scheduled', 2, fail, 1),
      handler('dead', 3, fail),
      handler('open', 9, () => gate.passed),
    );
    await bus.start();
    const [id = ''] = await stage.publish(1);
    const marks = async () =>
      (await stage.redis.hkeys('{hyvve:0}:group:billing:marks')).map((each) => each.split('/')[1]).sort();
    await until('three have ended', async () => (await marks()).length === 3);
    expect(await marks()).toEqual(['dead', 'done', 'scheduled']);
    expect(Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0])).toBe(1);
    gate.open();
    await until(
      'it is acknowledged',
      async () => Number((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]) === 0,
    );
    expect(await marks()).toEqual([]);
    const [group] = await stage.operator.status({ eventId: id });
    const statuses = Object.fromEntries((group?.handlers ?? []).map(({ handler: name, status }) => [name, status]));
    expect(statuses).toEqual({ done: 'COMPLETED', scheduled: 'FAILED', dead: 'DLQ', open: 'COMPLETED' });
  });
});

describe('⚑ every transition except success at the first attempt is in the log, written in the same step', () => {
  it('failed, retried, completed, dead, edited, discarded', async () => {
    let failures = 0;
    const bus = await stage.handle(
      'billing',
      () => {
        failures += 1;
        if (failures !== 3) throw new Error('as planned');
      },
      { handler: { maxRetries: 1, retryDelaysMs: [20] } },
    );
    const [id = ''] = await stage.publish(1);
    const by = { actor: 'ann' };
    const { deadLetters } = stage.operator;
    const nextLetter = async () => {
      await until('there is a dead letter', async () => (await deadLetters.count()) === 1);
      return (await deadLetters.list()).items[0]?.id ?? '';
    };
    await deadLetters.retry(await nextLetter(), by);
    await until('it is completed', async () => (await stage.operator.log()).some(({ kind }) => kind === 'completed'));
    const [second = ''] = await stage.publish(1);
    await deadLetters.retryEdited(await nextLetter(), { ...anOrder, amount: 1 }, by);
    await deadLetters.discard(await nextLetter(), by);
    await bus.close();
    const lines = await stage.operator.log();
    const entries = lines.map(({ kind, actor, detail }) => [
      kind,
      actor ?? '',
      detail.eventId === id ? 1 : detail.eventId === second ? 2 : 3,
    ]);
    expect(entries).toEqual([
      ...[
        ['failed', '', 1],
        ['dead', '', 1],
        ['retried', 'ann', 1],
        ['completed', '', 1],
      ],
      ...[
        ['failed', '', 2],
        ['dead', '', 2],
        ['edited', 'ann', 2],
        ['failed', '', 3],
        ['dead', '', 3],
        ['discarded', 'ann', 3],
      ],
    ]);
  });
});
