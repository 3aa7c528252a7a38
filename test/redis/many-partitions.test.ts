import { expect, it } from 'vitest';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useStage } from '../support/processes/chaos.js';
import { otherConnections } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const stage = useStage();
const partitions = 1_024;
const options = { partitions, concurrency: 50, leaseMs: 30_000, sweepMs: 30_000, startTimeoutMs: 30_000 };
/** Tenants of four partitions. */
const tenants: string[] = [];
for (let n = 0; tenants.length < 4; n += 1) {
  const isNew = tenants.every((tenant) => partitionOf(tenant, partitions) !== partitionOf(`tenant-${n}`, partitions));
  if (isNew) tenants.push(`tenant-${n}`);
}

/** Number of reads of streams by groups since the server has started. */
async function reads(): Promise<number> {
  const stats = await stage.redis.info('commandstats');
  return Number(/cmdstat_xreadgroup:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** Maximum number of polls since a start, by `performance.now()`: a third more by jitter, and at the start one call and one poll for each partition. */
function mostPolls(startedAt: number): number {
  return 2 * partitions + (4 / 3) * (performance.now() - startedAt);
}

async function publish(count: number): Promise<void> {
  const shop = stage.bus('shop', { partitions });
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      shop.publish(OrderPlaced, anOrder, { tenantId: tenants[index % tenants.length] ?? '' }),
    ),
  );
}

it('⚑ a backlog in a few of many partitions does not wait for the polls of the others', async () => {
  let handled = 0;
  // Before the first connection: they wait for it together, not each of them for each partition.
  await publish(5_000);
  const startedAt = performance.now();
  const before = await reads();
  await stage.handle('billing', () => (handled += 1), options);
  // When polls held up the reads, this would have taken some minutes.
  await until('the backlog is handled', () => handled === 5_000);
  // In addition to the polls, reads of more than four entries.
  expect((await reads()) - before).toBeLessThan(mostPolls(startedAt) + 5_000 / 4);
});

it('⚑ an idle process makes about 1,000 polls per second, and has no connection for each partition', async () => {
  const handled: string[] = [];
  const connections = await otherConnections(stage.redis);
  const startedAt = performance.now();
  const before = await reads();
  await stage.handle('billing', ({ id }) => handled.push(id), options);
  await until('each partition was polled', async () => (await reads()) - before > 3 * partitions);
  expect((await reads()) - before).toBeLessThan(mostPolls(startedAt));
  expect((await otherConnections(stage.redis)) - connections).toBeLessThan(10);
  // Partitions in which there are events get a connection, and give it back some time later.
  for (let round = 1; round <= 3; round += 1) {
    await publish(tenants.length);
    await until('they are handled', () => handled.length === round * tenants.length);
  }
  await until('each of them has a connection', async () => {
    const clients = String(await stage.redis.client('LIST')).split('\n');
    return clients.filter((client) => client.includes(':reader')).length === tenants.length;
  });
});
