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
  editedEvent,
  handlerRetired,
  type Page,
  type RedrivenEvent,
} from '../../operate/dead-letter.js';
import { readRange } from '../connection/read-range.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { fieldsOf, type Keys } from '../store/keys.js';
import { type DeadDetail, type EventFacts, parseObject, type ScheduledRetry } from '../store/scheduled-retry.js';
import { discardScript, reviveScript } from './dead-letters.lua.js';

/** Dead letters in Redis: each change is one script, so that of two operators at once one succeeds. */
export class RedisDeadLetters implements DeadLetters {
  readonly #link: RedisConnection;
  readonly #keys: Keys;
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>;
  readonly #wake: (group: string) => void;

  constructor(
    link: RedisConnection,
    keys: Keys,
    definitions: ReadonlyMap<string, AnyEventDefinition>,
    wake: (group: string) => void,
  ) {
    this.#link = link;
    this.#keys = keys;
    this.#definitions = definitions;
    this.#wake = wake;
  }

  count(): Promise<number> {
    return this.#link.ask((redis) => redis.xlen(this.#keys.dlq));
  }

  async list({ limit = 50, cursor }: PageQuery = {}): Promise<Page<DeadLetter>> {
    const to = cursor === undefined ? '+' : `(${cursor}`;
    const page = await readRange(this.#link, this.#keys.dlq, { from: to, to: '-', limit, newestFirst: true });
    const items = page.map(([id, fields]) => deadLetterOf(id, fields));
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    const entry = await this.#read(id);
    return entry === undefined ? undefined : deadLetterOf(entry[0], entry[1]);
  }

  async retry(id: string, by: Actor): Promise<RedrivenEvent> {
    const letter = await this.#need(id);
    if (letter.handler === '*') throw deadLetterWithoutHandler(letter);
    await this.#revive(letter, letter.envelope, letter.eventId, letter.streamId, letter.ref, 'retried', by);
    return { eventId: letter.eventId };
  }

  async retryEdited(id: string, data: unknown, by: Actor): Promise<RedrivenEvent> {
    const letter = await this.#need(id);
    const { eventId, envelope, before, after } = editedEvent(letter, data, this.#definitions, this.#link.now());
    const change = { newEventId: eventId, dataBefore: before, dataAfter: after };
    const streamId = `edit-${id}`;
    await this.#revive(letter, envelope, eventId, streamId, `${streamId}/${letter.handler}`, 'edited', by, change);
    return { eventId };
  }

  async discard(id: string, by: Actor): Promise<void> {
    const letter = await this.#need(id);
    const { group, handler, streamId } = letter;
    const { dead, closed } = this.#keys.group(group);
    const keys = [this.#keys.dlq, this.#keys.log, dead, closed];
    const args = [id, letter.ref, group, handler, streamId, detailOf(letter, by), by.actor, by.from ?? ''];
    if ((await this.#link.askOnce(() => this.#link.run(discardScript, keys, args))) !== 1) throw deadLetterConflict(id);
  }

  async #revive(
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
    const row: ScheduledRetry = { ...factsOf(letter), eventId, attempt: 1, firstFailedAt, streamId, envelope };
    const detail = detailOf(letter, by, change);
    const args = [
      id,
      letter.ref,
      group,
      letter.streamId,
      kind,
      detail,
      by.actor,
      by.from ?? '',
      ref,
      handler,
      JSON.stringify(row),
    ];
    const keys = [this.#keys.dlq, this.#keys.log, scheduledRetries, claims, dead, handlers, closed, due(handler)];
    const revived = await this.#link.askOnce(() => this.#link.run(reviveScript, keys, args));
    if (revived === -1) throw handlerRetired(letter);
    if (revived !== 1) throw deadLetterConflict(id);
    this.#wake(group);
  }

  async #need(id: string): Promise<StoredLetter> {
    const [, fields] = (await this.#read(id)) ?? [];
    if (fields === undefined) throw deadLetterNotFound(id);
    const letter = deadLetterOf(id, fields);
    return { ...letter, ref: fieldsOf(fields).ref ?? `${letter.streamId}/${letter.handler}` };
  }

  async #read(id: string): Promise<[id: string, fields: string[]] | undefined> {
    if (!isStreamId(id)) return undefined;
    return (await this.#link.ask((redis) => redis.xrange(this.#keys.dlq, id, id)))[0];
  }
}

/** A dead letter with what its group's ledgers know it by. */
interface StoredLetter extends DeadLetter {
  readonly ref: string;
}

function factsOf({ eventId, type, tenantId, correlationId, replayJobId }: DeadLetter): EventFacts {
  return { eventId, type, tenantId, correlationId, ...(replayJobId === undefined ? {} : { replayJobId }) };
}

/** What the log keeps of a change: the event, the dead letter as it was, and what is `changed` beside. */
function detailOf(letter: DeadLetter, { job }: Actor, change: object = {}): string {
  const { reason, attempts, error, firstFailedAt, lastFailedAt } = letter;
  const { name, message, code } = error;
  const before = { reason, attempts, error: { name, message, code }, firstFailedAt, lastFailedAt };
  return JSON.stringify({ ...factsOf(letter), job, before, ...change });
}

/** What is known of a dead letter whose detail cannot be read. */
const noDetail: DeadDetail = {
  ...{ eventId: '', type: '', tenantId: '', correlationId: '', attempts: 0, firstFailedAt: '', lastFailedAt: '' },
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
