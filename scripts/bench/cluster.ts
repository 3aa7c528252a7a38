import { silentLogger } from '@hyvve-events/runtime';
import { type RedisNodes, startMasters } from '../redis-cluster.js';
import { cpuOf, type MeasuredRun } from './consume-all.js';
import { event, payload, perSecond, withBus } from './events.js';
import { inTurn, median, ratio, rounded, type Scenario } from './scenario.js';

/** Tenants, which are spread over the partitions. */
const tenants = 1_000;

export const publishCluster: Scenario = {
  name: 'publishCluster',
  description:
    '2,000 callers publish to 4 and 16 partitions of a cluster with 4 masters; one partition of one master is 1',
  goals: [{ figure: 'redisCpuVsOne', least: 1.4 }],
  run: async ({ rounds, size }) => {
    const [one, four] = [await startMasters(1), await startMasters(4)];
    try {
      const publish = (masters: RedisNodes, partitions: number) => publishTo(masters, partitions, size(100_000));
      const runs = await inTurn(rounds, {
        one: () => publish(one, 1),
        four: () => publish(four, 4),
        sixteen: () => publish(four, 16),
      });
      const speed = (of: readonly MeasuredRun[]) => of.map(({ opsPerSec }) => opsPerSec);
      const cpu = (of: readonly MeasuredRun[]) => of.map(({ redisUs }) => redisUs);
      return {
        opsPerSec: rounded(median(speed(runs.four))),
        vsOne: rounded(ratio(speed(runs.four), speed(runs.one))),
        redisCpuVsOne: rounded(ratio(cpu(runs.four), cpu(runs.one))),
        sixteenRedisCpuVsOne: rounded(ratio(cpu(runs.sixteen), cpu(runs.one))),
      };
    } finally {
      await Promise.all([one.stop(), four.stop()]);
    }
  },
};

async function publishTo({ nodes, urls }: RedisNodes, partitions: number, count: number): Promise<MeasuredRun> {
  await Promise.all(nodes.map(({ redis }) => redis.flushall()));
  let next = 0;
  const publish = () => {
    next += 1;
    return { tenantId: `tenant-${next % tenants}` };
  };
  const [first = { server: { url: '' } }] = nodes;
  return withBus(
    first.server,
    async (bus) => {
      // Connects to every master.
      await Promise.all(Array.from({ length: 100 }, () => bus.publish(event, payload, publish())));
      const before = await cpuOf(nodes);
      const opsPerSec = await perSecond(count, 2_000, () => bus.publish(event, payload, publish()));
      return { opsPerSec, redisUs: ((await cpuOf(nodes)) - before) * (1_000 / count) };
    },
    { logger: silentLogger, partitions, redis: { nodes: urls } },
  );
}
