import type { Failure } from '../../support/failure.js';

/** A delivery to one handler that waits for its next run: kept in the group's rows, as JSON. */
export interface ScheduledRetry {
  readonly eventId: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** Which replay delivered it; absent on a live delivery. */
  readonly replayJobId?: string;
  /** Which run comes next, from 1. */
  readonly attempt: number;
  /** When it first failed: ISO 8601. Absent when it never did. */
  readonly firstFailedAt?: string;
  readonly lastFailure?: Failure;
  /** Stream id of the event's entry; of an event that came of an edit, `edit-<id of the dead letter it was>`. */
  readonly streamId: string;
  /** The envelope as it stands in the stream. */
  readonly envelope: string;
}

/**
 * Reads a row. Of text that is no row, which nothing here writes, the ref says which entry it was; its text stands for the
 * envelope, and becomes a dead letter as one. Never throws.
 */
export function readScheduledRetry(ref: string, json: string): ScheduledRetry {
  const row = parseObject(json) as Partial<ScheduledRetry>;
  const { attempt, streamId, envelope, eventId = '', type = '', tenantId = '', correlationId = '' } = row;
  if (typeof envelope === 'string' && typeof streamId === 'string' && typeof attempt === 'number')
    return row as ScheduledRetry;
  const entry = ref.slice(0, Math.max(0, ref.search(/[/@]/)));
  return { eventId, type, tenantId, correlationId, attempt: 1, streamId: entry, envelope: json };
}

/** The object that JSON is; an empty one where it is none. Never throws. */
export function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // What is stored there was not written by this runtime.
  }
  return {};
}

/** What a line of the log and a dead letter say of the event they are about. */
export interface EventFacts {
  readonly eventId: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** Which replay delivered it; absent on a live delivery. */
  readonly replayJobId?: string;
}

/** What a dead letter tells beside its reason, as JSON in the entry's field `d`. */
export interface DeadDetail extends EventFacts {
  readonly error: Omit<Failure, 'retryable'>;
  /** Runs the handler was given. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailedAt: string;
  /** ISO 8601. */
  readonly lastFailedAt: string;
}
