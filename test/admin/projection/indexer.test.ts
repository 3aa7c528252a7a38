import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventOperator, type EventOperator, migrateKeys } from '@hyvve-events/runtime';
import { sql } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../../admin/database/database.js';
import { clearIndex } from '../../../admin/projection/apply.js';
import { Indexer } from '../../../admin/projection/indexer.js';
import { prune } from '../../../admin/projection/prune.js';
import { rebuild } from '../../../admin/projection/rebuild.js';
import { countDeadLetters, listDeadLetters } from '../../../admin/search/dead-letters.js';
import { deliveriesOf, searchEvents } from '../../../admin/search/events.js';
import { embeddedIndex } from '../../support/admin/embedded-index.js';
import { usePostgres } from '../../support/admin/postgres.js';
import { toFormerFormat } from '../../support/redis/former-format.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const quiet = { info: () => undefined, warn: () => undefined };
const server = useRedis();
const postgres = usePostgres();
let redis: Redis;
let operator: EventOperator;
let folder: string;

beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  operator = createEventOperator({ redis: server.url, callTimeoutMs: 500, runReplays: false });
  folder = await mkdtemp(join(tmpdir(), 'hyvve-index-'));
});

afterEach(async () => {
  await operator.close();
  redis.disconnect();
  await rm(folder, { recursive: true, force: true });
});

function envelope(id: string, more: object = {}): string {
  const fields = {
    id,
    type: 'shop.order.placed',
    source: 'shop',
    tenantId: 'acme',
    correlationId: id,
    version: '1.0.0',
  };
  return JSON.stringify({ ...fields, timestamp: '2026-01-01T00:00:00.000Z', data: {}, ...more });
}

const publish = (id: string, more?: object, at = '*', partition = 0) =>
  redis.xadd(`{hyvve:${partition}}:events`, at, 'e', envelope(id, more));

/** Writes the map, as the first bus does. */
const usePartitions = (count: number) => redis.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: count });

/** Adds an entry to the log, as the scripts do. */
const log = (kind: string, eventId: string, deadLetterId: string, more: object = {}, at = '*', partition = 0) => {
  const detail = { eventId, type: 'shop.order.placed', tenantId: 'acme', correlationId: eventId, attempt: 2, ...more };
  const delivery = ['group', 'mail', 'handler', 'send', 'stream', '5-1'];
  return redis.xadd(
    `{hyvve:${partition}}:log`,
    at,
    'k',
    kind,
    ...delivery,
    'd',
    JSON.stringify(detail),
    'dlq',
    deadLetterId,
    'reason',
    'X',
  );
};

describe.each(['embedded', 'postgresql'] as const)('the index, %s', (kind) => {
  let database: Database;
  let embedded: Awaited<ReturnType<typeof embeddedIndex>> | undefined;

  beforeAll(async () => {
    embedded = kind === 'embedded' ? await embeddedIndex() : undefined;
    const target = embedded === undefined ? { url: postgres.server.url } : { folder: embedded.folder };
    database = await openDatabase(target, () => undefined);
  });

  afterAll(async () => {
    await database.close();
    await embedded?.remove();
  });

  /** Waits until the index contains the streams, then returns the result of `read`. */
  async function indexed<T>(read: (database: Database) => Promise<T>): Promise<T> {
    // The next indexer uses the same database.
    const shared = { ...database, close: async () => undefined };
    const indexer = new Indexer({ operator, open: async () => shared, logger: quiet });
    indexer.start();
    try {
      expect(await indexer.caughtUp(20_000)).toBe(true);
      return await read(database);
    } finally {
      await indexer.close();
    }
  }

  const idsIn = async ({ db }: Database) =>
    (await searchEvents(db, {}, [], { limit: 100 })).map(({ eventId }) => eventId);

  // The database is shared, and each test's Redis is new.
  beforeEach(() => clearIndex(database.db));

  it('a new indexer: continues at the cursor, and indexes nothing twice', async () => {
    await publish('e1');
    await publish('e2');
    expect(await indexed(idsIn)).toEqual(['e2', 'e1']);
    await publish('e3');
    expect(await indexed(idsIn)).toEqual(['e3', 'e2', 'e1']);
    await clearIndex(database.db);
    expect(await indexed(idsIn)).toEqual(['e3', 'e2', 'e1']);
  });

  it('the keys are migrated from the former format, and back: the index continues at its cursors', async () => {
    await publish('e1');
    await log('dead', 'e1', '7-1', { error: { name: 'Error', message: 'no' } });
    expect(await indexed(idsIn)).toEqual(['e1']);
    await toFormerFormat(redis);
    await redis.xadd('hyvve:events', '*', 'e', envelope('e2'));
    for (const undo of [false, true, false]) await migrateKeys({ redis: server.url, undo });
    await publish('e3');
    expect(await indexed(idsIn)).toEqual(['e3', 'e2', 'e1']);
    expect(await indexed(({ db }) => countDeadLetters(db, {}))).toBe(1);
  });

  it('events of one id, newest first: an index scan without sorting or filtering', async () => {
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`SET LOCAL enable_sort TO off`);
      for (const column of ['event_id', 'correlation_id']) {
        const plan = (await tx.execute(
          sql`EXPLAIN SELECT * FROM hyvve_events.events WHERE ${sql.identifier(column)} = 'x' ORDER BY ms DESC, seq DESC, part DESC LIMIT 50`,
        )) as unknown as { readonly rows: readonly object[] };
        const text = JSON.stringify(plan.rows);
        expect(text).toContain(`Index Scan Backward using events_${column}_order`);
        expect(text).not.toMatch(/Sort|Filter/);
      }
    });
  });

  it('four partitions: entries with one stream id are listed once each, page by page', async () => {
    await usePartitions(4);
    const indexes = [3, 0, 2];
    for (const part of indexes) await publish(`e${part}`, {}, '7-1', part);
    for (const part of indexes) await log('dead', `e${part}`, '5-1', {}, '8-1', part);
    for (const part of indexes) await redis.xadd(`{hyvve:${part}}:dlq`, '5-1', 'x', 'y');
    const inOrder = [['e3'], ['e2'], ['e0'], []];
    await indexed(async ({ db }) => {
      const pagesOf = async (read: (cursor: string | undefined) => Promise<{ eventId: string }[]>, id: string) => {
        const pages: string[][] = [];
        for (const cursor of [undefined, `${id}.3`, `${id}.2`, id]) {
          pages.push((await read(cursor)).map(({ eventId }) => eventId));
        }
        return pages;
      };
      expect(await pagesOf((cursor) => searchEvents(db, {}, [], { limit: 1, cursor }), '7-1')).toEqual(inOrder);
      const letters = (cursor: string | undefined) => listDeadLetters(db, {}, { limit: 1, offset: 0, cursor });
      expect(await pagesOf(letters, '5-1')).toEqual(inOrder);
    });
    await log('discarded', 'e2', '5-1', {}, '*', 2);
    const left = await indexed(({ db }) => listDeadLetters(db, {}, { limit: 9, offset: 0 }));
    expect(left.map(({ eventId, part }) => [eventId, part])).toEqual([
      ['e3', 3],
      ['e0', 0],
    ]);
  });

  it('a dead letter: is in the index until an operator changes it, also if the log is read again', async () => {
    await log('dead', 'e1', '7-1', { error: { name: 'Error', message: 'no user 4711' } });
    await log('dead', 'e2', '7-2', { error: { name: 'Error', message: 'no user 4712' } });
    const letters = await indexed(({ db }) => listDeadLetters(db, {}, { limit: 10, offset: 0 }));
    expect(letters.map(({ seq, reason, attempts }) => [seq, reason, attempts])).toEqual([
      [2, 'X', 2],
      [1, 'X', 2],
    ]);
    expect(new Set(letters.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    await log('retried', 'e1', '7-1');
    await log('discarded', 'e2', '7-2');
    await log('completed', 'e1', '7-1');
    const after = async ({ db }: Database) => {
      const deliveries = await deliveriesOf(db, ['e1', 'e2']);
      return [await countDeadLetters(db, {}), deliveries.get('e1')?.[0]?.status, deliveries.get('e2')?.[0]?.status];
    };
    expect(await indexed(after)).toEqual([0, 'COMPLETED', 'DISCARDED']);
    await clearIndex(database.db);
    expect(await indexed(after)).toEqual([0, 'COMPLETED', 'DISCARDED']);
  });

  it('entries that are not envelopes or log entries: the indexer continues after them', async () => {
    await redis.xadd('{hyvve:0}:events', '*', 'e', 'not json');
    await redis.xadd('{hyvve:0}:events', '*', 'x', 'y');
    await redis.xadd('{hyvve:0}:events', '*', 'e', '[1]');
    await publish('nul\0and\ud800half', { tenantId: '\0', timestamp: '+275760-09-13T00:00:00.000Z' });
    await publish('long', { correlationId: '☃'.repeat(100_000), type: 'x'.repeat(100_000), causationId: 7 });
    await publish('bad time', { timestamp: 'soon' });
    await redis.xadd('{hyvve:0}:events', '9999999999999-9007199254740991', 'e', envelope('far'));
    await log('dead', 'nul\0', '1-1', { error: { name: 'E\0', message: '\ud800\0' }, attempt: 1e300 });
    await log('dead', 'e', 'no id', { error: 'a text' });
    await log('unheard of', 'e', '1-3');
    await redis.xadd('{hyvve:0}:log', '*', 'k', 'dead', 'dlq', '3-1');
    const found = await indexed(async ({ db }) => ({
      rows: await searchEvents(db, {}, [], { limit: 100 }),
      letters: await countDeadLetters(db, {}),
    }));
    expect(found.rows).toHaveLength(7);
    expect(found.rows.filter(({ valid }) => !valid)).toHaveLength(3);
    expect(found.letters).toBe(2);
  });

  it('a stream that was deleted and created again: the indexer reads it from its start', async () => {
    await publish('before');
    expect(await indexed(idsIn)).toEqual(['before']);
    await redis.flushall();
    await publish('after', {}, '5-1');
    expect(await indexed(idsIn)).toEqual(['before', 'after']);
  });

  it('table statistics: are updated when the indexer has caught up', async () => {
    for (let i = 0; i < 7; i += 1) await publish(`e${i}`);
    await log('dead', 'e1', '7-1');
    const rows = (table: string) =>
      indexed(async ({ db }) => {
        const found = await db.execute(
          sql`SELECT reltuples FROM pg_class WHERE oid = ${`hyvve_events.${table}`}::regclass`,
        );
        return Number((found as unknown as { readonly rows: readonly { reltuples: number }[] }).rows[0]?.reltuples);
      });
    expect(await rows('events')).toBe(7);
    expect(await rows('deliveries')).toBe(1);
    expect(await rows('dead_letters')).toBe(1);
  });

  it('a trimmed entry: its row is removed, also while new events arrive all the time', async () => {
    await publish('old', {}, '5-1');
    expect(await indexed(idsIn)).toEqual(['old']);
    // Every read of the stream finds new entries.
    const read = operator.feed.entries.bind(operator.feed);
    vi.spyOn(operator.feed, 'entries').mockImplementation(async (query) => {
      await publish('new');
      return read(query);
    });
    await redis.xtrim('{hyvve:0}:events', 'MINID', '6');
    const shared = { ...database, close: async () => undefined };
    const indexer = new Indexer({ operator, open: async () => shared, logger: quiet });
    indexer.start();
    const old = async () => (await searchEvents(database.db, { eventId: 'old' }, [], { limit: 1 })).length;
    try {
      await until('the row is removed', async () => (await old()) === 0);
    } finally {
      await indexer.close();
    }
  });

  it('prune: removes the rows of trimmed entries, and no others', async () => {
    await publish('old', {}, '5-1');
    await publish('kept', {}, '6-1');
    await log('dead', 'old', '5-1');
    await redis.xadd('{hyvve:0}:dlq', '5-1', 'x', 'y');
    await redis.xadd('{hyvve:0}:dlq', '6-1', 'x', 'y');
    await indexed(async (database) => {
      expect(await prune(database.db, operator.feed)).toBe(0);
      await redis.xtrim('{hyvve:0}:events', 'MINID', '6');
      await redis.xtrim('{hyvve:0}:dlq', 'MINID', '6');
      expect(await prune(database.db, operator.feed)).toBe(2);
      expect(await idsIn(database)).toEqual(['kept']);
      expect(await countDeadLetters(database.db, {})).toBe(0);
    });
  });

  it('prune: each partition has its own first entry', async () => {
    await usePartitions(2);
    for (const part of [0, 1]) {
      await publish(`old ${part}`, {}, '5-1', part);
      await publish(`kept ${part}`, {}, '6-1', part);
    }
    await indexed(async (database) => {
      await redis.xtrim('{hyvve:1}:events', 'MINID', '6');
      expect(await prune(database.db, operator.feed)).toBe(1);
      expect(await idsIn(database)).toEqual(['kept 1', 'kept 0', 'old 0']);
    });
  });
});

it('two indexers on one PostgreSQL, four partitions: each event is indexed once', async () => {
  const target = { url: postgres.server.url };
  await usePartitions(4);
  await rebuild(operator, target);
  const indexers = await Promise.all(
    [1, 2].map(async () => {
      const database = await openDatabase(target, () => undefined);
      return { indexer: new Indexer({ operator, open: async () => database, logger: quiet }), database };
    }),
  );
  for (const { indexer } of indexers) indexer.start();
  for (let i = 0; i < 500; i += 1) await publish(`e${i}`, {}, '*', i % 4);
  await Promise.all(indexers.map(({ indexer }) => indexer.caughtUp(20_000)));
  const [first] = indexers;
  const rows = await searchEvents(first?.database.db as Database['db'], {}, [], { limit: 1_000 });
  expect(rows).toHaveLength(500);
  expect(indexers.reduce((sum, { indexer }) => sum + indexer.status.indexed, 0)).toBe(500);
  for (const { indexer } of indexers) await indexer.close();
});

it('a map that grows while it runs: the new partitions are indexed from their start', async () => {
  await usePartitions(2);
  const target = { url: postgres.server.url };
  await rebuild(operator, target);
  const database = await openDatabase(target, () => undefined);
  const indexer = new Indexer({ operator, open: async () => database, logger: quiet });
  indexer.start();
  try {
    expect(await indexer.caughtUp(20_000)).toBe(true);
    await publish('new', {}, '*', 3);
    await usePartitions(4);
    const { db } = database;
    await until('it is indexed', async () => (await searchEvents(db, {}, [], { limit: 9 })).length === 1);
    expect(indexer.status.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
  } finally {
    await indexer.close();
  }
});

it('rebuild: fills the index again, and reports its progress', async () => {
  const target = { url: postgres.server.url };
  await usePartitions(2);
  for (let i = 0; i < 20; i += 1) await publish(`e${i}`, {}, '*', i % 2);
  const lines: string[] = [];
  for (let i = 0; i < 2; i += 1) await rebuild(operator, target, (line) => lines.push(line));
  expect(lines).toContain('reading 20 events and 0 log entries');
  expect(lines.at(-1)).toMatch(/^done in/);
  const database = await openDatabase(target, () => undefined);
  expect(await searchEvents(database.db, {}, [], { limit: 100 })).toHaveLength(20);
  await database.close();
});

it('an embedded folder: cannot be opened twice', async () => {
  const embedded = await embeddedIndex();
  const open = () => openDatabase({ folder: embedded.folder }, () => undefined);
  const database = await open();
  await expect(open()).rejects.toThrow(/in use/);
  await database.close();
  await (await open()).close();
  await embedded.remove();
});
