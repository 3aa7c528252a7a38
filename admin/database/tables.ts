import { bigint, boolean, index, integer, pgSchema, primaryKey, smallint, text, timestamp } from 'drizzle-orm/pg-core';

/** The index has its own schema, so that it can share a database with other applications. */
export const schemaName = 'hyvve_events';
const schema = pgSchema(schemaName);

/** A position, as numbers that sort. @param part Name of the column of the partition. */
const position = (part = 'part') => ({
  ms: bigint('ms', { mode: 'number' }).notNull(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  part: smallint(part).notNull().default(0),
});

/** Every event of the stream, and every event that was made from an edited dead letter. Payloads are only in Redis. */
export const events = schema.table(
  'events',
  {
    ...position(),
    /** True if ms and seq are those of the log entry of the edit: the event itself is not in a stream. */
    edited: boolean('edited').notNull().default(false),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    source: text('source').notNull(),
    tenantId: text('tenant_id').notNull(),
    correlationId: text('correlation_id').notNull(),
    causationId: text('causation_id'),
    version: text('version').notNull(),
    /** Time of publishing from the envelope; null if it is not a valid time. */
    publishedAt: timestamp('published_at', { withTimezone: true, mode: 'date' }),
    /** Length of the envelope's JSON, in bytes. */
    bytes: integer('bytes').notNull(),
    /** False if the entry is not a valid envelope; its other columns are empty then. */
    valid: boolean('valid').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ms, table.seq, table.part, table.edited] }),
    // With the position: without table statistics, which the embedded database does not collect by itself, the planner
    // expects many rows for each id and would scan the table from its end for the newest.
    index('events_event_id_order').on(table.eventId, table.ms, table.seq, table.part),
    index('events_correlation_id_order').on(table.correlationId, table.ms, table.seq, table.part),
    index('events_tenant').on(table.tenantId, table.ms, table.seq, table.part),
    index('events_type').on(table.type, table.ms, table.seq, table.part),
    index('events_source').on(table.source, table.ms, table.seq, table.part),
  ],
);

/** The entries of the transition log. Those with an actor are the audit log. */
export const logLines = schema.table(
  'log_lines',
  {
    ...position(),
    kind: text('kind').notNull(),
    group: text('consumer_group').notNull(),
    handler: text('handler').notNull(),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    tenantId: text('tenant_id').notNull(),
    correlationId: text('correlation_id').notNull(),
    actor: text('actor'),
    origin: text('origin'),
    deadLetterId: text('dead_letter_id'),
    dueAt: bigint('due_at', { mode: 'number' }),
    /** {@link StoredDetail} of the entry, JSON as text: PostgreSQL's JSON type does not accept every JavaScript string. */
    detail: text('detail').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ms, table.seq, table.part] }),
    index('log_lines_event_id_order').on(table.eventId, table.ms, table.seq, table.part),
    index('log_lines_audit').on(table.ms, table.seq, table.part),
  ],
);

/** Status of an event with a handler, by the last log entry about both. No row if the first run succeeded. */
export const deliveries = schema.table(
  'deliveries',
  {
    eventId: text('event_id').notNull(),
    group: text('consumer_group').notNull(),
    handler: text('handler').notNull(),
    status: text('status').notNull(),
    dueAt: bigint('due_at', { mode: 'number' }),
    deadLetterId: text('dead_letter_id'),
    /** Position of that log entry, which is in the partition of the event. */
    ...position('event_part'),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.group, table.handler] }),
    index('deliveries_status_order').on(table.status, table.eventId),
    index('deliveries_age').on(table.ms),
  ],
);

/** Dead letters that wait for an operator, without their envelopes. */
export const deadLetters = schema.table(
  'dead_letters',
  {
    ...position(),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    tenantId: text('tenant_id').notNull(),
    correlationId: text('correlation_id').notNull(),
    group: text('consumer_group').notNull(),
    handler: text('handler').notNull(),
    reason: text('reason').notNull(),
    errorName: text('error_name').notNull(),
    errorMessage: text('error_message').notNull(),
    errorCode: text('error_code'),
    attempts: integer('attempts').notNull(),
    /** The same for all dead letters of one error group. */
    fingerprint: text('fingerprint').notNull(),
    streamId: text('stream_id').notNull(),
    /** The text that is searched, in lower case. */
    search: text('search').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ms, table.seq, table.part] }),
    index('dead_letters_event_id_order').on(table.eventId, table.ms, table.seq, table.part),
    index('dead_letters_tenant').on(table.tenantId, table.ms, table.seq, table.part),
    index('dead_letters_fingerprint').on(table.fingerprint, table.ms, table.seq, table.part),
    index('dead_letters_faults').on(table.fingerprint, table.type, table.ms),
    index('dead_letters_search').using('gin', table.search.op('gin_trgm_ops')),
  ],
);

/** The read position of each stream, updated in the transaction that writes the rows of the entries. */
export const cursors = schema.table('cursors', {
  source: text('source').primaryKey(),
  position: text('position').notNull(),
});

/** Bulk jobs. Not derived from the streams: a rebuild does not touch this table. */
export const bulkJobs = schema.table(
  'bulk_jobs',
  {
    id: text('id').primaryKey(),
    action: text('action').notNull(),
    filter: text('filter').notNull(),
    actor: text('actor').notNull(),
    origin: text('origin'),
    tenantId: text('tenant_id'),
    status: text('status').notNull(),
    total: integer('total').notNull(),
    succeeded: integer('succeeded').notNull().default(0),
    failed: integer('failed').notNull().default(0),
    /** The first few failures, JSON. */
    errors: text('errors').notNull().default('[]'),
    /** The last dead letter that was processed, newest first. */
    position: text('position'),
    createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (table) => [index('bulk_jobs_created').on(table.createdAt)],
);

/** A row of each table, for inserts and selects: contains every column, also those that may be null. */
export type EventRow = typeof events.$inferSelect;
export type TransitionLogRow = typeof logLines.$inferSelect;
export type DeliveryRow = typeof deliveries.$inferSelect;
export type DeadLetterRow = typeof deadLetters.$inferSelect;

/** The fields of a log entry's detail that the index stores. */
export const storedDetailFields = [
  'attempt',
  'error',
  'replayJobId',
  'job',
  'from',
  'parked',
  'version',
  'before',
  'after',
  'jobId',
  'plan',
] as const;

/** The part of a log entry's detail that the index stores. Data of events is only in Redis. */
export type StoredDetail = { readonly [Name in (typeof storedDetailFields)[number]]?: unknown };

/** Parses the detail of a row. */
export function storedDetailOf({ detail }: Pick<TransitionLogRow, 'detail'>): StoredDetail {
  return JSON.parse(detail) as StoredDetail;
}
