import {
  type Actor,
  type DeadLetter,
  type DeadLetters,
  type DeadReason,
  editedEvent,
  noDeadLetter,
  noHandler,
  type Page,
  type RevivedEvent,
  tooLate,
} from '../dead-letter.js';
import type { AnyEventDefinition } from '../definition.js';
import { EventBusError } from '../errors.js';
import { matchesPattern } from '../pattern.js';
import { fieldsOf, type Keys } from './keys.js';
import { type Link, persist } from './link.js';
import type { DeadDetail, Row } from './row.js';
import { discardScript, reviveScript } from './scripts/dead-letters.js';

/** Dead letters in Redis: each change is one script, so that of two operators at once one succeeds. */
export class RedisDeadLetters implements DeadLetters {
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

  count(): Promise<number> {
    return persist(this.#link, () => this.#link.watch(this.#link.redis.xlen(this.#keys.dlq)));
  }

  async list(limit = 50, cursor?: string): Promise<Page<DeadLetter>> {
    const to = cursor === undefined ? '+' : `(${cursor}`;
    const read = () => this.#link.watch(this.#link.redis.xrevrange(this.#keys.dlq, to, '-', 'COUNT', limit));
    const items = (await persist(this.#link, read)).map(([id, fields]) => deadLetterOf(id, fields));
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    if (!/^\d{1,20}(-\d{1,20})?$/.test(id)) return undefined;
    const read = () => this.#link.watch(this.#link.redis.xrange(this.#keys.dlq, id, id));
    const [entry] = await persist(this.#link, read);
    return entry === undefined ? undefined : deadLetterOf(entry[0], entry[1]);
  }

  async retry(id: string, { actor }: Actor): Promise<RevivedEvent> {
    const letter = await this.#need(id);
    if (letter.handler === '*') throw noHandler(letter);
    await this.#revive(letter, refOf(letter), letter.envelope, letter.eventId, letter.streamId, 'retried', actor);
    return { eventId: letter.eventId };
  }

  async retryEdited(id: string, data: unknown, { actor }: Actor): Promise<RevivedEvent> {
    const letter = await this.#need(id);
    const { eventId, envelope } = editedEvent(letter, data, this.#definitions, this.#link.now());
    await this.#revive(letter, `edit-${id}/${letter.handler}`, envelope, eventId, id, 'edited', actor);
    return { eventId };
  }

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
    if (letter === undefined) throw noDeadLetter(id);
    return letter;
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

function deadLetterOf(id: string, fields: readonly string[]): DeadLetter {
  const { group = '', handler = '', stream = '', reason = '', d = '{}', e = '' } = fieldsOf(fields);
  const detail = JSON.parse(d) as DeadDetail;
  return { id, ...detail, group, handler, reason: reason as DeadReason, streamId: stream, envelope: e };
}
