import { EventBusError } from '../errors.js';
import type { AnyEventDefinition } from '../event/definition.js';
import type { Envelope } from '../event/envelope.js';
import { createEventId } from '../event/ids.js';
import { readEntry } from '../event/read-envelope.js';
import { checkedElsewhere } from '../options.js';
import { checkedData } from '../publish/prepare-event.js';
import type { Failure } from '../support/failure.js';
import { isWellFormed } from '../support/text.js';
import { type Argument, anyId, type CallTable, pageLimit, streamId } from './call-arguments.js';

/** Why there is a dead letter. */
export type DeadReason =
  /** The handler failed on every run it was given. */
  | 'RETRIES_EXHAUSTED'
  /** The handler threw a `NonRetryableError`. */
  | 'NON_RETRYABLE'
  /** The process died (or stalled) on it again and again. */
  | 'CRASHED'
  | 'NOT_JSON'
  | 'NOT_ENVELOPE'
  | 'TOO_LARGE'
  | 'SCHEMA'
  /** Its major version is older than the one that the build reads. */
  | 'VERSION_RETIRED'
  /** No build that can read its version has come within `maxParkMs`. */
  | 'VERSION_AHEAD'
  /** No instance has had the handler for a long time. */
  | 'HANDLER_RETIRED';

/** An event that one handler of one group could not handle, and that waits for a person. */
export interface DeadLetter {
  /** The dead letter's own id, a stream id: newer ones are greater. */
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** Which replay delivered it; absent on a live delivery. */
  readonly replayJobId?: string;
  readonly group: string;
  /** The handler's name, `*` where no handler could be told: the entry was no envelope. */
  readonly handler: string;
  readonly reason: DeadReason;
  readonly error: Omit<Failure, 'retryable'>;
  /** Runs the handler was given. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailedAt: string;
  /** ISO 8601. */
  readonly lastFailedAt: string;
  /** The event's entry in the stream; of an event that came of an edit, `edit-<id of the dead letter it was>`. */
  readonly streamId: string;
  /** The envelope as it stood in the stream, or whatever stood there. */
  readonly envelope: string;
}

/** Who does it: kept in the log. */
export interface Actor {
  readonly actor: string;
  /** Where from, such as a network address. */
  readonly from?: string;
  /** The bulk job that does it on the actor's behalf. */
  readonly job?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Give it to the next call; undefined on the last page. */
  readonly cursor: string | undefined;
}

export interface RevivedEvent {
  /** The same id on a plain retry, a new one on an edited one. */
  readonly eventId: string;
}

/** Dead letters, for operators. Of two operators at once one succeeds, the other is told. */
export interface DeadLetters {
  /** How many there are. */
  count(): Promise<number>;
  /** Newest first. @param limit Most items on the page, 50 by default. @param cursor Of the page before. */
  list(limit?: number, cursor?: string): Promise<Page<DeadLetter>>;
  /** One by its own id; undefined when there is none. */
  get(id: string): Promise<DeadLetter | undefined>;
  /**
   * Has the handler that failed, and it alone, run again with the event as it was, under the same id and with a new set
   * of retries.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when someone else was first, or no handler is known or left.
   */
  retry(id: string, by: Actor): Promise<RevivedEvent>;
  /**
   * Has the handler that failed, and it alone, run on the event with other data: a new event, caused by the old one.
   * @throws EventBusError `VALIDATION_FAILED`, `NOT_FOUND`, `CONFLICT`
   */
  retryEdited(id: string, data: unknown, by: Actor): Promise<RevivedEvent>;
  /** Removes one for good. @throws EventBusError `NOT_FOUND`, `CONFLICT` */
  discard(id: string, by: Actor): Promise<void>;
}

/** Longest name of who does it, and of where from, in characters: it is written to the log. */
const maxActorLength = 1_000;

function isActorText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= maxActorLength && isWellFormed(value);
}

/** Who does it, as an argument. */
export const actor: Argument = {
  name: 'by',
  check: {
    expected: `who does it: { actor, from?, job? }, strings of at most ${maxActorLength} whole characters, actor not empty`,
    holds: (value) => {
      const { actor, from, job } = value as Partial<Actor>;
      const isOptional = (text: unknown) => text === undefined || isActorText(text);
      return isActorText(actor) && actor !== '' && isOptional(from) && isOptional(job);
    },
  },
};

const id: Argument = { name: 'id', check: anyId };

/** What the calls about dead letters are given. */
export const deadLetterCalls: CallTable<DeadLetters> = {
  count: [],
  list: [
    { name: 'limit', optional: true, check: pageLimit },
    { name: 'cursor', optional: true, check: streamId },
  ],
  get: [id],
  retry: [id, actor],
  // The event's own schema checks the data.
  retryEdited: [id, { name: 'data', check: checkedElsewhere }, actor],
  discard: [id, actor],
};

/** Largest data of an edit, in bytes. Services may allow more or less: what is too large for them is a dead letter again. */
const maxEditedBytes = 16 * 1024 * 1024;

/**
 * The new event that a dead letter becomes with other data, and the data it had before.
 * @throws EventBusError `VALIDATION_FAILED`, `PAYLOAD_TOO_LARGE`, `CONFLICT`
 */
export function editedEvent(
  letter: DeadLetter,
  data: unknown,
  definitions: ReadonlyMap<string, AnyEventDefinition>,
  nowMs: number,
): { readonly eventId: string; readonly envelope: string; readonly before: unknown; readonly after: unknown } {
  const read = readEntry(letter.envelope, definitions, Number.POSITIVE_INFINITY);
  if (read.event === undefined || letter.handler === '*') throw noHandler(letter);
  const definition = definitions.get(letter.type);
  if (read.kind === 'ahead') {
    const what = `${letter.type}: dead letter ${letter.id} is of version ${read.event.version}, newer than what is known here`;
    throw new EventBusError('CONFLICT', `${what} (${definition?.version}): use an operator with a newer SDK`);
  }
  if (definition === undefined) {
    throw new EventBusError('CONFLICT', `no definition of ${letter.type} is known here to check the data with`);
  }
  const checked = checkedData(definition, letter.type, data, maxEditedBytes);
  const { unknown: _, ...old } = read.event;
  const eventId = createEventId(nowMs);
  const timestamp = new Date(nowMs).toISOString();
  const { version } = definition;
  const envelope: Envelope = { ...old, id: eventId, timestamp, causationId: old.id, version, data: checked };
  return { eventId, envelope: JSON.stringify(envelope), before: old.data, after: checked };
}

/** There is none of that id. */
export function noDeadLetter(id: string): EventBusError {
  const message = `there is no dead letter ${id}: it was retried, discarded or is past its retention`;
  return new EventBusError('NOT_FOUND', message);
}

/** It was no envelope. */
export function noHandler({ id }: DeadLetter): EventBusError {
  const message = `dead letter ${id} was no envelope, so that no handler is known: publish it anew, then discard it`;
  return new EventBusError('CONFLICT', message);
}

/** Its handler is retired: nobody would run it. */
export function noSuchHandler({ id, group, handler }: DeadLetter): EventBusError {
  const what = `group ${group} has no handler ${handler} any more, so that nobody would run dead letter ${id}`;
  return new EventBusError('CONFLICT', `${what}: deploy the handler again, or discard it`);
}

/** Another operator was first. */
export function tooLate(id: string): EventBusError {
  return new EventBusError('CONFLICT', `dead letter ${id} was retried or discarded by someone else a moment ago`);
}
