import { inArray, sql } from 'drizzle-orm';
import { isOneOf } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { insertRows, updateFrom } from '../database/insert-rows.js';
import {
  cursors,
  type DeliveryRow,
  deadLetters,
  deliveries,
  type EventRow,
  events,
  logLines,
} from '../database/tables.js';
import type { LogChanges } from './log-rows.js';

/** The streams of a partition that are indexed. */
export type Source = 'events' | 'log';

/** The read positions of the streams of a partition. */
export type Cursors = Record<Source, string>;

/** A page of a stream of one partition: what it changes in the index, and where it begins and ends. */
export interface Page {
  readonly source: Source;
  readonly partition: number;
  /** Position after which it begins. */
  readonly from: string;
  /** Position of its last entry. */
  readonly to: string;
  readonly events: readonly EventRow[];
  /** Only a page of the log has them. */
  readonly log?: LogChanges;
}

/** Position before the first entry of any stream. */
const start = '0-0';

/** Returns the read positions of a partition. They are stored for a partition that is new. */
export async function cursorsOf(db: Db, partition: number): Promise<Cursors> {
  const names = { events: nameOf('events', partition), log: nameOf('log', partition) };
  const rows = await db
    .select()
    .from(cursors)
    .where(inArray(cursors.source, Object.values(names)));
  const found = (name: string) => rows.find(({ source }) => source === name)?.position;
  if (rows.length < 2) {
    const missing = Object.values(names).filter((name) => found(name) === undefined);
    const values = missing.map((source) => ({ source, position: start }));
    await db.insert(cursors).values(values).onConflictDoNothing();
  }
  return { events: found(names.events) ?? start, log: found(names.log) ?? start };
}

/**
 * Writes pages of different streams and moves their cursors, all or nothing.
 * @returns The pages that were written: those whose cursor was where they begin. Another process has moved the other cursors.
 */
export async function writePages(db: Db, pages: readonly Page[]): Promise<ReadonlySet<Page>> {
  return db.transaction(async (tx) => {
    // A transaction that a crash of the database loses is read from the streams again: its cursors are lost too.
    await tx.execute(sql`SET LOCAL synchronous_commit TO off`);
    const moved = await moveCursors(tx, pages);
    const written = pages.filter(({ source, partition }) => moved.has(nameOf(source, partition)));
    const logs = written.flatMap(({ log }) => log ?? []);
    await insertRows(
      tx,
      logLines,
      logs.flatMap(({ entries }) => entries),
    );
    await insertRows(
      tx,
      events,
      written.flatMap((page) => page.events),
    );
    await insertRows(tx, deliveries, newestOfEach(logs.flatMap((log) => log.deliveries)), newestEntry);
    await insertRows(
      tx,
      deadLetters,
      logs.flatMap((log) => log.deadLetters),
    );
    const settled = logs.flatMap((log) => log.settled);
    if (settled.length > 0) await tx.delete(deadLetters).where(isOneOf(deadLetters, settled));
    return new Set(written);
  });
}

/** Empties the tables that are filled from the streams and resets the cursors: the indexer then reads everything again. */
export async function clearIndex(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`TRUNCATE ${events}, ${logLines}, ${deliveries}, ${deadLetters}`);
    await tx.update(cursors).set({ position: start });
  });
}

/** Resets the cursor of a stream that was deleted and created again. */
export async function resetCursor(db: Db, source: Source, partition: number): Promise<string> {
  await db
    .update(cursors)
    .set({ position: start })
    .where(inArray(cursors.source, [nameOf(source, partition)]));
  return start;
}

function nameOf(source: Source, partition: number): string {
  return `${source}:${partition}`;
}

/** Moves those cursors that are where their page begins. @returns The names of the moved cursors. */
async function moveCursors(tx: Db, pages: readonly Page[]): Promise<ReadonlySet<string>> {
  const moves = pages.map(({ source, partition, from, to }) => ({ name: nameOf(source, partition), from, to }));
  // In the order of their names: two processes that lock rows in another order would wait for each other.
  const moved = await tx.execute(sql`
    UPDATE ${cursors} SET position = unmoved.target FROM (
      SELECT ${cursors.source} AS name, move."to" AS target
      FROM ${cursors} JOIN json_to_recordset(${JSON.stringify(moves)}::json) AS move(name text, "from" text, "to" text)
        ON ${cursors.source} = move.name AND ${cursors.position} = move."from"
      ORDER BY ${cursors.source} FOR UPDATE OF ${sql.identifier('cursors')}
    ) AS unmoved WHERE ${cursors.source} = unmoved.name RETURNING unmoved.name`);
  const { rows } = moved as unknown as { readonly rows: readonly { readonly name: string }[] };
  return new Set(rows.map(({ name }) => name));
}

/** One row for each delivery. An event id may be in two partitions; a statement must not change a row twice. */
function newestOfEach(rows: readonly DeliveryRow[]): readonly DeliveryRow[] {
  const newest = new Map<string, DeliveryRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.eventId, row.group, row.handler]);
    const known = newest.get(key);
    if (known === undefined || row.ms > known.ms || (row.ms === known.ms && row.seq >= known.seq)) newest.set(key, row);
  }
  return [...newest.values()];
}

/** Of two log entries about a delivery, the newer one decides its status, also if an older page is read again. */
const newestEntry = sql`(event_id, consumer_group, handler) ${updateFrom(deliveries)}
  WHERE (excluded.ms, excluded.seq) >= (deliveries.ms, deliveries.seq)`;
