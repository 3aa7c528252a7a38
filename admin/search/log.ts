import { and, desc, eq, isNotNull } from 'drizzle-orm';
import { before, equals, within } from '../database/conditions.js';
import type { Db } from '../database/database.js';
import { logLines, type TransitionLogRow } from '../database/tables.js';
import { readCursor } from './cursors.js';

/** A filter of the audit log. A missing field restricts nothing. */
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

/** Lists entries of the audit log, newest first. */
export function searchAudit(
  db: Db,
  filter: AuditFilter,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<TransitionLogRow[]> {
  const { from, to, ...columns } = filter;
  return db
    .select()
    .from(logLines)
    .where(
      and(
        isNotNull(logLines.actor),
        equals(logLines, columns),
        within(logLines, { from, to }),
        before(logLines, readCursor(page.cursor)),
      ),
    )
    .orderBy(desc(logLines.ms), desc(logLines.seq), desc(logLines.part))
    .limit(page.limit);
}

/** Maximum number of log entries that an answer about one event contains. */
const maxEntries = 500;

/** Lists the log entries about an event, oldest first. */
export function logEntriesOfEvent(db: Db, eventId: string): Promise<TransitionLogRow[]> {
  return db
    .select()
    .from(logLines)
    .where(eq(logLines.eventId, eventId))
    .orderBy(logLines.ms, logLines.seq, logLines.part)
    .limit(maxEntries);
}
