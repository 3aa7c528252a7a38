import type { EventFeed, FeedEnd, FeedEnds } from '@hyvve-events/runtime';
import { sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Db } from '../database/database.js';
import { type Position, positionOf } from '../database/positions.js';
import { deadLetters, deliveries, events, logLines } from '../database/tables.js';

/** Rows that one statement removes: more would delay the indexer. */
const chunkSize = 5_000;

/**
 * Removes rows whose entries are no longer in the streams. So the index has the retention of the streams without a setting. Rows of
 * a partition that is away are kept until the next time.
 * @returns Number of removed rows.
 */
export async function prune(db: Db, feed: EventFeed): Promise<number> {
  const partitions = await feed.partitions();
  const ends = await Promise.allSettled(partitions.map((partition) => feed.ends({ partition })));
  let removed = 0;
  for (const end of ends) if (end.status === 'fulfilled') removed += await prunePartition(db, end.value);
  return removed;
}

async function prunePartition(db: Db, ends: FeedEnds): Promise<number> {
  const logStart = startOf(ends.log);
  let removed = await removeBefore(db, events, events.part, startOf(ends.events), sql`NOT edited`);
  removed += await removeBefore(db, events, events.part, logStart, sql`edited`);
  removed += await removeBefore(db, logLines, logLines.part, logStart, sql`true`);
  removed += await removeBefore(db, deliveries, deliveries.part, logStart, sql`true`);
  removed += await removeBefore(db, deadLetters, deadLetters.part, startOf(ends.deadLetters), sql`true`);
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
  partition: PgColumn,
  { ms, seq, part }: Position,
  which: ReturnType<typeof sql>,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const isOld = sql`(ms, seq) < (${ms}::bigint, ${seq}::bigint) AND ${partition} = ${part}::smallint`;
    const old = sql`SELECT ctid FROM ${table} WHERE ${isOld} AND ${which} LIMIT ${chunkSize}`;
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
