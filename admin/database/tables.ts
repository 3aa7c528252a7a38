import { bigint, boolean, index, integer, pgSchema, primaryKey, text, timestamp } from 'drizzle-orm/pg-core';

/** Everything of the index is in a schema of its own, so that it may share a database. */
export const schemaName = 'hyvve_events';
const schema = pgSchema(schemaName);

/** A stream id, as two numbers that sort. */
const streamId = () => ({
  ms: bigint('ms', { mode: 'number' }).notNull(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
});

/** Every event of the stream, and every one that an edited dead letter became. Payloads stay in Redis. */
export const events = schema.table(
  'events',
  {
    ...streamId(),
    /** True where ms and seq are of the log's line that tells of the edit: the event is in no stream. */
    edited: boolean('edited').notNull().default(false),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    source: text('source').notNull(),
    tenantId: text('tenant_id').notNull(),
    correlationId: text('correlation_id').notNull(),
    causationId: text('causation_id'),
    version: text('version').notNull(),
    /** When it was published, by its envelope; null where that is no time. */
    publishedAt: timestamp('published_at', { withTimezone: true, mode: 'date' }),
    /** Length of its JSON. */
    bytes: integer('bytes').notNull(),
    /** False where the entry is no envelope; its other columns are empty then. */
    valid: boolean('valid').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ms, table.seq, table.edited] }),
    // In order: without statistics, which the embedded database never gathers by itself, ids count as common, and a
    // listing of the newest would walk the table from its end.
    index('events_event_id_order').on(table.eventId, table.ms, table.seq),
    index('events_correlation_id_order').on(table.correlationId, table.ms, table.seq),
    index('events_tenant').on(table.tenantId, table.ms, table.seq),
    index('events_type').on(table.type, table.ms, table.seq),
    index('events_source').on(table.source, table.ms, table.seq),
  ],
);

/** Every line of the log. Lines with an actor are the audit. */
export const logLines = schema.table(
  'log_lines',
  {
    ...streamId(),
    kind: text('kind').notNull(),
    group: text('consumer_group').notNull(),
    handler: text('handler').notNull(),
    streamId: text('stream_id').notNull(),
    eventId: text('event_id').notNull(),
    type: text('type').notNull(),
    tenantId: text('tenant_id').notNull(),
    correlationId: text('correlation_id').notNull(),
    actor: text('actor'),
    origin: text('origin'),
    deadLetterId: text('dead_letter_id'),
    dueAt: bigint('due_at', { mode: 'number' }),
    /** The line's detail, JSON as text: PostgreSQL's own JSON cannot hold every string of JavaScript's. */
    detail: text('detail').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ms, table.seq] }),
    index('log_lines_event_id_order').on(table.eventId, table.ms, table.seq),
    index('log_lines_audit').on(table.ms, table.seq),
  ],
);

/** Where an event stands with a handler, by the last line of the log about the two. None where it went well at once. */
export const deliveries = schema.table(
  'deliveries',
  {
    eventId: text('event_id').notNull(),
    group: text('consumer_group').notNull(),
    handler: text('handler').notNull(),
    status: text('status').notNull(),
    tenantId: text('tenant_id').notNull(),
    /** The event's entry in the stream. */
    eventMs: bigint('event_ms', { mode: 'number' }).notNull(),
    eventSeq: bigint('event_seq', { mode: 'number' }).notNull(),
    dueAt: bigint('due_at', { mode: 'number' }),
    deadLetterId: text('dead_letter_id'),
    /** The line of the log it is by. */
    ...streamId(),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.group, table.handler] }),
    index('deliveries_status').on(table.status, table.eventMs, table.eventSeq),
    index('deliveries_age').on(table.ms),
  ],
);

/** Dead letters that wait for a person, without their envelopes. */
export const deadLetters = schema.table(
  'dead_letters',
  {
    ...streamId(),
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
    /** The same for dead letters that one fault made. */
    fingerprint: text('fingerprint').notNull(),
    streamId: text('stream_id').notNull(),
    /** What a search by text looks at, in small letters. */
    search: text('search').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ms, table.seq] }),
    index('dead_letters_event_id_order').on(table.eventId, table.ms, table.seq),
    index('dead_letters_tenant').on(table.tenantId, table.ms, table.seq),
    index('dead_letters_fingerprint').on(table.fingerprint, table.ms, table.seq),
    index('dead_letters_faults').on(table.fingerprint, table.type, table.ms),
    index('dead_letters_search').using('gin', table.search.op('gin_trgm_ops')),
  ],
);

/** How far each stream was read: moved in the transaction that writes what was read. */
export const cursors = schema.table('cursors', {
  source: text('source').primaryKey(),
  position: text('position').notNull(),
});

/** Changes of many dead letters. Not of the projection: a rebuild leaves it alone. */
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
    /** The last dead letter looked at, newest first. */
    position: text('position'),
    createdAt: timestamp('created_at', { withTimezone: true, mode: 'date' }).notNull(),
    updatedAt: timestamp('updated_at', { withTimezone: true, mode: 'date' }).notNull(),
  },
  (table) => [index('bulk_jobs_created').on(table.createdAt)],
);
