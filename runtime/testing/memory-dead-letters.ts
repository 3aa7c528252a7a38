import type { AnyEventDefinition } from '../event/definition.js';
import { compareStreamIds } from '../event/stream-id.js';
import type { PageQuery } from '../operate/call-arguments.js';
import {
  type Actor,
  type DeadLetter,
  type DeadLetters,
  deadLetterNotFound,
  deadLetterWithoutHandler,
  editedEvent,
  type Page,
  type RedrivenEvent,
} from '../operate/dead-letter.js';
import type { Clock } from './clock.js';

/** Dead letters in memory. */
export class MemoryDeadLetters implements DeadLetters {
  /** Oldest first. */
  readonly #letters = new Map<string, DeadLetter>();
  readonly #clock: Clock;
  readonly #definitions: () => ReadonlyMap<string, AnyEventDefinition>;
  readonly #redrive: (letter: DeadLetter, envelope: string) => void;
  #count = 0;

  constructor(
    clock: Clock,
    definitions: () => ReadonlyMap<string, AnyEventDefinition>,
    redrive: (letter: DeadLetter, envelope: string) => void,
  ) {
    this.#clock = clock;
    this.#definitions = definitions;
    this.#redrive = redrive;
  }

  add(letter: Omit<DeadLetter, 'id'>): void {
    this.#count += 1;
    const id = `${this.#clock.now()}-${this.#count}`;
    this.#letters.set(id, { id, ...letter });
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
    const { eventId, envelope } = editedEvent(letter, data, this.#definitions(), this.#clock.now());
    this.#letters.delete(id);
    this.#redrive(letter, envelope);
    return { eventId };
  }

  async discard(id: string, _by: Actor): Promise<void> {
    this.#getOrThrow(id);
    this.#letters.delete(id);
  }

  #getOrThrow(id: string): DeadLetter {
    const letter = this.#letters.get(id);
    if (letter === undefined) throw deadLetterNotFound(id);
    return letter;
  }
}
