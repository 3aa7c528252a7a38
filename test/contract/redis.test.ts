import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, createEventOperator } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { allEvents } from '../support/events.js';
import { useRedis } from '../support/redis.js';
import { until } from '../support/wait.js';
import { describeContract } from './contract.js';

const server = useRedis();

describeContract('on Redis', async () => {
  const redis = new Redis(server.url);
  await redis.flushall();
  const operator = createEventOperator({ redis: server.url, events: allEvents });
  return {
    createBus: (options) => createEventBus({ ...options, redis: server.url }),
    deadLetters: operator.deadLetters,
    write: async (json) => {
      await redis.xadd('hyvve:events', '*', 'e', json);
    },
    eventually: until,
    quiet: () => sleep(150),
    close: async () => {
      await operator.close();
      redis.disconnect();
    },
  };
});
