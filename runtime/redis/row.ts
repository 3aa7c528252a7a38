import type { Failure } from '../outcome.js';

/** A delivery to one handler that waits for its next run: kept in the group's rows, as JSON. */
export interface Row {
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
