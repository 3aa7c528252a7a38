import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { RedisConnection } from '../../../../../runtime/redis/connection/redis-connection.js';
import { ReplicatedCalls } from '../../../../../runtime/redis/connection/replicated-calls.js';
import { confirmScript } from '../../../../../runtime/redis/publish/confirm.lua.js';

it('⚑ the connection breaks between a script and its wait for replicas: the call rejects, and no rejection is unhandled', async () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  // The one of vitest would end the test run.
  const others = process.rawListeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', note);
  const redis = {
    // It was sent, and learns of the end of the connection a moment later.
    call: async () => {
      await sleep(20);
      throw new Error('Connection is closed.');
    },
    wait: async () => {
      throw new Error("Stream isn't writeable and enableOfflineQueue options is false");
    },
  };
  const connection = { isReady: true, fatal: undefined, tryOnce: (send: (to: typeof redis) => unknown) => send(redis) };
  const calls = new ReplicatedCalls(connection as unknown as RedisConnection, { replicas: 1, timeoutMs: 1_000 });
  try {
    const call = calls.run(confirmScript, { keys: [], args: [] }, 1_000);
    await expect(call).rejects.toThrow('Connection is closed.');
    await sleep(20);
  } finally {
    process.off('unhandledRejection', note);
    for (const listener of others) process.on('unhandledRejection', listener as () => void);
  }
  expect(unhandled).toEqual([]);
});
