import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBus } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import { recordingLogger } from '../support/events/log.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const by = { actor: 'ann' };
/** All retentions are one second; the maintenance runs five times per second. */
const second = { everyMs: 200, eventsMs: 1_000, deadLettersMs: 60_000, logMs: 60_000, maxHoldMs: 60_000 };
const length = () => stage.redis.xlen('{hyvve:0}:events');
const kinds = async () => (await stage.operator.log({ limit: 1_000 })).map(({ kind }) => kind);

async function stalled(service: string): Promise<{ bus: EventBus; held: number }> {
  const state = { held: 0 };
  const bus = await stage.handle(
    service,
    () => {
      state.held += 1;
      return new Promise(() => undefined);
    },
    { concurrency: 3, maintenance: second, leaseMs: 30_000, drainMs: 1 },
  );
  return {
    bus,
    get held() {
      return state.held;
    },
  };
}

describe('⚑ retention trims to the older of the cutoff and the oldest unfinished entry', () => {
  it('events that every group has finished are trimmed after their retention', async () => {
    await stage.handle('billing', () => undefined, { maintenance: second });
    await stage.publish(20);
    await until('it is trimmed', async () => (await length()) === 0);
  });

  it('an unfinished event of a group and all later ones stay, and this is logged', async () => {
    const { lines, logger } = recordingLogger();
    await stage.handle('billing', () => undefined, { maintenance: second, logger });
    await stage.publish(5);
    await until('the first are trimmed', async () => (await length()) === 0);
    const slow = await stalled('mail');
    await stage.publish(10);
    await until('mail has its maximum in flight', () => slow.held === 3);
    await sleep(1_800);
    expect(await length()).toBe(10);
    const held = lines.find(({ message }) => message.startsWith('a group holds back trimming'));
    expect(held).toMatchObject({ level: 'warn', fields: { group: 'mail' } });
  });

  it('after maxHoldMs events are trimmed nevertheless, each unfinished one with a log line', async () => {
    const { lines, logger } = recordingLogger();
    await stage.handle('billing', () => undefined, { maintenance: { ...second, maxHoldMs: 500 }, logger });
    const slow = await stalled('mail');
    const ids = await stage.publish(10);
    await until('mail has its maximum in flight', () => slow.held === 3);
    await until('it is trimmed', async () => (await length()) === 0);
    const said = () => lines.find(({ message }) => message.startsWith('a group held back trimming for too long'));
    await until('it is logged', () => said() !== undefined);
    expect(said()).toMatchObject({ level: 'error', fields: { group: 'mail' } });
    const expired = (await stage.operator.log({ limit: 1_000 })).filter(({ kind }) => kind === 'expired');
    // The first log line of the group, and the three events that were delivered and never finished.
    expect(expired.map(({ group }) => group)).toEqual(['mail', 'mail', 'mail', 'mail']);
    expect(expired.slice(1).map(({ detail }) => detail.eventId)).toEqual(ids.slice(0, 3));
    expect(Number((await stage.redis.xpending('{hyvve:0}:events', 'mail'))[0])).toBe(0);
    // Logged once, not at every maintenance.
    await sleep(600);
    expect((await kinds()).filter((kind) => kind === 'expired')).toHaveLength(4);
  });

  it('a retired group does not hold back trimming until a process joins it again', async () => {
    await stage.handle('billing', () => undefined, { maintenance: second });
    const slow = await stalled('mail');
    await stage.publish(10);
    await until('mail has its maximum in flight', () => slow.held === 3);
    await slow.bus.close();
    await sleep(1_500);
    expect(await length()).toBe(10);
    await stage.operator.retireGroup('mail', by);
    await until('it is trimmed', async () => (await length()) === 0);
    await expect(stage.operator.retireGroup('mail', by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    let handled = 0;
    await stage.handle('mail', () => {
      handled += 1;
    });
    expect(await kinds()).toEqual(expect.arrayContaining(['group-retired', 'group-returned']));
    await stage.publish(4);
    await until('it handles new events', () => handled === 4);
  });
});

describe('dead letters past their retention', () => {
  it('are deleted with a log line, also from the index', async () => {
    const fail = () => {
      throw new Error('as planned');
    };
    const maintenance = { ...second, eventsMs: 60_000, deadLettersMs: 1_000 };
    await stage.handle('billing', fail, { maintenance, handler: { maxRetries: 0 } });
    const ids = await stage.publish(5);
    await until('they are dead', async () => (await stage.operator.deadLetters.count()) === 5);
    await until('they are removed', async () => (await stage.operator.deadLetters.count()) === 0);
    const expired = (await stage.operator.log({ limit: 1_000 })).filter(({ kind }) => kind === 'expired');
    expect(expired.map(({ detail }) => detail.eventId).sort()).toEqual([...ids].sort());
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:dead')).toBe(0);
    const [group] = await stage.operator.status({ eventId: ids[0] ?? '' });
    expect(group?.handlers).toEqual([{ handler: 'bill', status: 'EXPIRED' }]);
  });

  it('a warning is logged while there are many', async () => {
    const { lines, logger } = recordingLogger();
    const fail = () => {
      throw new Error('as planned');
    };
    const maintenance = { ...second, eventsMs: 60_000, dlqWarning: 3 };
    await stage.handle('billing', fail, { maintenance, logger, handler: { maxRetries: 0 } });
    await stage.publish(3);
    await until('it warns', () =>
      lines.some(({ message }) => message === 'the number of dead letters is above the warning limit'),
    );
  });
});

describe('the maintenance', () => {
  it('runs in one process at a time, and in another one after that process has ended', async () => {
    const plan = { options: { leaseMs: 500, sweepMs: 300, maintenance: second } };
    const first = await stage.worker('billing', [{ name: 'bill' }], plan);
    await stage.worker('billing', [{ name: 'bill' }], plan);
    await stage.publish(5);
    await until('it is trimmed', async () => (await length()) === 0);
    first.signal('SIGKILL');
    await first.ended;
    await stage.publish(5);
    // BullMQ detects within 30 s that the process of a job has ended.
    await until('it is trimmed again', async () => (await length()) === 0, 45_000);
  });

  it('log entries and idempotency keys expire after their retention', async () => {
    const maintenance = { ...second, logMs: 800 };
    let failures = 0;
    await stage.handle(
      'billing',
      () => {
        failures += 1;
        if (failures === 1) throw new Error('as planned');
      },
      { maintenance, handler: { retryDelaysMs: [10] } },
    );
    await stage.publish(1);
    await until('there are lines', async () => (await kinds()).length === 2);
    await until('they are removed', async () => (await kinds()).length === 0);
  });
});
