import type { EventFeed, FeedEnd } from '@hyvve-events/runtime';
import { sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../database/database.js';
import { type Position, positionOf } from '../database/positions.js';
import { deadLetters, deliveries, events, logLines } from '../database/tables.js';

/** Rows that one statement removes: more would delay the indexer. */
const chunkSize = 5_000;

/**
 * Removes rows whose entries are no longer in the streams. So the index has the retention of the streams without a setting.
 * @returns Number of removed rows.
 */
export async function prune(db: Db, feed: EventFeed): Promise<number> {
  const ends = await feed.ends();
  const logStart = startOf(ends.log);
  let removed = await removeBefore(db, events, startOf(ends.events), sql`NOT edited`);
  removed += await removeBefore(db, events, logStart, sql`edited`);
  removed += await removeBefore(db, logLines, logStart, sql`true`);
  removed += await removeBefore(db, deliveries, logStart, sql`true`);
  removed += await removeBefore(db, deadLetters, startOf(ends.deadLetters), sql`true`);
  return removed;
}

/** The position of a stream's first entry; if it is empty, the position after its last one. */
function startOf({ firstId, lastId }: FeedEnd): Position {
  const first = positionOf(firstId ?? '');
  if (first !== undefined) return first;
  const last = positionOf(lastId) ?? { ms: 0, seq: 0, part: 0 };
  return { ms: last.ms, seq: last.seq + 1, part: last.part };
}

async function removeBefore(
  db: Db,
  table: PgTable,
  { ms, seq }: Position,
  which: ReturnType<typeof sql>,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const old = sql`SELECT ctid FROM ${table} WHERE (ms, seq) < (${ms}::bigint, ${seq}::bigint) AND ${which} LIMIT ${chunkSize}`;
    const result = await db.execute(
      sql`WITH removed AS (DELETE FROM ${table} WHERE ctid IN (${old}) RETURNING 1) SELECT count(*)::int AS count FROM removed`,
    );
    const count = countOf(result);
    removed += count;
    if (count < chunkSize) return removed;
  }
}

/** The count in the result of a statement, of either driver. */
function countOf(result: unknown): number {
  const { rows } = result as { readonly rows: readonly { readonly count: number }[] };
  return rows[0]?.count ?? 0;
}
