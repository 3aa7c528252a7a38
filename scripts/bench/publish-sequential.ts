import { Redis } from 'ioredis';
import { empty, envelopeJson, event, payload, tenant, withBus } from './events.js';
import { type Bench, inTurn, median, percentile, ratio, rounded, type Scenario } from './scenario.js';

const calls = 10_000;
/** Number of warm-up calls: in the first second the engine still compiles, which on few cores competes with the calls. */
const warmUp = 10_000;

export const publishSequential: Scenario = {
  name: 'publishSequential',
  description: 'one caller publishes sequentially',
  goals: [{ figure: 'p95VsRaw', least: 1.3, aim: 1.1 }],
  async run({ redis, rounds, size }) {
    const found = await inTurn(rounds, {
      ours: async () => {
        await empty(redis);
        return withBus(redis, (bus) => latencies(size, () => bus.publish(event, payload, tenant)));
      },
      raw: async () => {
        await empty(redis);
        const client = new Redis(redis.url);
        await client.ping();
        const result = await latencies(size, () => client.xadd('raw', '*', 'e', envelopeJson));
        client.disconnect();
        return result;
      },
    });
    const of = (runs: readonly (readonly number[])[], share: number) => runs.map((run) => percentile(run, share));
    const mean = (run: readonly number[]) => run.reduce((sum, ms) => sum + ms, 0) / run.length;
    const perSecond = (runs: readonly (readonly number[])[]) => runs.map((run) => 1_000 / mean(run));
    return {
      opsPerSec: rounded(median(perSecond(found.ours))),
      rawOpsPerSec: rounded(median(perSecond(found.raw))),
      p50Ms: rounded(median(of(found.ours, 0.5))),
      p95Ms: rounded(median(of(found.ours, 0.95))),
      p99Ms: rounded(median(of(found.ours, 0.99))),
      rawP95Ms: rounded(median(of(found.raw, 0.95))),
      vsRaw: rounded(ratio(perSecond(found.ours), perSecond(found.raw))),
      p95VsRaw: rounded(ratio(of(found.ours, 0.95), of(found.raw, 0.95))),
    };
  },
};

/** Duration of each call, in milliseconds. */
async function latencies(size: Bench['size'], call: () => Promise<unknown>): Promise<readonly number[]> {
  for (let i = 0; i < size(warmUp); i += 1) await call();
  const found: number[] = [];
  for (let i = 0; i < size(calls); i += 1) {
    const startedAt = performance.now();
    await call();
    found.push(performance.now() - startedAt);
  }
  return found;
}
