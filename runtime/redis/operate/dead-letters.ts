import type { AnyEventDefinition } from '../../event/definition.js';
import { isStreamId } from '../../event/stream-id.js';
import type { PageQuery } from '../../operate/call-arguments.js';
import {
  type Actor,
  type DeadLetter,
  type DeadLetterReason,
  type DeadLetters,
  deadLetterConflict,
  deadLetterNotFound,
  deadLetterWithoutHandler,
  handlerRetired,
  type Page,
  type RedrivenEvent,
} from '../../operate/dead-letter.js';
import { editedEvent } from '../../operate/edited-event.js';
import type { Link } from '../connection/link.js';
import { readRange } from '../connection/read-range.js';
import { fieldsOf, type Keys } from '../store/keys.js';
import { type DeadDetail, type EventFacts, parseObject, type ScheduledRetry } from '../store/scheduled-retry.js';
import { discardScript, redriveScript } from './dead-letters.lua.js';

/** Dead letters in Redis: each change is one script, so that only one of two concurrent operators succeeds. */
export class RedisDeadLetters implements DeadLetters {
  readonly #connection: Link;
  readonly #keys: Keys;
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>;
  readonly #wake: (group: string) => void;

  constructor(
    connection: Link,
    keys: Keys,
    definitions: ReadonlyMap<string, AnyEventDefinition>,
    wake: (group: string) => void,
  ) {
    this.#connection = connection;
    this.#keys = keys;
    this.#definitions = definitions;
    this.#wake = wake;
  }

  count(): Promise<number> {
    return this.#connection.ask((redis) => redis.xlen(this.#keys.dlq));
  }

  async list({ limit = 50, cursor }: PageQuery = {}): Promise<Page<DeadLetter>> {
    const to = cursor === undefined ? '+' : `(${cursor}`;
    const page = await readRange(this.#connection, this.#keys.dlq, { from: to, to: '-', limit, newestFirst: true });
    const items = page.map(([id, fields]) => deadLetterOf(id, fields));
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    const entry = await this.#read(id);
    return entry === undefined ? undefined : deadLetterOf(entry[0], entry[1]);
  }

  async retry(id: string, by: Actor): Promise<RedrivenEvent> {
    const letter = await this.#getOrThrow(id);
    if (letter.handler === '*') throw deadLetterWithoutHandler(letter);
    await this.#redrive(letter, letter.envelope, letter.eventId, letter.streamId, letter.ref, 'retried', by);
    return { eventId: letter.eventId };
  }

  async retryEdited(id: string, data: unknown, by: Actor): Promise<RedrivenEvent> {
    const letter = await this.#getOrThrow(id);
    const { eventId, envelope, before, after } = editedEvent(letter, data, this.#definitions, this.#connection.now());
    const change = { newEventId: eventId, dataBefore: before, dataAfter: after };
    const streamId = `edit-${id}`;
    await this.#redrive(letter, envelope, eventId, streamId, `${streamId}/${letter.handler}`, 'edited', by, change);
    return { eventId };
  }

  async discard(id: string, by: Actor): Promise<void> {
    const letter = await this.#getOrThrow(id);
    const { group, handler, streamId } = letter;
    const { dead, closed } = this.#keys.group(group);
    const { dlq, log } = this.#keys;
    const detail = detailOf(letter, by);
    const of = { id, ref: letter.ref, group, handler, streamId, detail };
    const call = discardScript.call({ dlq, log, dead, closed, ...of, actor: by.actor, origin: by.from ?? '' });
    if ((await this.#connection.askOnce(call)) !== 1) throw deadLetterConflict(id);
  }

  async #redrive(
    letter: StoredLetter,
    envelope: string,
    eventId: string,
    streamId: string,
    ref: string,
    kind: 'retried' | 'edited',
    by: Actor,
    change: object = {},
  ): Promise<void> {
    const { id, group, handler, firstFailedAt } = letter;
    const { scheduledRetries, claims, dead, due, handlers, closed } = this.#keys.group(group);
    const retry: ScheduledRetry = { ...factsOf(letter), eventId, attempt: 1, firstFailedAt, streamId, envelope };
    const detail = detailOf(letter, by, change);
    const call = redriveScript.call({
      dlq: this.#keys.dlq,
      log: this.#keys.log,
      retries: scheduledRetries,
      claims,
      dead,
      handlers,
      closed,
      due: due(handler),
      id,
      ref: letter.ref,
      group,
      streamId: letter.streamId,
      kind,
      detail,
      actor: by.actor,
      origin: by.from ?? '',
      newRef: ref,
      handler,
      retry: JSON.stringify(retry),
    });
    const result = await this.#connection.askOnce(call);
    if (result === -1) throw handlerRetired(letter);
    if (result !== 1) throw deadLetterConflict(id);
    this.#wake(group);
  }

  async #getOrThrow(id: string): Promise<StoredLetter> {
    const [, fields] = (await this.#read(id)) ?? [];
    if (fields === undefined) throw deadLetterNotFound(id);
    const letter = deadLetterOf(id, fields);
    return { ...letter, ref: fieldsOf(fields).ref ?? `${letter.streamId}/${letter.handler}` };
  }

  async #read(id: string): Promise<[id: string, fields: string[]] | undefined> {
    if (!isStreamId(id)) return undefined;
    return (await this.#connection.ask((redis) => redis.xrange(this.#keys.dlq, id, id)))[0];
  }
}

/** A dead letter with its ref, the key of the delivery in the state of its group. */
interface StoredLetter extends DeadLetter {
  readonly ref: string;
}

function factsOf({ eventId, type, tenantId, correlationId, replayJobId }: DeadLetter): EventFacts {
  return { eventId, type, tenantId, correlationId, ...(replayJobId === undefined ? {} : { replayJobId }) };
}

/** Log detail of a change: the event, the dead letter before the change, and the fields of `change`. */
function detailOf(letter: DeadLetter, { job }: Actor, change: object = {}): string {
  const { reason, attempts, error, firstFailedAt, lastFailedAt } = letter;
  const { name, message, code } = error;
  const before = { reason, attempts, error: { name, message, code }, firstFailedAt, lastFailedAt };
  return JSON.stringify({ ...factsOf(letter), job, before, ...change });
}

/** Fields of a dead letter whose detail cannot be read. */
const noDetail: DeadDetail = {
  eventId: '',
  type: '',
  tenantId: '',
  correlationId: '',
  attempts: 0,
  firstFailedAt: '',
  lastFailedAt: '',
  error: { name: 'Error', message: 'the detail of this dead letter cannot be read' },
};

function deadLetterOf(id: string, fields: readonly string[]): DeadLetter {
  const { group = '', handler = '', stream = '', reason = '', d = '{}', e = '' } = fieldsOf(fields);
  const detail = parseObject(d) as Partial<DeadDetail>;
  return {
    id,
    ...noDetail,
    ...detail,
    group,
    handler,
    reason: reason as DeadLetterReason,
    streamId: stream,
    envelope: e,
  };
}
