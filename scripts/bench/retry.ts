import { type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Queue, Worker } from 'bullmq';
import { allAcknowledged, empty, envelope, event, fillQueue, fillStream, Stopwatch, withBus } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

const usualEvents = 10_000;

export const retry: Scenario = {
  name: 'retry',
  description: 'every event fails once and is retried without delay; events per second',
  goals: [],
  async run({ redis, rounds, size }) {
    const events = size(usualEvents);
    const failOnce = (attempt: number, watch: Stopwatch) => {
      watch.tick();
      if (attempt === 1) throw new Error('the first run fails');
    };
    const found = await inTurn(rounds, {
      ours: async () => {
        await empty(redis);
        await fillStream(redis, events);
        const watch = new Stopwatch(2 * events);
        const measure = async (bus: EventBus) => {
          bus.subscribe(
            subscribeTo([event], event.type, { name: 'fails', retryDelaysMs: [0] }, (_event, ctx) =>
              failOnce(ctx.attempt, watch),
            ),
          );
          await bus.start();
          const runsPerSecond = await watch.ended;
          await allAcknowledged(redis);
          return runsPerSecond / 2;
        };
        // BullMQ does not print failed runs; the default logger would print a line with the stack of the error.
        return withBus(redis, measure, { logger: silentLogger });
      },
      bullmq: async () => {
        await empty(redis);
        const connection = { url: redis.url };
        const queue = new Queue('bullmq', { connection });
        await fillQueue(queue, events, { name: 'event', data: envelope, opts: { attempts: 2 } });
        const watch = new Stopwatch(2 * events);
        const worker = new Worker('bullmq', async (job) => failOnce(job.attemptsMade + 1, watch), {
          connection,
          concurrency: 100,
          removeOnComplete: { count: 0 },
        });
        const runsPerSecond = await watch.ended;
        await worker.close();
        await queue.close();
        return runsPerSecond / 2;
      },
    });
    return {
      opsPerSec: rounded(median(found.ours)),
      bullmqOpsPerSec: rounded(median(found.bullmq)),
      vsBullmq: rounded(ratio(found.ours, found.bullmq)),
    };
  },
};
