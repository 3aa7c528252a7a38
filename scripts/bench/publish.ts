import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { empty, envelope, envelopeJson, event, payload, perSecond, tenant, withBus } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

const callers = 200;

export const publish: Scenario = {
  name: 'publish',
  description: '200 callers publish events of 350 bytes, each validated against its schema',
  goals: [
    { figure: 'vsRaw', least: 1.2, aim: 1.5 },
    { figure: 'vsBullmq', least: 3, aim: 4 },
  ],
  async run({ redis, rounds, size }) {
    const found = await inTurn(rounds, {
      ours: async () => {
        await empty(redis);
        return withBus(redis, async (bus) => {
          await bus.publish(event, payload, tenant);
          return perSecond(size(100_000), callers, () => bus.publish(event, payload, tenant));
        });
      },
      raw: async () => {
        await empty(redis);
        const client = new Redis(redis.url);
        await client.ping();
        const result = await perSecond(size(100_000), callers, () => client.xadd('raw', '*', 'e', envelopeJson));
        client.disconnect();
        return result;
      },
      bullmq: async () => {
        await empty(redis);
        const queue = new Queue('bullmq', { connection: { url: redis.url } });
        await queue.waitUntilReady();
        const result = await perSecond(size(30_000), callers, () => queue.add('event', envelope));
        await queue.close();
        return result;
      },
    });
    return {
      opsPerSec: rounded(median(found.ours)),
      rawOpsPerSec: rounded(median(found.raw)),
      bullmqOpsPerSec: rounded(median(found.bullmq)),
      vsRaw: rounded(ratio(found.ours, found.raw)),
      vsBullmq: rounded(ratio(found.ours, found.bullmq)),
    };
  },
};
