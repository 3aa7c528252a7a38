import { eventDraft } from '@hyvve-events/runtime';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { empty, envelope, envelopeJson, event, payload, perSecond, tenant, withBus } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

const batchSize = 100;
const callers = 10;

export const publishBatch: Scenario = {
  name: 'publishBatch',
  description: '10 callers publish batches of 100 (raw: a pipeline of XADDs, BullMQ: addBulk)',
  goals: [],
  async run({ redis, rounds, size }) {
    const found = await inTurn(rounds, {
      ours: async () => {
        await empty(redis);
        return withBus(redis, async (bus) => {
          await bus.publish(event, payload, tenant);
          const batch = () =>
            bus.publishBatch(
              Array.from({ length: batchSize }, () => eventDraft(event, payload)),
              tenant,
            );
          return batchSize * (await perSecond(size(1_000), callers, batch));
        });
      },
      raw: async () => {
        await empty(redis);
        const client = new Redis(redis.url);
        await client.ping();
        const batch = () => {
          const pipeline = client.pipeline();
          for (let i = 0; i < batchSize; i += 1) pipeline.xadd('raw', '*', 'e', envelopeJson);
          return pipeline.exec();
        };
        const result = batchSize * (await perSecond(size(1_000), callers, batch));
        client.disconnect();
        return result;
      },
      bullmq: async () => {
        await empty(redis);
        const queue = new Queue('bullmq', { connection: { url: redis.url } });
        await queue.waitUntilReady();
        const jobs = Array.from({ length: batchSize }, () => ({ name: 'event', data: envelope }));
        const result = batchSize * (await perSecond(size(300), callers, () => queue.addBulk(jobs)));
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
