import type { AnyEventDefinition } from '../event/definition.js';
import { readEntry } from '../event/read-envelope.js';
import { compareStreamIds } from '../event/stream-id.js';
import type { PageQuery } from '../operate/call-arguments.js';
import {
  type Actor,
  type DeadLetter,
  type DeadLetterReason,
  type DeadLetters,
  deadLetterNotFound,
  deadLetterWithoutHandler,
  type Page,
  type RedrivenEvent,
} from '../operate/dead-letter.js';
import { editedEvent } from '../operate/edited-event.js';
import type { Failure } from '../support/failure.js';
import type { Clock } from './clock.js';
import type { MemoryDeliveryStart } from './memory-bus.js';
import type { MemoryKeyQueues } from './memory-key-queues.js';
import type { MemorySchedule } from './memory-schedule.js';

/** Dead letters in memory. */
export class MemoryDeadLetters implements DeadLetters {
  /** Oldest first. */
  readonly #letters = new Map<string, DeadLetter>();
  readonly #clock: Clock;
  readonly #definitions: ReadonlyMap<string, AnyEventDefinition>;
  readonly #schedule: MemorySchedule;
  readonly #queues: MemoryKeyQueues;
  #count = 0;

  /** @param definitions By type; they validate edited data. */
  constructor(
    clock: Clock,
    definitions: ReadonlyMap<string, AnyEventDefinition>,
    schedule: MemorySchedule,
    queues: MemoryKeyQueues,
  ) {
    this.#clock = clock;
    this.#definitions = definitions;
    this.#schedule = schedule;
    this.#queues = queues;
  }

  /** Adds a delivery that failed for good. */
  add(group: string, delivery: MemoryDeliveryStart, handler: string, reason: DeadLetterReason, failure: Failure): void {
    const { id: eventId, type, tenantId, correlationId, replay } = delivery.event;
    const { retryable: _, ...error } = failure;
    const lastFailedAt = new Date(this.#clock.now()).toISOString();
    this.#count += 1;
    const id = `${this.#clock.now()}-${this.#count}`;
    this.#letters.set(id, {
      id,
      eventId,
      type,
      tenantId,
      correlationId,
      group,
      handler,
      reason,
      error,
      lastFailedAt,
      attempts: delivery.attempt,
      firstFailedAt: delivery.firstFailedAt ?? lastFailedAt,
      streamId: delivery.streamId,
      envelope: delivery.envelope,
      ...(replay === undefined ? {} : { replayJobId: replay.jobId }),
    });
  }

  async count(): Promise<number> {
    return this.#letters.size;
  }

  async list({ limit = 50, cursor }: PageQuery = {}): Promise<Page<DeadLetter>> {
    const newestFirst = [...this.#letters.values()].reverse();
    // The dead letter of the cursor may no longer exist.
    const rest = newestFirst.filter(({ id }) => cursor === undefined || compareStreamIds(id, cursor) < 0);
    const items = rest.slice(0, limit);
    return { items, cursor: items.length < limit ? undefined : items.at(-1)?.id };
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return this.#letters.get(id);
  }

  async retry(id: string, _by: Actor): Promise<RedrivenEvent> {
    const letter = this.#getOrThrow(id);
    if (letter.handler === '*') throw deadLetterWithoutHandler(letter);
    this.#letters.delete(id);
    this.#redrive(letter, letter.envelope);
    return { eventId: letter.eventId };
  }

  async retryEdited(id: string, data: unknown, _by: Actor): Promise<RedrivenEvent> {
    const letter = this.#getOrThrow(id);
    const { eventId, envelope } = editedEvent(letter, data, this.#definitions, this.#clock.now());
    this.#letters.delete(id);
    this.#redrive(letter, envelope);
    return { eventId };
  }

  async discard(id: string, _by: Actor): Promise<void> {
    const { group, handler, streamId, envelope } = this.#getOrThrow(id);
    this.#letters.delete(id);
    const { event } = readEntry(envelope, new Map(), Number.POSITIVE_INFINITY);
    if (event === undefined) return;
    this.#queues.leave({ group, handler, streamId, event });
    this.#schedule.changed();
  }

  #redrive({ group, handler, streamId }: DeadLetter, envelope: string): void {
    const dueAt = this.#clock.now();
    this.#schedule.add({ group, handler, streamId, envelope, dueAt, attempt: 1, firstFailedAt: undefined });
  }

  #getOrThrow(id: string): DeadLetter {
    const letter = this.#letters.get(id);
    if (letter === undefined) throw deadLetterNotFound(id);
    return letter;
  }
}
