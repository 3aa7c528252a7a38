import type { EventFeed, FeedEnd } from '@hyvve-events/runtime';
import { sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../database/database.js';
import { type Position, positionOf } from '../database/positions.js';
import { deadLetters, deliveries, events, logLines } from '../database/tables.js';

/** Rows in one statement: a longer one would hold up the indexer. */
const chunk = 5_000;

/**
 * Removes what the streams no longer hold, so that the index keeps to their retention without knowing it.
 * @returns Rows removed.
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

/** Where a stream starts; just past its end when it is empty. */
function startOf({ firstId, lastId }: FeedEnd): Position {
  const first = positionOf(firstId ?? '');
  if (first !== undefined) return first;
  const last = positionOf(lastId) ?? { ms: 0, seq: 0 };
  return { ms: last.ms, seq: last.seq + 1 };
}

async function removeBefore(
  db: Db,
  table: PgTable,
  { ms, seq }: Position,
  which: ReturnType<typeof sql>,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const old = sql`SELECT ctid FROM ${table} WHERE (ms, seq) < (${ms}::bigint, ${seq}::bigint) AND ${which} LIMIT ${chunk}`;
    const gone = await db.execute(
      sql`WITH gone AS (DELETE FROM ${table} WHERE ctid IN (${old}) RETURNING 1) SELECT count(*)::int AS count FROM gone`,
    );
    const count = countOf(gone);
    removed += count;
    if (count < chunk) return removed;
  }
}

/** The count that a statement gave, whichever driver ran it. */
function countOf(result: unknown): number {
  const { rows } = result as { readonly rows: readonly { readonly count: number }[] };
  return rows[0]?.count ?? 0;
}
