import type { AnyEventDefinition } from '../definition.js';
import type { Envelope } from '../envelope.js';
import { EventBusError } from '../errors.js';
import { createEventId } from '../ids.js';
import { matchesPattern } from '../pattern.js';
import { readEntry } from '../read-entry.js';
import { violationsOf } from '../violations.js';
import { fieldsOf, type Keys } from './keys.js';
import { type Link, persist } from './link.js';
import type { DeadDetail, DeadReason, Row } from './row.js';
import { discardScript, reviveScript } from './scripts/dead-letters.js';

/** An event that one handler of one group could not handle, and that waits for a person. */
export interface DeadLetter {
  /** The dead letter's own id, a stream id: newer ones are greater. */
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly tenantId: string;
  readonly correlationId: string;
  readonly group: string;
  /** The handler's name, `*` where no handler could be told: the entry was no envelope. */
  readonly handler: string;
  readonly reason: DeadReason;
  readonly error: DeadDetail['error'];
  /** Runs the handler was given. */
  readonly attempts: number;
  /** ISO 8601. */
  readonly firstFailedAt: string;
  /** ISO 8601. */
  readonly lastFailedAt: string;
  /** The event's entry in the stream. */
  readonly streamId: string;
  /** The envelope as it stood in the stream, or whatever stood there. */
  readonly envelope: string;
}

/** Who does it: kept in the log. */
export interface Actor {
  readonly actor: string;
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

/** Dead letters, for operators: each change is one script, so that of two operators at once one succeeds. */
export class DeadLetters {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>;
  readonly #wake: (group: string) => void;

  constructor(
    link: Link,
    keys: Keys,
    definitions: ReadonlyMap<string, AnyEventDefinition>,
    wake: (group: string) => void,
  ) {
    this.#link = link;
    this.#keys = keys;
    this.#definitions = definitions;
    this.#wake = wake;
  }

  /** How many there are. */
  count(): Promise<number> {
    return persist(this.#link, () => this.#link.watch(this.#link.redis.xlen(this.#keys.dlq)));
  }

  /** Newest first. @param limit Most items on the page. @param cursor Of the page before. */
  async list(limit = 50, cursor?: string): Promise<Page<DeadLetter>> {
    const to = cursor === undefined ? '+' : `(${cursor}`;
    const read = () => this.#link.watch(this.#link.redis.xrevrange(this.#keys.dlq, to, '-', 'COUNT', limit));
    const items = (await persist(this.#link, read)).map(([id, fields]) => deadLetterOf(id, fields));
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  /** One by its own id; undefined when there is none. */
  async get(id: string): Promise<DeadLetter | undefined> {
    if (!/^\d{1,20}(-\d{1,20})?$/.test(id)) return undefined;
    const read = () => this.#link.watch(this.#link.redis.xrange(this.#keys.dlq, id, id));
    const [entry] = await persist(this.#link, read);
    return entry === undefined ? undefined : deadLetterOf(entry[0], entry[1]);
  }

  /**
   * Has the handler that failed, and it alone, run again with the event as it was, under the same id and with a new set
   * of retries.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when someone else was first, or no handler is known.
   */
  async retry(id: string, { actor }: Actor): Promise<RevivedEvent> {
    const letter = await this.#need(id);
    if (letter.handler === '*') {
      const message = `dead letter ${id} was no envelope, so that no handler is known: publish it anew, then discard it`;
      throw new EventBusError('CONFLICT', message);
    }
    await this.#revive(letter, refOf(letter), letter.envelope, letter.eventId, letter.streamId, 'retried', actor);
    return { eventId: letter.eventId };
  }

  /**
   * Has the handler that failed, and it alone, run on the event with other data: a new event, caused by the old one.
   * @throws EventBusError `VALIDATION_FAILED`, `NOT_FOUND`, `CONFLICT`
   */
  async retryEdited(id: string, data: unknown, { actor }: Actor): Promise<RevivedEvent> {
    const letter = await this.#need(id);
    const read = readEntry(letter.envelope, this.#definitions, Number.POSITIVE_INFINITY);
    if (read.event === undefined || letter.handler === '*') {
      throw new EventBusError('CONFLICT', `dead letter ${id} was no envelope: publish it anew, then discard it`);
    }
    const definition = this.#definitions.get(letter.type);
    if (definition === undefined) {
      throw new EventBusError('CONFLICT', `no definition of ${letter.type} is known here to check the data with`);
    }
    if (!definition.validate(data)) {
      const violations = violationsOf(definition.validate.errors ?? []);
      const list = violations.map(({ path, message }) => `${path} ${message}`).join('; ');
      throw new EventBusError('VALIDATION_FAILED', `${letter.type}: the data breaks its schema: ${list}`, {
        violations,
      });
    }
    const { unknown: _, ...old } = read.event;
    const nowMs = this.#link.now();
    const eventId = createEventId(nowMs);
    const envelope: Envelope = {
      ...old,
      ...{
        id: eventId,
        timestamp: new Date(nowMs).toISOString(),
        causationId: old.id,
        version: definition.version,
        data,
      },
    };
    await this.#revive(letter, `edit-${id}/${letter.handler}`, JSON.stringify(envelope), eventId, id, 'edited', actor);
    return { eventId };
  }

  /** Removes one for good. @throws EventBusError `NOT_FOUND`, `CONFLICT` */
  async discard(id: string, { actor }: Actor): Promise<void> {
    const letter = await this.#need(id);
    const { group, handler, streamId } = letter;
    const keys = [this.#keys.dlq, this.#keys.log, this.#keys.group(group).dead];
    const args = [id, refOf(letter), group, handler, streamId, detailOf(letter), actor];
    if ((await this.#once(() => this.#link.run(discardScript, keys, args))) !== 1) throw tooLate(id);
  }

  async #revive(
    letter: DeadLetter,
    ref: string,
    envelope: string,
    eventId: string,
    streamId: string,
    kind: 'retried' | 'edited',
    actor: string,
  ): Promise<void> {
    const { id, group, handler, type, tenantId, correlationId, firstFailedAt } = letter;
    const { rows, claims, dead, duePrefix } = this.#keys.group(group);
    const row: Row = { eventId, type, tenantId, correlationId, attempt: 1, firstFailedAt, streamId, envelope };
    const detail = detailOf(letter, kind === 'edited' ? eventId : undefined);
    const args = [
      id,
      refOf(letter),
      group,
      letter.streamId,
      kind,
      detail,
      actor,
      duePrefix,
      ref,
      handler,
      JSON.stringify(row),
    ];
    const keys = [this.#keys.dlq, this.#keys.log, rows, claims, dead];
    if ((await this.#once(() => this.#link.run(reviveScript, keys, args))) !== 1) throw tooLate(id);
    this.#wake(group);
  }

  async #need(id: string): Promise<DeadLetter> {
    const letter = await this.get(id);
    if (letter !== undefined) return letter;
    throw new EventBusError(
      'NOT_FOUND',
      `there is no dead letter ${id}: it was retried, discarded or is past its retention`,
    );
  }

  /** A change whose reply was lost is not made again: it may have been made, and looks then as if someone else had. */
  async #once(call: () => Promise<unknown>): Promise<unknown> {
    await this.#link.whenReady(5_000);
    try {
      return await call();
    } catch (cause) {
      const message =
        'the connection to Redis was lost: the change may have been made or not; look before you try again';
      throw new EventBusError('OUTCOME_UNKNOWN', message, { cause });
    }
  }
}

/** The handlers of a group's set that events of a type are for. */
export function handlersFor(patterns: Readonly<Record<string, string>>, type: string): string[] {
  return Object.keys(patterns).filter((handler) => matchesPattern(patterns[handler] ?? '', type));
}

function refOf({ streamId, handler }: DeadLetter): string {
  return `${streamId}/${handler}`;
}

function detailOf({ eventId, type, tenantId, correlationId }: DeadLetter, newEventId?: string): string {
  return JSON.stringify({
    eventId,
    type,
    tenantId,
    correlationId,
    ...(newEventId === undefined ? {} : { newEventId }),
  });
}

function tooLate(id: string): EventBusError {
  return new EventBusError('CONFLICT', `dead letter ${id} was retried or discarded by someone else a moment ago`);
}

function deadLetterOf(id: string, fields: readonly string[]): DeadLetter {
  const { group = '', handler = '', stream = '', reason = '', d = '{}', e = '' } = fieldsOf(fields);
  const detail = JSON.parse(d) as DeadDetail;
  return { id, ...detail, group, handler, reason: reason as DeadReason, streamId: stream, envelope: e };
}
