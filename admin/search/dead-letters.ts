import { and, desc, eq, like, or, type SQL, sql } from 'drizzle-orm';
import { before, equals, within } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { type DeadLetterRow, deadLetters } from '../database/tables.js';
import { readCursor } from './cursors.js';

/** A filter of dead letters. A missing field restricts nothing. */
export interface DeadLetterFilter {
  readonly tenantId?: string | undefined;
  readonly type?: string | undefined;
  readonly group?: string | undefined;
  readonly handler?: string | undefined;
  readonly reason?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly eventId?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Earliest time of becoming a dead letter. */
  readonly from?: Date | undefined;
  /** Latest time of becoming a dead letter. */
  readonly to?: Date | undefined;
  /** Part of the error, the ids or the names; case is ignored. */
  readonly text?: string | undefined;
}

/** Dead letters with the same group, handler and error. */
export interface ErrorGroup {
  readonly fingerprint: string;
  readonly count: number;
  readonly group: string;
  readonly handler: string;
  readonly reason: string;
  readonly errorName: string;
  /** Message of the newest dead letter. */
  readonly errorMessage: string;
  readonly types: readonly string[];
  /** Time of the newest dead letter, in milliseconds since 1970. */
  readonly newestMs: number;
  readonly oldestMs: number;
}

/** Counts the dead letters that match a filter. */
export async function countDeadLetters(db: Db, filter: DeadLetterFilter): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(deadLetters).where(conditionsOf(filter));
  return row?.count ?? 0;
}

/** Lists dead letters, newest first: after `cursor`, and after the first `offset`. */
export function listDeadLetters(
  db: Db,
  filter: DeadLetterFilter,
  page: { readonly limit: number; readonly offset: number; readonly cursor?: string | undefined },
): Promise<DeadLetterRow[]> {
  return db
    .select()
    .from(deadLetters)
    .where(and(conditionsOf(filter), before(deadLetters, readCursor(page.cursor))))
    .orderBy(desc(deadLetters.ms), desc(deadLetters.seq), desc(deadLetters.part))
    .limit(page.limit)
    .offset(page.offset);
}

/** Returns the dead letters of an event. */
export function deadLettersOfEvent(db: Db, eventId: string, tenantId: string | undefined): Promise<DeadLetterRow[]> {
  return db.select().from(deadLetters).where(conditionsOf({ eventId, tenantId })).limit(1_000);
}

/** Groups dead letters by error, largest group first. @returns The groups, and the number of dead letters in all groups. */
export async function groupDeadLetters(
  db: Db,
  filter: DeadLetterFilter,
  limit: number,
): Promise<{ readonly errorGroups: readonly ErrorGroup[]; readonly total: number }> {
  // Grouped by type first: aggregating the distinct types of each error group directly would sort every dead letter.
  const byType = db
    .select({
      fingerprint: deadLetters.fingerprint,
      type: deadLetters.type,
      count: sql<number>`count(*)`.as('count'),
      newest: sql<number>`max(${deadLetters.ms})`.as('newest'),
      oldest: sql<number>`min(${deadLetters.ms})`.as('oldest'),
    })
    .from(deadLetters)
    .where(conditionsOf(filter))
    .groupBy(deadLetters.fingerprint, deadLetters.type)
    .as('by_type');
  const found = await db
    .select({
      fingerprint: byType.fingerprint,
      count: sql<number>`sum(${byType.count})::int`,
      types: sql<string[]>`array_agg(${byType.type})`,
      newest: sql<string>`max(${byType.newest})`,
      oldest: sql<string>`min(${byType.oldest})`,
      // Includes the error groups beyond the limit.
      total: sql<number>`(sum(sum(${byType.count})) OVER ())::int`,
    })
    .from(byType)
    .groupBy(byType.fingerprint)
    .orderBy(desc(sql`sum(${byType.count})`), byType.fingerprint)
    .limit(limit);
  const [first] = found;
  if (first === undefined) return { errorGroups: [], total: 0 };
  const isNewest = or(
    ...found.map(({ fingerprint, newest }) =>
      and(eq(deadLetters.fingerprint, fingerprint), eq(deadLetters.ms, Number(newest))),
    ),
  );
  const samples = new Map<string, DeadLetterRow>();
  for (const row of await db.select().from(deadLetters).where(isNewest)) samples.set(row.fingerprint, row);
  const errorGroups = found.map(({ fingerprint, count, types, newest, oldest }) => {
    const sample = samples.get(fingerprint);
    return {
      fingerprint,
      count,
      types: types.sort().slice(0, 20),
      group: sample?.group ?? '',
      handler: sample?.handler ?? '',
      reason: sample?.reason ?? '',
      errorName: sample?.errorName ?? '',
      errorMessage: sample?.errorMessage ?? '',
      newestMs: Number(newest),
      oldestMs: Number(oldest),
    };
  });
  return { errorGroups, total: first.total };
}

function conditionsOf({ from, to, text, ...columns }: DeadLetterFilter): SQL | undefined {
  const pattern = text === undefined ? undefined : `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return and(
    equals(deadLetters, columns),
    within(deadLetters, { from, to }),
    pattern === undefined ? undefined : like(deadLetters.search, pattern),
  );
}
