import { and, desc, eq, lt, type SQL, sql } from 'drizzle-orm';
import type { Db } from '../database/database.js';
import { bulkJobs } from '../database/tables.js';
import { AdminError } from '../errors.js';
import type { DeadLetterFilter } from '../search/dead-letters.js';

/** Actions on each dead letter. */
export const bulkActions = ['retry', 'discard'] as const;
export type BulkAction = (typeof bulkActions)[number];

export const bulkStatuses = ['running', 'completed', 'cancelled'] as const;
export type BulkStatus = (typeof bulkStatuses)[number];

/** One change of many dead letters. */
export interface BulkJob {
  readonly id: string;
  readonly action: BulkAction;
  readonly filter: DeadLetterFilter;
  readonly actor: string;
  readonly origin: string | undefined;
  readonly tenantId: string | undefined;
  readonly status: BulkStatus;
  /** Number of dead letters when the job started. */
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  /** The first few failures. */
  readonly errors: readonly string[];
  /** Dead letters before this position, as a stream id, are not processed yet. */
  readonly position: string | undefined;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Stores a new job. */
export async function insertJob(db: Db, job: BulkJob): Promise<void> {
  const { filter, errors, origin, tenantId, position, ...rest } = job;
  await db.insert(bulkJobs).values({
    ...rest,
    filter: JSON.stringify(filter),
    errors: JSON.stringify(errors),
    origin: origin ?? null,
    tenantId: tenantId ?? null,
    position: position ?? null,
  });
}

/** Returns a job by its id. */
export async function findJob(db: Db, id: string): Promise<BulkJob | undefined> {
  const [row] = await db.select().from(bulkJobs).where(eq(bulkJobs.id, id));
  return row === undefined ? undefined : jobOf(row);
}

/** Lists jobs, newest first. @param tenantId Only jobs of this tenant. Default: of all tenants. */
export async function listJobs(db: Db, tenantId: string | undefined, limit: number): Promise<BulkJob[]> {
  const where = tenantId === undefined ? undefined : eq(bulkJobs.tenantId, tenantId);
  const rows = await db.select().from(bulkJobs).where(where).orderBy(desc(bulkJobs.createdAt)).limit(limit);
  return rows.map(jobOf);
}

/** Adds the results of one step. Returns the job with its current status, which another process may have changed. */
export async function recordProgress(
  db: Db,
  id: string,
  done: {
    readonly succeeded: number;
    readonly failed: number;
    readonly errors: readonly string[];
    readonly position: string | undefined;
  },
): Promise<BulkJob | undefined> {
  const set = {
    succeeded: sql`${bulkJobs.succeeded} + ${done.succeeded}`,
    failed: sql`${bulkJobs.failed} + ${done.failed}`,
    errors: JSON.stringify(done.errors),
    position: done.position ?? null,
    updatedAt: new Date(),
  };
  return changed(await db.update(bulkJobs).set(set).where(eq(bulkJobs.id, id)).returning());
}

/** Ends a running job. @throws AdminError `CONFLICT` if it has already ended */
export async function endJob(db: Db, id: string, status: Exclude<BulkStatus, 'running'>): Promise<BulkJob> {
  const running = and(eq(bulkJobs.id, id), eq(bulkJobs.status, 'running'));
  const job = changed(await db.update(bulkJobs).set({ status, updatedAt: new Date() }).where(running).returning());
  if (job === undefined) throw new AdminError('CONFLICT', `bulk job ${id} has already ended`);
  return job;
}

/** Takes over running jobs that have made no progress for `staleAfterMs` milliseconds: their process has probably died. */
export async function takeOver(db: Db, staleAfterMs: number): Promise<BulkJob[]> {
  const stale: SQL | undefined = and(
    eq(bulkJobs.status, 'running'),
    lt(bulkJobs.updatedAt, new Date(Date.now() - staleAfterMs)),
  );
  return (await db.update(bulkJobs).set({ updatedAt: new Date() }).where(stale).returning()).map(jobOf);
}

type Row = typeof bulkJobs.$inferSelect;

function changed([row]: readonly Row[]): BulkJob | undefined {
  return row === undefined ? undefined : jobOf(row);
}

function jobOf(row: Row): BulkJob {
  const filter = JSON.parse(row.filter) as Record<string, string>;
  const { from, to, ...names } = filter;
  return {
    ...row,
    action: row.action as BulkAction,
    status: row.status as BulkStatus,
    filter: { ...names, from: timeOf(from), to: timeOf(to) },
    origin: row.origin ?? undefined,
    tenantId: row.tenantId ?? undefined,
    position: row.position ?? undefined,
    errors: JSON.parse(row.errors) as string[],
  };
}

function timeOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
