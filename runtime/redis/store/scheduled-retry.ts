import type { Failure } from '../../support/failure.js';

/** A delivery to one handler that waits for its next run. It is stored as JSON. */
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
  /** The envelope as it is in the stream. */
  readonly envelope: string;
}

/**
 * Reads a scheduled retry. Of text that is not a scheduled retry, which this runtime never writes, the ref says which entry
 * it was, and the text takes the place of the envelope, so that it becomes a dead letter. Never throws.
 */
export function readScheduledRetry(ref: string, json: string): ScheduledRetry {
  const retry = parseObject(json) as Partial<ScheduledRetry>;
  const { attempt, streamId, envelope, eventId = '', type = '', tenantId = '', correlationId = '' } = retry;
  if (typeof envelope === 'string' && typeof streamId === 'string' && typeof attempt === 'number')
    return retry as ScheduledRetry;
  const entry = ref.slice(0, Math.max(0, ref.search(/[/@]/)));
  return { eventId, type, tenantId, correlationId, attempt: 1, streamId: entry, envelope: json };
}

/** Parses a JSON object. Of any other text it returns an empty object. Never throws. */
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

/** The failure of a dead letter, as JSON in the field `d` of its entry. */
export interface DeadDetail extends EventFacts {
  readonly error: Omit<Failure, 'retryable'>;
  /** Runs the handler was given. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailedAt: string;
  /** ISO 8601. */
  readonly lastFailedAt: string;
}
