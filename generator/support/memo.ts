import { createHash } from 'node:crypto';
import type { JsonValue } from '@hyvve-events/catalog-model';

/** A result of an earlier run. */
export interface MemoEntry {
  /** Name of the step and hash of its input. */
  readonly id: string;
  /** Number of whole runs since the last process that used it. */
  readonly age: number;
  /** The result as JSON, in one line. */
  readonly json: string;
}

/** A result that no run of this number has used is dropped: long enough for an edit that is undone. */
const oldest = 4;

/** The maximum number of characters of all results. */
const mostCharacters = 128 * 1024 * 1024;

/**
 * Results of steps by the text that they were made from. They are JSON, so they can be stored and found by another process. A step whose
 * result is found here does not run, so a text must contain everything that the result depends on, except the generator's code.
 */
export class Memo {
  readonly #entries: Map<string, MemoEntry> | undefined;
  readonly #used = new Set<string>();
  #isChanged = false;

  /** @param entries Of earlier runs. Default: nothing is found and nothing is stored. */
  constructor(entries?: Iterable<MemoEntry>) {
    this.#entries = entries && new Map(Array.from(entries, (entry) => [entry.id, entry]));
  }

  /**
   * The result of a step; undefined if it is not known.
   * @param step Name of the step; unique in the code base.
   * @param is Whether a value can be a result of this step. Another value is not used.
   */
  find<T extends JsonValue>(step: string, input: string, is: (value: JsonValue) => value is T): T | undefined {
    if (this.#entries === undefined) return undefined;
    const id = idOf(step, input);
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const value = parsed(entry.json);
    if (value === undefined || !is(value)) return undefined;
    this.#used.add(id);
    return value;
  }

  store(step: string, input: string, result: JsonValue): void {
    if (this.#entries === undefined) return;
    const id = idOf(step, input);
    this.#entries.set(id, { id, age: 0, json: JSON.stringify(result) });
    this.#used.add(id);
    this.#isChanged = true;
  }

  /** As {@link find}; if the result is not known, it is made and stored. */
  derive<T extends JsonValue>(step: string, input: string, is: (value: JsonValue) => value is T, make: () => T): T {
    const known = this.find(step, input, is);
    if (known !== undefined) return known;
    const result = make();
    this.store(step, input, result);
    return result;
  }

  /**
   * Ends a run. What any run of this process has used stays: a later run finds it in the cache of the process, without asking here.
   * @param isWhole Whether every step ran or was found here. Only such a run shows which results are no longer used.
   * @returns The results to store; undefined if they are the same as before.
   */
  endRun(isWhole: boolean): readonly MemoEntry[] | undefined {
    if (this.#entries === undefined || !this.#isChanged) return undefined;
    const entries = [...this.#entries.values()].map((entry): MemoEntry => {
      const age = this.#used.has(entry.id) ? 0 : entry.age + (isWhole ? 1 : 0);
      return age === entry.age ? entry : { ...entry, age };
    });
    const kept = withinSize(entries.filter(({ age }) => age < oldest).sort((a, b) => a.age - b.age));
    this.#entries.clear();
    for (const entry of kept) this.#entries.set(entry.id, entry);
    this.#isChanged = false;
    return kept;
  }
}

export function isText(value: JsonValue): value is string {
  return typeof value === 'string';
}

export function isTrue(value: JsonValue): value is true {
  return value === true;
}

export function isAnything(value: JsonValue): value is JsonValue {
  return value !== undefined;
}

/** A short text that stands for a long one; it can be part of a file name. */
export function hashOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url');
}

function idOf(step: string, input: string): string {
  return `${step} ${hashOf(input)}`;
}

function parsed(json: string): JsonValue | undefined {
  try {
    return JSON.parse(json) as JsonValue;
  } catch {
    return undefined;
  }
}

function withinSize(entries: readonly MemoEntry[]): readonly MemoEntry[] {
  let size = 0;
  const isWithin = ({ json }: MemoEntry) => {
    size += json.length;
    return size <= mostCharacters;
  };
  return entries.filter(isWithin);
}
