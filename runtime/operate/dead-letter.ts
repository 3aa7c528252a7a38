import { EventBusError } from '../errors.js';
import { checkedElsewhere } from '../options.js';
import type { Failure } from '../support/failure.js';
import { isWellFormed } from '../support/text.js';
import { type Argument, anyId, type CallTable, type PageQuery, pageQuery, position } from './call-arguments.js';

/** Every reason for a dead letter. */
export const deadLetterReasons = [
  /** The handler failed in every run. */
  'RETRIES_EXHAUSTED',
  /** The handler threw a `NonRetryableError`. */
  'NON_RETRYABLE',
  /** The process crashed or stalled at every delivery of the event. */
  'CRASHED',
  'NOT_JSON',
  'NOT_ENVELOPE',
  'TOO_LARGE',
  'SCHEMA',
  /** The event's major version is older than the versions that the build reads. */
  'VERSION_RETIRED',
  /** The conversion of data of an older major version failed. */
  'UPCAST_FAILED',
  /** No build that can read the event's version was deployed within `maxParkMs`. */
  'VERSION_AHEAD',
  /** The handler is retired: no process has had it for a long time. */
  'HANDLER_RETIRED',
] as const;

/** Reason for a dead letter. */
export type DeadLetterReason = (typeof deadLetterReasons)[number];

/** An event that one handler of one group could not handle, stored until an operator acts. */
export interface DeadLetter {
  /** The dead letter's own id, a position: newer ones are greater, by `comparePositions`. */
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** Which replay delivered it; absent on a live delivery. */
  readonly replayJobId?: string;
  readonly group: string;
  /** The handler's name; `*` for an entry that is not a valid envelope, whose handler is unknown. */
  readonly handler: string;
  readonly reason: DeadLetterReason;
  readonly error: Omit<Failure, 'retryable'>;
  /** How often the handler has run. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailedAt: string;
  /** ISO 8601. */
  readonly lastFailedAt: string;
  /** The position of the event's entry; for an edited event `edit-<id of the dead letter that was edited>`. */
  readonly streamId: string;
  /** The content of the entry: the envelope's JSON, or any other text. */
  readonly envelope: string;
}

/** The person who makes a change. It is written to the transition log. */
export interface Actor {
  readonly actor: string;
  /** Origin of the request, such as a network address. */
  readonly from?: string;
  /** The bulk job that makes the change for the person. */
  readonly job?: string;
}

/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor for the query of the next page; undefined on the last page. */
  readonly cursor: string | undefined;
}

/** The event that a dead letter became. */
export interface RedrivenEvent {
  /** The same id for a retry with the same data, a new one for edited data. */
  readonly eventId: string;
}

/** Dead letters, for operators. When two operators change the same one, one of them succeeds and the other gets `CONFLICT`. */
export interface DeadLetters {
  /** Number of dead letters. */
  count(): Promise<number>;
  /** The dead letters, newest first. */
  list(query?: PageQuery): Promise<Page<DeadLetter>>;
  /** The dead letter with this id; undefined if there is none. */
  get(id: string): Promise<DeadLetter | undefined>;
  /**
   * Runs the handler that failed, and no other, again with the same event under the same id and with a new set of retries.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when another operator has changed it, or the group no longer has the handler
   */
  retry(id: string, by: Actor): Promise<RedrivenEvent>;
  /**
   * Runs the handler that failed, and no other, with edited data: a new event, caused by the old one. The data must be valid by
   * the schema of the dead letter's major version or of the present one; the new event has the version whose schema it matches.
   * @throws EventBusError `VALIDATION_FAILED`, `NOT_FOUND`, `CONFLICT`
   */
  retryEdited(id: string, data: unknown, by: Actor): Promise<RedrivenEvent>;
  /** Deletes a dead letter for good. @throws EventBusError `NOT_FOUND`, `CONFLICT` */
  discard(id: string, by: Actor): Promise<void>;
}

/** Maximum length of each field of an actor, in characters: they are written to the log. */
const maxActorLength = 1_000;

function isActorText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxActorLength && isWellFormed(value);
}

/** The argument that names the person who makes a change. */
export const actor: Argument = {
  name: 'by',
  check: {
    expected: `an actor { actor, from?, job? }: strings of at most ${maxActorLength} whole characters, actor not empty`,
    holds: (value) => {
      const { actor, from, job } = value as Partial<Actor>;
      const isOptional = (text: unknown) => text === undefined || isActorText(text);
      return isActorText(actor) && actor !== '' && isOptional(from) && isOptional(job);
    },
  },
};

const id: Argument = { name: 'id', check: anyId };

/** Arguments of the calls for dead letters. */
export const deadLetterCalls: CallTable<DeadLetters> = {
  count: [],
  list: [pageQuery(position)],
  get: [id],
  retry: [id, actor],
  // The event's own schema checks the data.
  retryEdited: [id, { name: 'data', check: checkedElsewhere }, actor],
  discard: [id, actor],
};

export function deadLetterNotFound(id: string): EventBusError {
  const message = `there is no dead letter ${id}: it was retried or discarded, or its retention has expired`;
  return new EventBusError('NOT_FOUND', message);
}

export function deadLetterWithoutHandler({ id }: DeadLetter): EventBusError {
  const message = `dead letter ${id} does not contain a valid envelope, so its handler is unknown: publish the event again, then discard it`;
  return new EventBusError('CONFLICT', message);
}

export function handlerRetired({ id, group, handler }: DeadLetter): EventBusError {
  const problem = `group ${group} no longer has a handler ${handler}, so dead letter ${id} cannot be retried`;
  return new EventBusError('CONFLICT', `${problem}: deploy the handler again, or discard it`);
}

export function deadLetterConflict(id: string): EventBusError {
  return new EventBusError('CONFLICT', `another operator has just retried or discarded dead letter ${id}`);
}
