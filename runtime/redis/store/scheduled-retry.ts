import type { Failure } from '../../support/failure.js';

/** A delivery to one handler that waits for its next run. It is stored as JSON. */
export interface ScheduledRetry {
  readonly eventId: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** Which replay delivered it; absent on a live delivery. */
  readonly replayJobId?: string;
  /** Number of the next run, from 1. */
  readonly attempt: number;
  /** Time of the first failure, ISO 8601. Absent if no run has failed. */
  readonly firstFailedAt?: string;
  readonly lastFailure?: Failure;
  /** Stream id of the event's entry; for an edited event `edit-<id of the dead letter that was edited>`. */
  readonly streamId: string;
  /** For an edited event: the ref of the delivery whose place it takes in its key queue. */
  readonly queuedAs?: string;
  /** The envelope's JSON. */
  readonly envelope: string;
}

/**
 * Reads a scheduled retry. For text that is not a scheduled retry, which this runtime never writes, the entry is taken from
 * the ref and the text is used as the envelope, so that it becomes a dead letter. Never throws.
 */
export function readScheduledRetry(ref: string, json: string): ScheduledRetry {
  const retry = parseObject(json) as Partial<ScheduledRetry>;
  const { attempt, streamId, envelope, eventId = '', type = '', tenantId = '', correlationId = '' } = retry;
  if (typeof envelope === 'string' && typeof streamId === 'string' && typeof attempt === 'number')
    return retry as ScheduledRetry;
  const entry = ref.slice(0, Math.max(0, ref.search(/[/@]/)));
  return { eventId, type, tenantId, correlationId, attempt: 1, streamId: entry, envelope: json };
}

/** Parses a JSON object. Returns an empty object for any other text. Never throws. */
export function parseObject(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The text was not written by this runtime.
  }
  return {};
}

/** Fields of an event in log lines and dead letters. */
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
  /** See {@link ScheduledRetry.queuedAs}. */
  readonly queuedAs?: string;
  /** Number of runs. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailedAt: string;
  /** ISO 8601. */
  readonly lastFailedAt: string;
}
