import type { AdminApp } from '@hyvve-events/admin';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { partitionOf } from '../../../runtime/redis/partitions/partition-of.js';
import { callerOf, indexAvailable, useAdmin } from '../../support/admin/admin.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { type Flaky, startFlaky } from '../../support/events/flaky.js';
import { useCluster } from '../../support/redis/cluster.js';
import { until } from '../../support/wait.js';

const count = 4;
const nodes = useCluster({ masters: 3 });
const postgres = usePostgres();
const build = useAdmin();
let app: AdminApp;
let flaky: Flaky;
const call = callerOf(() => app);

beforeAll(async () => {
  const redis = { nodes: [...nodes.cluster.urls] };
  flaky = await startFlaky(redis, count);
  flaky.broken = false;
  app = await build({ redis, redisTimeoutMs: 500, database: { url: postgres.server.url } });
  await indexAvailable(call);
});
afterAll(() => flaky.close());

/** A tenant whose events are in a partition. */
function tenantOf(partition: number): string {
  for (let number = 0; ; number += 1) {
    if (partitionOf(`tenant-${number}`, count) === partition) return `tenant-${number}`;
  }
}

it('⚑ one master does not reply: the service is ready, searches include the events of the others, and it says what is away', async () => {
  const { cluster } = nodes;
  const owners = await Promise.all([0, 1, 2, 3].map((partition) => cluster.ownerOf(`hyvve:${partition}`)));
  const map = await cluster.ownerOf('hyvve:map');
  const away = owners.find((owner) => owner !== map) ?? map;
  const presentAt = owners.findIndex((owner) => owner !== away);
  const awayAt = owners.flatMap((owner, partition) => (owner === away ? [partition] : []));
  const search = async () => (await call('GET', '/admin/events')).body.events.map(({ id }: { id: string }) => id);
  const first = await flaky.exceedBudget('openai', { tenantId: tenantOf(awayAt[0] ?? 0) });
  await until('it is indexed', async () => (await search()).includes(first));
  expect((await call('GET', '/health/ready')).body).toEqual({ status: 'ok', reasons: [] });
  const { body: whole } = await call('GET', '/admin/cluster');
  const slots = whole.servers.flatMap((server: { slots: { from: number; to: number }[] }) => server.slots);
  expect(slots.reduce((sum: number, { from, to }: { from: number; to: number }) => sum + to - from + 1, 0)).toBe(
    16_384,
  );
  expect(whole.partitions.map(({ server }: { server: string }) => server)).toEqual(
    owners.map(({ server: { port } }) => `127.0.0.1:${port}`),
  );
  expect(whole.groups).toMatchObject([{ group: 'notifications', handlers: [{ name: 'mails' }, { name: 'count' }] }]);
  cluster.pause(away);
  try {
    await until('the index fails', async () => (await call('GET', '/health/ready')).body.reasons.length > 1);
    expect((await call('GET', '/health/ready')).body.reasons).toEqual([
      ...awayAt.map((partition) => `partition ${partition} does not respond`),
      'the index is failing',
    ]);
    const second = await flaky.exceedBudget('openai', { tenantId: tenantOf(presentAt) });
    await until('it is indexed', async () => (await search()).includes(second));
    const one = await call('GET', `/admin/events/${second}`);
    expect([one.status, one.body.message]).toEqual([200, undefined]);
    expect(await search()).toEqual([second, first]);
    const health = await call('GET', '/health/events');
    expect([health.status, health.body.reasons[0]]).toEqual([
      503,
      `partition ${awayAt[0]} does not respond; the figures are those of the others`,
    ]);
    const { text } = await call('GET', '/metrics');
    expect(text).toContain(`hyvve_partition_up{partition="${awayAt[0]}"} 0`);
    expect(text).toContain(`hyvve_partition_up{partition="${presentAt}"} 1`);
    expect(text).toMatch(new RegExp(`hyvve_index_behind_seconds{source="log",partition="${awayAt[0]}"} [1-9]`));
    const { body: stats } = await call('GET', '/admin/events/stats');
    expect([stats.partitionsAway, stats.stream.length, stats.throughput.lastDay.series[0].total.published]).toEqual([
      awayAt,
      1,
      1,
    ]);
    const { body: found } = await call('GET', '/admin/cluster');
    const statusesOf = (list: readonly { readonly status: string }[]) => list.map(({ status }) => status);
    expect(statusesOf(found.servers).sort()).toEqual(['away', 'reachable', expect.stringMatching('reachable|unused')]);
    expect(statusesOf(found.partitions)).toEqual(owners.map((owner) => (owner === away ? 'away' : 'reachable')));
    expect(found.total.entries).toBe(1);
    expect(found.groups).toMatchObject([{ group: 'notifications', lag: 0, consumers: 1 }]);
  } finally {
    cluster.resume(away);
  }
  await until('all respond', async () => (await call('GET', '/health/ready')).body.reasons.length === 0);
});
