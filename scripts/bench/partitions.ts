import type { PrivateRedis } from '../redis-server.js';
import { consumeAll, type MeasuredRun, measured } from './consume-all.js';
import { empty, event, payload, perSecond, withBus } from './events.js';
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
  run: (bench) =>
    compare(bench, (redis, count, partitions) => consumeAll(redis, count, { partitions, tenants: tenants.length })),
};

/** Measures the same in 1, 8 and 16 partitions. */
async function compare(
  { redis, rounds, size }: Bench,
  runIn: (redis: PrivateRedis, count: number, partitions: number) => Promise<MeasuredRun>,
): Promise<Figures> {
  const { one, eight, sixteen } = await inTurn(rounds, {
    one: () => runIn(redis, size(100_000), 1),
    eight: () => runIn(redis, size(100_000), 8),
    sixteen: () => runIn(redis, size(100_000), 16),
  });
  const speed = (runs: readonly MeasuredRun[]) => runs.map(({ opsPerSec }) => opsPerSec);
  const cpu = (runs: readonly MeasuredRun[]) => runs.map(({ redisUs }) => redisUs);
  return {
    opsPerSec: rounded(median(speed(eight))),
    vsOne: rounded(ratio(speed(eight), speed(one))),
    sixteenVsOne: rounded(ratio(speed(sixteen), speed(one))),
    redisCpuVsOne: rounded(ratio(cpu(eight), cpu(one))),
    sixteenRedisCpuVsOne: rounded(ratio(cpu(sixteen), cpu(one))),
  };
}

async function publishIn(redis: PrivateRedis, count: number, partitions: number): Promise<MeasuredRun> {
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
