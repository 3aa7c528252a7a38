import { consumeAll, type MeasuredRun } from './consume-all.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

export const consumeOrdered: Scenario = {
  name: 'consumeOrdered',
  description:
    "concurrency 100, order: 'key' with 1,000 keys (busy keys: 50), full at the start; the same without order is 1",
  goals: [{ figure: 'vsUnordered', least: 0.3, aim: 0.5 }],
  run: async ({ redis, rounds, size }) => {
    const consume = (tenants: number, order: 'none' | 'key') =>
      consumeAll(redis, size(50_000), { partitions: 1, tenants, handler: { order } });
    const { unordered, ordered, busy } = await inTurn(rounds, {
      unordered: () => consume(1_000, 'none'),
      ordered: () => consume(1_000, 'key'),
      busy: () => consume(50, 'key'),
    });
    const speed = (runs: readonly MeasuredRun[]) => runs.map(({ opsPerSec }) => opsPerSec);
    const cpu = (runs: readonly MeasuredRun[]) => runs.map(({ redisUs }) => redisUs);
    return {
      opsPerSec: rounded(median(speed(ordered))),
      vsUnordered: rounded(ratio(speed(ordered), speed(unordered))),
      busyVsUnordered: rounded(ratio(speed(busy), speed(unordered))),
      redisCpuVsUnordered: rounded(ratio(cpu(ordered), cpu(unordered))),
      busyRedisCpuVsUnordered: rounded(ratio(cpu(busy), cpu(unordered))),
    };
  },
};
