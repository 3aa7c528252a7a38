import { createEventOperator } from '@hyvve-events/runtime';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../admin/database/database.js';
import { Indexer } from '../../../admin/projection/indexer.js';
import { searchEvents } from '../../../admin/search/events.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { useCluster } from '../../support/redis/cluster.js';
import { until } from '../../support/wait.js';

const nodes = useCluster({ masters: 3 });
const postgres = usePostgres();

it('⚑ a master that does not reply: the partitions of the other one are indexed, and its own are behind until it is back', async () => {
  const { cluster } = nodes;
  const count = 4;
  await (await cluster.ownerOf('hyvve:map')).redis.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: count });
  const publish = async (id: string, partition: number) => {
    const envelope = JSON.stringify({ id, type: 'shop.order.placed', tenantId: 'acme' });
    await (await cluster.ownerOf(`hyvve:${partition}`)).redis.xadd(`{hyvve:${partition}}:events`, '*', 'e', envelope);
  };
  const owners = await Promise.all([0, 1, 2, 3].map((partition) => cluster.ownerOf(`hyvve:${partition}`)));
  const map = await cluster.ownerOf('hyvve:map');
  const away = owners.find((owner) => owner !== map) ?? map;
  const [awayAt, presentAt] = [owners.indexOf(away), owners.findIndex((owner) => owner !== away)];

  const operator = createEventOperator({ redis: { nodes: [...cluster.urls] }, callTimeoutMs: 500, runReplays: false });
  const warnings: object[] = [];
  const logger = { info: () => undefined, warn: (fields: object) => void warnings.push(fields) };
  const database = await openDatabase({ url: postgres.server.url }, () => undefined);
  const indexer = new Indexer({ operator, open: async () => database, logger });
  const indexed = async () => (await searchEvents(database.db, {}, [], { limit: 99 })).map(({ eventId }) => eventId);
  const behindAt = (partition: number) => indexer.status.partitions[partition]?.eventsBehindMs ?? -1;
  indexer.start();
  try {
    expect(await indexer.caughtUp(20_000)).toBe(true);
    await publish('before', awayAt);
    await until('it is indexed', async () => (await indexed()).length === 1);
    await publish('unread', awayAt);
    cluster.pause(away);
    await until('it is known to be away', () => indexer.status.state === 'failing');
    for (let at = 0; at < 20; at += 1) await publish(`e${at}`, presentAt);
    await until('the others are indexed', async () => (await indexed()).length >= 21);
    await until('its index is behind', () => behindAt(awayAt) > 2_500);
    await until('that of the others is not', () => behindAt(presentAt) === 0);
    expect(indexer.status.error).toContain('partition ');
    expect(warnings.length).toBeGreaterThan(0);
    cluster.resume(away);
    await until('the rest is indexed', async () => (await indexed()).length === 22);
    expect(new Set(await indexed()).size).toBe(22);
    await until('nothing is behind', () => indexer.status.state === 'following' && behindAt(awayAt) === 0);
  } finally {
    cluster.resume(away);
    await indexer.close();
    await operator.close();
  }
});
