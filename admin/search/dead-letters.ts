import { and, desc, eq, like, or, type SQL, sql } from 'drizzle-orm';
import { before, equals, within } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { type DeadLetterRow, deadLetters } from '../database/tables.js';
import { readCursor } from './cursors.js';

/** Which dead letters. What is left out restricts nothing. */
export interface DeadLetterFilter {
  readonly tenantId?: string | undefined;
  readonly type?: string | undefined;
  readonly group?: string | undefined;
  readonly handler?: string | undefined;
  readonly reason?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly eventId?: string | undefined;
  readonly correlationId?: string | undefined;
  /** When it died, the first time. */
  readonly from?: Date | undefined;
  /** The last. */
  readonly to?: Date | undefined;
  /** A part of its error, ids or names, in whatever case. */
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
  /** The newest one's. */
  readonly errorMessage: string;
  readonly types: readonly string[];
  /** When the newest one died, in milliseconds since 1970. */
  readonly newestMs: number;
  readonly oldestMs: number;
}

/** How many there are. */
export async function countDeadLetters(db: Db, filter: DeadLetterFilter): Promise<number> {
  const [row] = await db.select({ count: sql<number>`count(*)::int` }).from(deadLetters).where(conditionsOf(filter));
  return row?.count ?? 0;
}

/** Newest first: after `cursor`, or past `offset` of them. */
export function listDeadLetters(
  db: Db,
  filter: DeadLetterFilter,
  page: { readonly limit: number; readonly offset: number; readonly cursor?: string | undefined },
): Promise<DeadLetterRow[]> {
  return db
    .select()
    .from(deadLetters)
    .where(and(conditionsOf(filter), before(deadLetters, readCursor(page.cursor))))
    .orderBy(desc(deadLetters.ms), desc(deadLetters.seq))
    .limit(page.limit)
    .offset(page.offset);
}

/** All dead letters of an event. */
export function deadLettersOfEvent(db: Db, eventId: string, tenantId: string | undefined): Promise<DeadLetterRow[]> {
  return db.select().from(deadLetters).where(conditionsOf({ eventId, tenantId })).limit(1_000);
}

/** By what went wrong, most first, and how many dead letters there are in all. */
export async function groupDeadLetters(
  db: Db,
  filter: DeadLetterFilter,
  limit: number,
): Promise<{ readonly errorGroups: readonly ErrorGroup[]; readonly total: number }> {
  // By type first: a list of distinct types for each error group would sort every dead letter.
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
      // Also over the error groups beyond the limit.
      total: sql<number>`(sum(sum(${byType.count})) OVER ())::int`,
    })
    .from(byType)
    .groupBy(byType.fingerprint)
    .orderBy(desc(sql`sum(${byType.count})`), byType.fingerprint)
    .limit(limit);
  const [first] = found;
  if (first === undefined) return { errorGroups: [], total: 0 };
  const newestOnes = or(
    ...found.map(({ fingerprint, newest }) =>
      and(eq(deadLetters.fingerprint, fingerprint), eq(deadLetters.ms, Number(newest))),
    ),
  );
  const samples = new Map<string, DeadLetterRow>();
  for (const row of await db.select().from(deadLetters).where(newestOnes)) samples.set(row.fingerprint, row);
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
