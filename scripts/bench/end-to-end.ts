import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../redis-server.js';
import { empty, event, numberedPayload, payload, tenant, withBus } from './events.js';
import { inTurn, median, percentile, rounded, type Scenario } from './scenario.js';

const perSecond = 1_000;
const seconds = 20;
const tickMs = 2;
const lagEveryMs = 50;

interface Run {
  readonly latenciesMs: readonly number[];
  readonly maxLag: number;
}

export const endToEnd: Scenario = {
  name: 'endToEnd',
  description: '1,000 events per second for 20 s, from the call of publish to the call of the handler in another bus',
  goals: [
    { figure: 'p99Ms', least: 10, aim: 3 },
    { figure: 'maxLag', least: 100 },
  ],
  async run({ redis, rounds, size }) {
    const { ours } = await inTurn(rounds, { ours: () => pace(redis, size(perSecond * seconds)) });
    const of = (share: number) => rounded(median(ours.map(({ latenciesMs }) => percentile(latenciesMs, share))));
    return {
      p50Ms: of(0.5),
      p95Ms: of(0.95),
      p99Ms: of(0.99),
      maxLag: Math.max(...ours.map(({ maxLag }) => maxLag)),
    };
  },
};

async function pace(redis: PrivateRedis, count: number): Promise<Run> {
  await empty(redis);
  const shop = createEventBus({ service: 'shop', redis: redis.url });
  const watcher = new Redis(redis.url);
  const startedAt = new Map<string, number>();
  const latenciesMs: number[] = [];
  let maxLag = 0;
  try {
    return await withBus(redis, async (bus) => {
      bus.subscribe(
        subscribeTo([event], event.type, { name: 'handler' }, ({ data }: { data: typeof payload }) => {
          latenciesMs.push(performance.now() - (startedAt.get(data.approvalId) ?? Number.NaN));
        }),
      );
      await bus.start();
      await shop.publish(event, payload, tenant);
      await sleep(200);
      latenciesMs.length = 0;
      const watching = setInterval(() => {
        void lag(watcher).then((now) => {
          maxLag = Math.max(maxLag, now);
        });
      }, lagEveryMs);
      const publishing: Promise<unknown>[] = [];
      const begin = performance.now();
      for (let sent = 0; sent < count; ) {
        const due = Math.min(count, Math.floor(((performance.now() - begin) * perSecond) / 1_000));
        for (; sent < due; sent += 1) {
          const numbered = numberedPayload(sent);
          startedAt.set(numbered.approvalId, performance.now());
          publishing.push(shop.publish(event, numbered, tenant));
        }
        await sleep(tickMs);
      }
      await Promise.all(publishing);
      while (latenciesMs.length < count) await sleep(10);
      clearInterval(watching);
      return { latenciesMs, maxLag };
    });
  } finally {
    watcher.disconnect();
    await shop.close();
  }
}

/** Events that no process of the group has read. */
async function lag(redis: Redis): Promise<number> {
  const [group = []] = (await redis.xinfo('GROUPS', '{hyvve:0}:events')) as unknown[][];
  return Number(group[group.indexOf('lag') + 1] ?? 0);
}
