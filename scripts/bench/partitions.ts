import { type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../redis-server.js';
import { empty, event, payload, perSecond, Stopwatch, withBus } from './events.js';
import { type Bench, type Figures, inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

/** Tenants, which are spread over the partitions. */
const tenants = Array.from({ length: 100 }, (_, index) => `tenant-${index}`);

export const publishPartitioned: Scenario = {
  name: 'publishPartitioned',
  description: '200 callers publish for 100 tenants, in 8 and 16 partitions of one Redis; one partition is 1',
  goals: [{ figure: 'vsOne', least: 0.74, aim: 0.8 }],
  run: (bench) => compare(bench, publishIn),
};

export const consumePartitioned: Scenario = {
  name: 'consumePartitioned',
  description:
    'concurrency 100, 100 tenants in 8 and 16 partitions of one Redis, which are full at the start; one partition is 1',
  goals: [{ figure: 'vsOne', least: 0.61, aim: 0.8 }],
  run: (bench) => compare(bench, consumeIn),
};

/** Measures the same in 1, 8 and 16 partitions. */
async function compare(
  { redis, rounds, size }: Bench,
  runIn: (redis: PrivateRedis, count: number, partitions: number) => Promise<Run>,
): Promise<Figures> {
  const { one, eight, sixteen } = await inTurn(rounds, {
    one: () => runIn(redis, size(100_000), 1),
    eight: () => runIn(redis, size(100_000), 8),
    sixteen: () => runIn(redis, size(100_000), 16),
  });
  const speed = (runs: readonly Run[]) => runs.map(({ opsPerSec }) => opsPerSec);
  const cpu = (runs: readonly Run[]) => runs.map(({ redisUs }) => redisUs);
  return {
    opsPerSec: rounded(median(speed(eight))),
    vsOne: rounded(ratio(speed(eight), speed(one))),
    sixteenVsOne: rounded(ratio(speed(sixteen), speed(one))),
    redisCpuVsOne: rounded(ratio(cpu(eight), cpu(one))),
    sixteenRedisCpuVsOne: rounded(ratio(cpu(sixteen), cpu(one))),
  };
}

interface Run {
  readonly opsPerSec: number;
  /** CPU time of Redis for one event, in microseconds. */
  readonly redisUs: number;
}

async function publishIn(redis: PrivateRedis, count: number, partitions: number): Promise<Run> {
  await empty(redis);
  let next = 0;
  return withBus(
    redis,
    async (bus) => {
      await bus.publish(event, payload, { tenantId: 'tenant-0' });
      return measured(redis, count, () =>
        perSecond(count, 200, () => {
          next += 1;
          return bus.publish(event, payload, { tenantId: tenants[next % tenants.length] ?? '' });
        }),
      );
    },
    { partitions },
  );
}

async function consumeIn(redis: PrivateRedis, count: number, partitions: number): Promise<Run> {
  await empty(redis);
  let next = 0;
  await withBus(
    redis,
    async (bus) => {
      await perSecond(count, 200, () => {
        next += 1;
        return bus.publish(event, payload, { tenantId: tenants[next % tenants.length] ?? '' });
      });
    },
    { partitions, logger: silentLogger },
  );
  const watch = new Stopwatch(count);
  const consume = async (bus: EventBus) => {
    bus.subscribe(subscribeTo([event], event.type, { name: 'handler' }, () => watch.tick()));
    return measured(redis, count, async () => {
      await bus.start();
      return watch.ended;
    });
  };
  return withBus(redis, consume, { logger: silentLogger });
}

/** Measures the CPU time that Redis uses meanwhile. @param run Returns events per second. */
async function measured(redis: PrivateRedis, count: number, run: () => Promise<number>): Promise<Run> {
  const client = new Redis(redis.url);
  const cpuMs = async () => {
    const info = await client.info('cpu');
    const [, system = 0, user = 0] = /used_cpu_sys:(\S+)[\s\S]*used_cpu_user:(\S+)/.exec(info) ?? [];
    return (Number(system) + Number(user)) * 1_000;
  };
  const before = await cpuMs();
  const opsPerSec = await run();
  const redisUs = ((await cpuMs()) - before) * (1_000 / count);
  client.disconnect();
  return { opsPerSec, redisUs };
}
