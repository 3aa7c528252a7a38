import { and, desc, eq, gte, isNotNull, lte, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../database/database.js';
import { type LogRow, logLines } from '../database/tables.js';
import { readCursor } from './cursors.js';

/** Which lines of the audit. What is left out restricts nothing. */
export interface AuditFilter {
  readonly actor?: string | undefined;
  readonly kind?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly eventId?: string | undefined;
  readonly type?: string | undefined;
  readonly group?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** What people did, newest first. */
export function searchAudit(
  db: Db,
  filter: AuditFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<LogRow[]> {
  const { actor, kind, tenantId, eventId, type, group, from, to } = filter;
  const equal = { actor, kind, tenantId, eventId, type, group };
  const conditions: SQL[] = [isNotNull(logLines.actor)];
  for (const [name, value] of Object.entries(equal)) {
    if (value !== undefined) conditions.push(eq(logLines[name as keyof typeof equal], value));
  }
  if (from !== undefined) conditions.push(gte(logLines.ms, from.getTime()));
  if (to !== undefined) conditions.push(lte(logLines.ms, to.getTime()));
  if (page.cursor !== undefined) {
    const { ms, seq } = readCursor(page.cursor);
    conditions.push(sql`(${logLines.ms}, ${logLines.seq}) < (${ms}::bigint, ${seq}::bigint)`);
  }
  return db
    .select()
    .from(logLines)
    .where(and(...conditions))
    .orderBy(desc(logLines.ms), desc(logLines.seq))
    .limit(page.limit);
}

/** Every line about an event, oldest first. */
export function linesOfEvent(db: Db, eventId: string, limit: number): Promise<LogRow[]> {
  return db
    .select()
    .from(logLines)
    .where(eq(logLines.eventId, eventId))
    .orderBy(logLines.ms, logLines.seq)
    .limit(limit);
}
