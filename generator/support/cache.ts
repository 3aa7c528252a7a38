import { Memo } from './memo.js';

/** Looks up inputs by name, and records them as inputs of the step that runs. */
export interface Reads<V> {
  /** The input of this name. */
  read(name: string): V;
  /** Marks the step as dependent on something that has no name: its result is not stored, and the step runs every time. */
  readUnknown(): void;
}

/** How often a step was reused, and how often it ran. */
export interface StepCount {
  readonly reused: number;
  readonly run: number;
}

interface Entry {
  readonly result: unknown;
  readonly inputs: readonly unknown[];
  readonly reads: ReadonlyMap<string, unknown>;
  /** The number of the last run of the pipeline that used it. */
  usedIn: number;
}

/** The reads of a step without lookups. */
const noReads: ReadonlyMap<string, unknown> = new Map();

/**
 * Results of earlier runs in one process. A result is reused while every input of its step is the same: the same object, or an
 * equal plain value. Inputs that are objects must never change.
 */
export class Cache {
  readonly #byName = new Map<string, Map<string, Entry>>();
  readonly #byObject = new Map<string, WeakMap<object, Entry>>();
  readonly #counts = new Map<string, { reused: number; run: number }>();
  #run = 0;
  /** Results that other processes can use, too. */
  readonly memo: Memo;

  /** @param memo Results of earlier processes. Default: none. */
  constructor(memo = new Memo()) {
    this.memo = memo;
  }

  /**
   * The result of a step.
   * @param step Name of the step, such as `walk-schema`; unique in the code base.
   * @param owner The object or name that the result belongs to. Results of an object are dropped with the object, results of a name by
   *   {@link dropUnused}.
   * @param inputs Everything that `make` depends on.
   */
  derive<T>(step: string, owner: object | string, inputs: readonly unknown[], make: () => T): T {
    const known = this.#find(step, owner, inputs);
    if (known !== undefined) return this.#reuse<T>(step, known);
    this.#count(step).run += 1;
    const result = make();
    this.#store(step, owner, { result, inputs, reads: noReads, usedIn: this.#run });
    return result;
  }

  /**
   * As {@link derive}, for a step that only learns while it runs which inputs it needs.
   * @param read Looks up an input by its name.
   * @param make Gets `read` through an object that records the names and values.
   */
  deriveReading<T, V>(
    step: string,
    owner: object | string,
    { inputs, read }: { readonly inputs: readonly unknown[]; readonly read: (name: string) => V },
    make: (reads: Reads<V>) => T,
  ): T {
    const known = this.#find(step, owner, inputs);
    const isSame = known !== undefined && [...known.reads].every(([name, value]) => read(name) === value);
    if (isSame) return this.#reuse<T>(step, known);
    this.#count(step).run += 1;
    const reads = new Map<string, V>();
    let isKnown = true;
    const result = make({
      read: (name) => {
        const value = read(name);
        reads.set(name, value);
        return value;
      },
      readUnknown: () => {
        isKnown = false;
      },
    });
    if (isKnown) this.#store(step, owner, { result, inputs, reads, usedIn: this.#run });
    else this.#delete(step, owner);
    return result;
  }

  /** How often each step was reused and run, by the step's name. */
  get counts(): ReadonlyMap<string, StepCount> {
    return this.#counts;
  }

  /** The names that have a result of a step. */
  namesOf(step: string): Iterable<string> {
    return this.#byName.get(step)?.keys() ?? [];
  }

  /** Drops the results of names that were not used since the last call. Call it at the end of a successful run. */
  dropUnused(): void {
    for (const entries of this.#byName.values()) {
      for (const [name, { usedIn }] of entries) if (usedIn !== this.#run) entries.delete(name);
    }
    this.#run += 1;
  }

  #find(step: string, owner: object | string, inputs: readonly unknown[]): Entry | undefined {
    const known = typeof owner === 'string' ? this.#byName.get(step)?.get(owner) : this.#byObject.get(step)?.get(owner);
    if (known === undefined || known.inputs.length !== inputs.length) return undefined;
    return known.inputs.every((input, index) => input === inputs[index]) ? known : undefined;
  }

  #reuse<T>(step: string, entry: Entry): T {
    this.#count(step).reused += 1;
    entry.usedIn = this.#run;
    return entry.result as T;
  }

  #store(step: string, owner: object | string, entry: Entry): void {
    if (typeof owner === 'string') {
      const entries = this.#byName.get(step) ?? new Map<string, Entry>();
      this.#byName.set(step, entries.set(owner, entry));
    } else {
      const entries = this.#byObject.get(step) ?? new WeakMap<object, Entry>();
      this.#byObject.set(step, entries.set(owner, entry));
    }
  }

  #delete(step: string, owner: object | string): void {
    if (typeof owner === 'string') this.#byName.get(step)?.delete(owner);
    else this.#byObject.get(step)?.delete(owner);
  }

  #count(step: string): { reused: number; run: number } {
    let count = this.#counts.get(step);
    if (count === undefined) {
      count = { reused: 0, run: 0 };
      this.#counts.set(step, count);
    }
    return count;
  }
}
