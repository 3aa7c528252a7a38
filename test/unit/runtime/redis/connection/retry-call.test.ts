import { EventBusError } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import { callOnce, type RetryOptions, retryCall } from '../../../../../runtime/redis/connection/retry-call.js';

const forever: RetryOptions = {
  callTimeoutMs: Number.POSITIVE_INFINITY,
  isOpen: () => true,
  isReady: () => true,
  fatal: () => undefined,
  whenReady: async () => true,
};
const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

/** A call that fails with these errors one after the other, then returns `done`. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  const state = { calls: 0 };
  const call = async () => {
    state.calls += 1;
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
  return { call, state };
}

describe('a call that may be made twice', () => {
  it('is made again through lost connections and temporary refusals', async () => {
    const { call, state } = failing(
      new Error('Connection is closed.'),
      reply('NOREPLICAS Not enough good replicas to write.'),
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    );
    expect(await retryCall(forever, call)).toBe('done');
    expect(state.calls).toBe(4);
  });

  it.each([
    ["NOPERM this user has no permissions to run the 'xadd' command", 'REDIS_DENIED'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'REDIS_UNSUITABLE'],
    ['MOVED 1 127.0.0.1:7000', 'REDIS_CLUSTER'],
    ['ERR syntax error', 'INTERNAL'],
  ])('ends at %s', async (message, code) => {
    const { call, state } = failing(reply(message));
    const cause = { message };
    await expect(retryCall(forever, call)).rejects.toMatchObject({ code, cause });
    expect(state.calls).toBe(1);
  });

  it('ends at callTimeoutMs, also while an attempt has no reply', async () => {
    const patient = { ...forever, callTimeoutMs: 100 };
    const startedAt = performance.now();
    await expect(retryCall(patient, () => new Promise(() => undefined))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(
      retryCall(patient, async () => {
        throw reply('LOADING Redis is loading the dataset in memory');
      }),
    ).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('LOADING') });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('ends when the connection is closed, and when Redis is refused permanently', async () => {
    const lost = async () => {
      throw new Error('Connection is closed.');
    };
    await expect(retryCall({ ...forever, isOpen: () => false }, lost)).rejects.toMatchObject({ code: 'CLOSED' });
    const fatal = new EventBusError('REDIS_DENIED', 'no');
    await expect(retryCall({ ...forever, fatal: () => fatal }, lost)).rejects.toBe(fatal);
  });
});

describe('a call that must not be made twice', () => {
  it.each([
    ["Stream isn't writeable and enableOfflineQueue options is false", 'UNAVAILABLE'],
    ["READONLY You can't write against a read only replica.", 'UNAVAILABLE'],
    ['Connection is closed.', 'OUTCOME_UNKNOWN'],
    ['NOAUTH Authentication required.', 'REDIS_DENIED'],
    ['ERR syntax error', 'INTERNAL'],
  ])('is made only once: %s is %s', async (message, code) => {
    const { call, state } = failing(named(message));
    await expect(callOnce(forever, call)).rejects.toMatchObject({ code });
    expect(state.calls).toBe(1);
  });

  it('without a reply in time: OUTCOME_UNKNOWN', async () => {
    const patient = { ...forever, callTimeoutMs: 50 };
    await expect(callOnce(patient, () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
    });
  });
});

function named(message: string): Error {
  return /^[A-Z]+ /.test(message) ? reply(message) : new Error(message);
}
