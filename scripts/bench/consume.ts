import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../redis-server.js';
import { allAcknowledged, empty, envelope, event, fillQueue, fillStream, Stopwatch, withBus } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

const events = 100_000;
const jobs = 20_000;
const concurrency = 100;

export const consume: Scenario = {
  name: 'consume',
  description: 'concurrency 100, one handler that does nothing; the stream is full when it starts',
  goals: [
    { figure: 'vsBullmq', least: 4, aim: 5 },
    { figure: 'vsRaw', least: 0.5, aim: 0.7 },
  ],
  async run({ redis, rounds, size }) {
    const found = await inTurn(rounds, {
      ours: () => consumeWith(redis, size(events), 1),
      raw: () => consumeRaw(redis, size(events)),
      bullmq: () => consumeBullmq(redis, size(jobs)),
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

export const consumeThree: Scenario = {
  name: 'consumeThree',
  description: 'the same with three handlers per event; events per second',
  goals: [{ figure: 'vsConsume', least: 0.6 }],
  async run({ redis, rounds, size }) {
    const found = await inTurn(rounds, {
      three: () => consumeWith(redis, size(events), 3),
      one: () => consumeWith(redis, size(events), 1),
    });
    return {
      opsPerSec: rounded(median(found.three)),
      consumeOpsPerSec: rounded(median(found.one)),
      vsConsume: rounded(ratio(found.three, found.one)),
    };
  },
};

/** Events per second of the bus with this number of handlers. */
async function consumeWith(redis: PrivateRedis, count: number, handlers: number): Promise<number> {
  await empty(redis);
  await fillStream(redis, count);
  const watch = new Stopwatch(count * handlers);
  const runsPerSecond = await withBus(redis, async (bus) => {
    for (let i = 0; i < handlers; i += 1) {
      bus.subscribe(subscribeTo([event], event.type, { name: `handler-${i}` }, () => watch.tick()));
    }
    await bus.start();
    const result = await watch.ended;
    await allAcknowledged(redis);
    return result;
  });
  return runsPerSecond / handlers;
}

/** Baseline: a minimal loop that keeps all slots busy. Reads, parses, and sends one XACK per tick. */
async function consumeRaw(redis: PrivateRedis, count: number): Promise<number> {
  await empty(redis);
  await fillStream(redis, count);
  const watch = new Stopwatch(count);
  const reader = new Redis(redis.url);
  const client = new Redis(redis.url);
  await client.xgroup('CREATE', '{hyvve:0}:events', 'bench', '0');
  const acks: Promise<unknown>[] = [];
  for (let left = count; left > 0; ) {
    const reply = (await reader.xreadgroup(
      ...(['GROUP', 'bench', 'one', 'COUNT', concurrency, 'BLOCK', 5_000, 'STREAMS', '{hyvve:0}:events', '>'] as const),
    )) as [string, [id: string, fields: string[]][]][];
    const entries = reply[0]?.[1] ?? [];
    const ids = entries.map(([id, fields]) => {
      JSON.parse(fields[1] ?? '');
      watch.tick();
      return id;
    });
    acks.push(client.xack('{hyvve:0}:events', 'bench', ...ids));
    left -= entries.length;
  }
  const result = await watch.ended;
  await Promise.all(acks);
  reader.disconnect();
  client.disconnect();
  return result;
}

async function consumeBullmq(redis: PrivateRedis, count: number): Promise<number> {
  await empty(redis);
  const connection = { url: redis.url };
  const queue = new Queue('bullmq', { connection });
  await fillQueue(queue, count, { name: 'event', data: envelope });
  const watch = new Stopwatch(count);
  const worker = new Worker('bullmq', async () => watch.tick(), {
    connection,
    concurrency,
    removeOnComplete: { count: 0 },
  });
  const result = await watch.ended;
  await worker.close();
  await queue.close();
  return result;
}
