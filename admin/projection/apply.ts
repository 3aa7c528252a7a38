import { and, eq, sql } from 'drizzle-orm';
import { isOneOf } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { insertRows, updateFrom } from '../database/insert-rows.js';
import { cursors, deadLetters, deliveries, type EventRow, events, logLines } from '../database/tables.js';
import type { LogChanges } from './log-rows.js';

/** The streams that are indexed. */
export type Source = 'events' | 'log';

/** Another process has moved the cursor in the meantime: nothing was written. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';
}

/** Returns the read position of a stream. */
export async function cursorOf(db: Db, source: Source): Promise<string> {
  const [row] = await db.select().from(cursors).where(eq(cursors.source, source));
  return row?.position ?? '0-0';
}

/** Writes a page of the event stream and moves the cursor, both or neither. @throws CursorMoved */
export async function applyEvents(db: Db, rows: readonly EventRow[], from: string, to: string): Promise<void> {
  await db.transaction(async (tx) => {
    await moveCursor(tx, 'events', from, to);
    await insertRows(tx, events, rows);
  });
}

/** Writes the changes of a page of the log and moves the cursor, both or neither. @throws CursorMoved */
export async function applyLog(db: Db, changes: LogChanges, from: string, to: string): Promise<void> {
  const { settled } = changes;
  await db.transaction(async (tx) => {
    await moveCursor(tx, 'log', from, to);
    await insertRows(tx, logLines, changes.entries);
    await insertRows(tx, events, changes.edited);
    await insertRows(tx, deliveries, changes.deliveries, newestEntry);
    await insertRows(tx, deadLetters, changes.deadLetters);
    if (settled.length > 0) await tx.delete(deadLetters).where(isOneOf(deadLetters, settled));
  });
}

/** Empties the tables that are filled from the streams and resets the cursors: the indexer then reads everything again. */
export async function clearIndex(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`TRUNCATE ${events}, ${logLines}, ${deliveries}, ${deadLetters}`);
    await tx.update(cursors).set({ position: '0-0' });
  });
}

/** Resets the cursor of a stream that was deleted and created again. */
export async function resetCursor(db: Db, source: Source): Promise<void> {
  await db.update(cursors).set({ position: '0-0' }).where(eq(cursors.source, source));
}

async function moveCursor(tx: Db, source: Source, from: string, to: string): Promise<void> {
  // A transaction that a crash of the database loses is read from the streams again: its cursor is lost too.
  await tx.execute(sql`SET LOCAL synchronous_commit TO off`);
  const isUnmoved = and(eq(cursors.source, source), eq(cursors.position, from));
  const moved = await tx.update(cursors).set({ position: to }).where(isUnmoved).returning();
  if (moved.length === 0) throw new CursorMoved(`the cursor of ${source} is no longer at ${from}`);
}

/** Of two log entries about a delivery, the newer one decides its status, also if an older page is read again. */
const newestEntry = sql`(event_id, consumer_group, handler) ${updateFrom(deliveries)}
  WHERE (excluded.ms, excluded.seq) >= (deliveries.ms, deliveries.seq)`;
