import type { AnyEventDefinition } from '../../event/definition.js';
import { parsePosition, positionOf } from '../../event/position.js';
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
import { type PartitionEntry, readMerged } from '../partitions/merged-range.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { fieldsOf } from '../store/keys.js';
import { type DeadDetail, type EventFacts, parseObject, type ScheduledRetry } from '../store/scheduled-retry.js';
import { discardScript, redriveScript } from './dead-letters.lua.js';

/** Dead letters in Redis: each change is one script, so that only one of two concurrent operators succeeds. */
export class RedisDeadLetters implements DeadLetters {
  readonly #partitions: Partitions;
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>;
  readonly #wake: (group: string) => void;

  constructor(
    partitions: Partitions,
    definitions: ReadonlyMap<string, AnyEventDefinition>,
    wake: (group: string) => void,
  ) {
    this.#partitions = partitions;
    this.#definitions = definitions;
    this.#wake = wake;
  }

  async count(): Promise<number> {
    const counts = await this.#partitions.each(({ connection, keys }) =>
      connection.ask((redis) => redis.xlen(keys.dlq)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async list({ limit = 50, cursor }: PageQuery = {}): Promise<Page<DeadLetter>> {
    const range = { after: cursor, limit, newestFirst: true };
    const items = (await readMerged(this.#partitions, ({ dlq }) => dlq, range)).map(deadLetterOf);
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    const entry = await this.#read(id);
    return entry === undefined ? undefined : deadLetterOf(entry);
  }

  async retry(id: string, by: Actor): Promise<RedrivenEvent> {
    const { letter, stored } = await this.#getOrThrow(id);
    if (letter.handler === '*') throw deadLetterWithoutHandler(letter);
    const { streamId, ref } = stored;
    await this.#redrive(letter, stored, { kind: 'retried', ...letter, streamId, ref, detail: {} }, by);
    return { eventId: letter.eventId };
  }

  async retryEdited(id: string, data: unknown, by: Actor): Promise<RedrivenEvent> {
    const { letter, stored } = await this.#getOrThrow(id);
    const nowMs = stored.partition.connection.now();
    const { eventId, envelope, before, after } = editedEvent(letter, data, this.#definitions, nowMs);
    const detail = { newEventId: eventId, dataBefore: before, dataAfter: after };
    const streamId = `edit-${stored.id}`;
    const ref = `${streamId}/${letter.handler}`;
    await this.#redrive(letter, stored, { kind: 'edited', eventId, envelope, streamId, ref, detail }, by);
    return { eventId };
  }

  async discard(id: string, by: Actor): Promise<void> {
    const { letter, stored } = await this.#getOrThrow(id);
    const { group, handler } = letter;
    const { connection, keys } = stored.partition;
    const { dead, closed, scheduledRetries, due, heads, waiting } = keys.group(group);
    const call = discardScript.call({
      dlq: keys.dlq,
      log: keys.log,
      dead,
      closed,
      retries: scheduledRetries,
      due: due(handler),
      heads,
      waiting,
      id: stored.id,
      ref: stored.ref,
      group,
      handler,
      streamId: stored.streamId,
      detail: detailOf(letter, by),
      actor: by.actor,
      origin: by.from ?? '',
      queuedAs: stored.queuedAs,
      letter: letter.envelope,
    });
    const result = await this.#partitions.within(stored.partition, () => connection.askOnce(call));
    if (result === 0) throw deadLetterConflict(id);
    if (result === 2) this.#wake(group);
  }

  async #redrive(letter: DeadLetter, stored: StoredLetter, next: NextDelivery, by: Actor): Promise<void> {
    const { id, group, handler, firstFailedAt } = letter;
    const { connection, keys } = stored.partition;
    const { scheduledRetries, claims, dead, due, handlers, closed, heads, waiting } = keys.group(group);
    const { eventId, streamId, envelope } = next;
    const { queuedAs } = stored;
    const retry: ScheduledRetry = {
      ...factsOf(letter),
      eventId,
      attempt: 1,
      firstFailedAt,
      streamId,
      envelope,
      ...(next.ref === queuedAs ? {} : { queuedAs }),
    };
    const call = redriveScript.call({
      dlq: keys.dlq,
      log: keys.log,
      retries: scheduledRetries,
      claims,
      dead,
      handlers,
      closed,
      due: due(handler),
      heads,
      waiting,
      id: stored.id,
      ref: stored.ref,
      group,
      streamId: stored.streamId,
      kind: next.kind,
      detail: detailOf(letter, by, next.detail),
      actor: by.actor,
      origin: by.from ?? '',
      newRef: next.ref,
      handler,
      retry: JSON.stringify(retry),
      queuedAs,
      letter: letter.envelope,
    });
    const result = await this.#partitions.within(stored.partition, () => connection.askOnce(call));
    if (result === -1) throw handlerRetired(letter);
    if (result !== 1) throw deadLetterConflict(id);
    this.#wake(group);
  }

  async #getOrThrow(id: string): Promise<{ readonly letter: DeadLetter; readonly stored: StoredLetter }> {
    const entry = await this.#read(id);
    if (entry === undefined) throw deadLetterNotFound(id);
    const { handler = '', stream = '', ref = `${stream}/${handler}`, d = '{}' } = fieldsOf(entry.fields);
    const { queuedAs = ref } = parseObject(d) as Partial<DeadDetail>;
    const stored = { partition: entry.partition, id: entry.streamId, streamId: stream, ref, queuedAs };
    return { letter: deadLetterOf(entry), stored };
  }

  async #read(id: string): Promise<PartitionEntry | undefined> {
    const position = parsePosition(id);
    const partition = position === undefined ? undefined : await this.#partitions.at(position.partition);
    if (position === undefined || partition === undefined) return undefined;
    const { streamId } = position;
    const [entry] = await this.#partitions.within(partition, ({ connection, keys }) =>
      connection.ask((redis) => redis.xrange(keys.dlq, streamId, streamId)),
    );
    return entry === undefined ? undefined : { partition, streamId, position: id, fields: entry[1] };
  }
}

/** The delivery that a redriven dead letter becomes. Its ids are those of its partition. */
interface NextDelivery {
  readonly kind: 'retried' | 'edited';
  readonly eventId: string;
  readonly envelope: string;
  readonly streamId: string;
  readonly ref: string;
  /** Further fields of the log entry's detail. */
  readonly detail: object;
}

/** Where a dead letter is stored. Its ids are those of its partition. */
interface StoredLetter {
  readonly partition: Partition;
  readonly id: string;
  /** The event's entry, or `edit-` and the id of the dead letter that was edited. */
  readonly streamId: string;
  /** The key of the delivery in the state of its group. */
  readonly ref: string;
  /** The ref with the place of the delivery in its key queue: that of the first event, if events were edited. */
  readonly queuedAs: string;
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

function deadLetterOf({ partition, position, fields }: PartitionEntry): DeadLetter {
  const { group = '', handler = '', stream = '', reason = '', d = '{}', e = '' } = fieldsOf(fields);
  const detail = parseObject(d) as Partial<DeadDetail>;
  return {
    id: position,
    ...noDetail,
    ...detail,
    group,
    handler,
    reason: reason as DeadLetterReason,
    streamId: positionOf(stream, partition.index),
    envelope: e,
  };
}
