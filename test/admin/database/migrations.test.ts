import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventOperator } from '@hyvve-events/runtime';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../admin/database/database.js';
import { insertRows } from '../../../admin/database/insert-rows.js';
import {
  deadLetters,
  deliveries,
  events,
  logLines,
  schemaName,
  type TransitionLogRow,
} from '../../../admin/database/tables.js';
import { eventRowOf } from '../../../admin/projection/event-rows.js';
import { Indexer } from '../../../admin/projection/indexer.js';
import { changesOf } from '../../../admin/projection/log-rows.js';
import { rebuild } from '../../../admin/projection/rebuild.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { useRedis } from '../../support/redis/redis.js';

const server = useRedis();
const postgres = usePostgres();
const quiet = { info: () => undefined, warn: () => undefined };

/** Brings a database up to a version: its migrations before `tag`. */
async function migrateBefore(client: pg.Client, tag: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hyvve-migrations-'));
  try {
    await cp('admin/migrations', folder, { recursive: true });
    const file = join(folder, 'meta/_journal.json');
    const journal = JSON.parse(await readFile(file, 'utf8')) as {
      readonly entries: readonly { readonly tag: string }[];
    };
    const entries = journal.entries.filter((entry) => entry.tag < tag);
    await writeFile(file, JSON.stringify({ ...journal, entries }));
    const options = { migrationsFolder: folder, migrationsSchema: schemaName, migrationsTable: 'migrations' };
    await migrate(drizzle(client), options);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function connect(database: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  return client;
}

const urlOf = (database: string) => Object.assign(new URL(postgres.server.url), { pathname: `/${database}` }).href;

it('⚑ an index of the version without partitions: it keeps its rows and cursors, nothing is indexed twice or missing', async () => {
  const redis = new Redis(server.url);
  const operator = createEventOperator({ redis: server.url, runReplays: false });
  const publish = async (id: string) => {
    const envelope = { id, type: 'shop.order.placed', source: 'shop', tenantId: 'acme', correlationId: 'trace' };
    await redis.xadd('{hyvve:0}:events', '*', 'e', JSON.stringify(envelope));
    const detail = { eventId: id, type: 'shop.order.placed', tenantId: 'acme', attempt: 4 };
    const dead = String(await redis.xadd('{hyvve:0}:dlq', '*', 'x', 'y'));
    const delivery = ['group', 'mail', 'handler', 'send', 'stream', '5-1', 'dlq', dead, 'd', JSON.stringify(detail)];
    await redis.xadd('{hyvve:0}:log', '*', 'k', 'dead', ...delivery);
    return { dead, discard: () => redis.xadd('{hyvve:0}:log', '*', 'k', 'discarded', ...delivery) };
  };
  const admin = await connect('postgres');
  for (const name of ['former', 'fresh']) await admin.query(`CREATE DATABASE ${name}`);
  const former = await connect('former');
  await migrateBefore(former, '0005_partitions');

  // As the former version has indexed two events and their log.
  const letters = [await publish('e1'), await publish('e2')];
  const entries = await operator.feed.entries();
  const log = await operator.log();
  const changes = changesOf(log);
  const db = drizzle(former);
  const columnsOf = (table: string) =>
    former.query(`SELECT column_name FROM information_schema.columns WHERE table_name = '${table}'`);
  expect(JSON.stringify((await columnsOf('events')).rows)).not.toContain('part');
  await insertRows(
    db,
    events,
    entries.flatMap((entry) => eventRowOf(entry) ?? []),
  );
  await insertRows(db, logLines, changes.entries as TransitionLogRow[]);
  await insertRows(db, deliveries, changes.deliveries);
  await insertRows(db, deadLetters, changes.deadLetters);
  const setCursor = (source: string, position: string | undefined) =>
    former.query(`UPDATE ${schemaName}.cursors SET position = $1 WHERE source = $2`, [position, source]);
  await setCursor('events', entries.at(-1)?.streamId);
  await setCursor('log', log.at(-1)?.id);

  // The new version, with a map that has grown to two partitions.
  await publish('e3');
  await letters[0]?.discard();
  await redis.hset('{hyvve:map}', { format: 2, epoch: 2, partitions: 2 });
  await redis.xadd('{hyvve:1}:events', '1-1', 'e', JSON.stringify({ id: 'other', type: 't', tenantId: 'other' }));
  const upgraded = await openDatabase({ url: urlOf('former') }, () => undefined);
  const indexer = new Indexer({ operator, open: async () => upgraded, logger: quiet });
  const fresh = await connect('fresh');
  try {
    indexer.start();
    expect(await indexer.caughtUp(20_000)).toBe(true);
    // The event e3 and its log entry, the entry about e1, and the event of the other partition.
    expect(indexer.status.indexed).toBe(4);
    await rebuild(operator, { url: urlOf('fresh') });
    for (const table of ['events', 'log_lines', 'deliveries', 'dead_letters', 'cursors']) {
      const rowsOf = async (client: pg.Client) =>
        (await client.query(`SELECT to_jsonb(t) AS row FROM ${schemaName}.${table} t`)).rows
          .map(({ row }) => JSON.stringify(Object.entries(row as object).sort()))
          .sort();
      const rows = await rowsOf(former);
      expect(rows).toEqual(await rowsOf(fresh));
      expect(rows.length).toBeGreaterThan(1);
    }
  } finally {
    await Promise.all([indexer.close(), operator.close(), admin.end(), former.end(), fresh.end()]);
    redis.disconnect();
  }
});
