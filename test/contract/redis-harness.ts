import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, createEventOperator, type RedisTarget, silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { allEvents, keyedEvents } from '../support/events/events.js';
import { settledV3 } from '../support/events/versioned.js';
import { until } from '../support/wait.js';
import type { Harness } from './harness.js';

/**
 * The harness of the contract tests on an emptied Redis.
 * @param url Of the server that has the keys. @param target Option of the bus and the operator. Default: this URL.
 * @param partitions Option of the bus.
 */
export async function redisHarness(url: string, target: RedisTarget = url, partitions = 1): Promise<Harness> {
  const redis = new Redis(url);
  await redis.flushall();
  const operator = createEventOperator({ redis: target, events: [...allEvents, ...keyedEvents, settledV3()] });
  return {
    createBus: (options) =>
      createEventBus({ logger: silentLogger, sweepMs: 100, ...options, redis: target, partitions }),
    deadLetters: operator.deadLetters,
    parked: operator.parked,
    replay: async (request) => (await operator.replays.start(request, { actor: 'ann' })).jobId,
    write: async (json) => {
      await redis.xadd('{hyvve:0}:events', '*', 'e', json);
    },
    eventually: until,
    quiet: () => sleep(150),
    close: async () => {
      await operator.close();
      redis.disconnect();
    },
  };
}
