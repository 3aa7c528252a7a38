import { describe, expect, it } from 'vitest';
import { settled } from '../support/events/account.js';
import { anOrder } from '../support/events/events.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
const by = { actor: 'ann' };
const giveUp = [{ name: 'bill', does: 'give-up' }] as const;

/** Publishes an event that becomes a dead letter. Returns its id and the id of the dead letter. */
async function aDeadLetter(): Promise<{ eventId: string; letterId: string }> {
  const [eventId = ''] = await stage.publish(1);
  const failing = await stage.worker('billing', giveUp);
  expect(await settled(stage.operator, [eventId], 1)).toMatchObject({ dead: 1 });
  failing.signal('SIGKILL');
  await failing.ended;
  const [letter] = (await stage.operator.deadLetters.list()).items;
  return { eventId, letterId: letter?.id ?? '' };
}

async function logKinds(): Promise<string[]> {
  return (await stage.operator.log({ limit: 1_000 })).map(({ kind }) => kind);
}

describe('a process that is killed while it makes a dead letter', () => {
  it('before Redis has recorded it: the handler runs again, and there is one dead letter', async () => {
    const proxy = await stage.proxy();
    const [id = ''] = await stage.publish(1);
    const swallowed = proxy.freezeFrom('NON_RETRYABLE');
    const dying = await stage.worker('billing', giveUp, { redisUrl: proxy.url });
    await swallowed;
    dying.signal('SIGKILL');
    await dying.ended;
    expect(await stage.operator.deadLetters.count()).toBe(0);
    await stage.worker('billing', giveUp);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ dead: 1 });
    expect(await stage.operator.deadLetters.count()).toBe(1);
    expect(await stage.runs()).toHaveLength(2);
  });

  it('after Redis has recorded it, before the reply: the handler does not run again', async () => {
    const proxy = await stage.proxy();
    const [id = ''] = await stage.publish(1);
    const done = proxy.dropRepliesFrom('NON_RETRYABLE');
    const dying = await stage.worker('billing', giveUp, { redisUrl: proxy.url });
    await done;
    await until('Redis has received it', async () => (await stage.operator.deadLetters.count()) === 1);
    dying.signal('SIGKILL');
    await dying.ended;
    const other = await stage.worker('billing', giveUp);
    expect(await settled(stage.operator, [id], 1)).toMatchObject({ dead: 1 });
    await until('the other one has searched for pending entries', async () => {
      const consumers = await stage.operator.consumers();
      return consumers.some(({ pid }) => pid === other.pid);
    });
    expect(await stage.operator.deadLetters.count()).toBe(1);
    expect(await stage.runs()).toHaveLength(1);
  });
});

describe.each(['retry', 'edit', 'discard'] as const)('an operator that is killed during a %s', (does) => {
  const marks = { retry: 'retried', edit: 'edited', discard: 'ann' };
  const plan = (redisUrl: string, id: string) => ({ redisUrl, does, id, data: { ...anOrder, amount: 1 } });

  it('before Redis has recorded it: the dead letter still exists, and another operator can change it', async () => {
    const { letterId } = await aDeadLetter();
    const proxy = await stage.proxy();
    const swallowed = proxy.freezeFrom(marks[does]);
    const operator = await stage.startOperator(plan(proxy.url, letterId));
    await swallowed;
    operator.kill();
    await operator.ended;
    expect(await stage.operator.deadLetters.get(letterId)).toBeDefined();
    expect(await logKinds()).toEqual(['dead']);
    const again = await stage.startOperator(plan(stage.server.url, letterId));
    expect(await again.ended).toBe(0);
    expect(await stage.operator.deadLetters.count()).toBe(0);
  });

  it('after Redis has recorded it: the change is made once, and the log contains the actor', async () => {
    const { eventId, letterId } = await aDeadLetter();
    const proxy = await stage.proxy();
    const done = proxy.dropRepliesFrom(marks[does]);
    const operator = await stage.startOperator(plan(proxy.url, letterId));
    await done;
    await until('Redis has received it', async () => (await stage.operator.deadLetters.count()) === 0);
    operator.kill();
    await operator.ended;
    const kind = { retry: 'retried', edit: 'edited', discard: 'discarded' }[does];
    const line = (await stage.operator.log({ limit: 1_000 })).find((each) => each.kind === kind);
    expect(line).toMatchObject({ actor: 'ann', deadLetterId: letterId, detail: { eventId } });
    await expect(stage.operator.deadLetters.retry(letterId, by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await stage.worker('billing', [{ name: 'bill' }]);
    if (does === 'discard') {
      const [group] = await stage.operator.status({ eventId });
      expect(group?.handlers).toEqual([{ handler: 'bill', status: 'DISCARDED' }]);
      return;
    }
    // The job may have been lost with the operator: the sweep finds the retry.
    await until('it has run', async () => (await stage.runs()).length === 2);
    await until('it is completed', async () => (await logKinds()).includes('completed'));
    const ranFor = (await stage.runs())[1]?.eventId;
    if (does === 'retry') expect(ranFor).toBe(eventId);
    else expect(ranFor).toBe(line?.detail.newEventId);
  });
});

describe('⚑ two operators on one dead letter: one succeeds, the other gets an error', () => {
  it.each(['retry', 'discard'] as const)('two that %s', async (does) => {
    const { letterId } = await aDeadLetter();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, () => stage.operator.deadLetters[does](letterId, by)),
    );
    const failed = tries.filter((each) => each.status === 'rejected');
    expect(failed).toHaveLength(7);
    for (const { reason } of failed)
      expect(reason).toMatchObject({ code: expect.stringMatching(/CONFLICT|NOT_FOUND/) });
    expect(await logKinds()).toEqual(['dead', does === 'retry' ? 'retried' : 'discarded']);
  });

  it('one retries and one edits: one scheduled retry and one run', async () => {
    const { letterId } = await aDeadLetter();
    const { deadLetters } = stage.operator;
    const tries = await Promise.allSettled([
      deadLetters.retry(letterId, by),
      deadLetters.retryEdited(letterId, { ...anOrder, amount: 3 }, by),
    ]);
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await stage.worker('billing', [{ name: 'bill' }]);
    await until('it is completed', async () => (await logKinds()).includes('completed'));
    expect(await stage.runs()).toHaveLength(2);
  });

  it('a retry for a handler that the group no longer has is refused', async () => {
    const { letterId } = await aDeadLetter();
    await stage.redis.hdel('{hyvve:0}:group:billing:handlers', 'bill');
    await expect(stage.operator.deadLetters.retry(letterId, by)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await stage.operator.deadLetters.get(letterId)).toBeDefined();
  });
});
