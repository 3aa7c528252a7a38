import type { Counts } from '../../operate/statistics.js';
import type { ScriptArgument } from '../connection/script.js';

/**
 * Outcome of a delivery to one handler, as one letter: `h` completed, `f` failed (a retry follows), `d` failed and dead; a
 * capital letter for any run but the first; `x` dead without a run.
 */
export type RunCode = 'h' | 'H' | 'f' | 'F' | 'd' | 'D' | 'x';

/** The same for runs in replays, which are counted separately from live events. */
export type AnyRunCode = RunCode | `r${RunCode}`;

/** The counters of one group's handlers. Their names are cached: building one for each event would cost as much as a run. */
export class RunFields {
  readonly #group: string;
  readonly #fields = new Map<string, Map<string, Map<AnyRunCode, string>>>();

  constructor(group: string) {
    this.#group = group;
  }

  /** The counter of an outcome of deliveries of a type to a handler. */
  of(code: AnyRunCode, type: string, handler: string): string {
    let types = this.#fields.get(handler);
    if (types === undefined) {
      types = new Map();
      this.#fields.set(handler, types);
    }
    let codes = types.get(type);
    if (codes === undefined) {
      codes = new Map();
      types.set(type, codes);
    }
    let field = codes.get(code);
    if (field === undefined) {
      // The handler's name comes last, because it may contain any character.
      field = `${code}|${type}|${this.#group}|${handler}`;
      codes.set(code, field);
    }
    return field;
  }
}

/** Parses a counter's name. Undefined for a name that this version does not know. */
export function parseField(field: string): Counter | undefined {
  const [written = '', type, group, ...handler] = field.split('|');
  if (type === undefined) return undefined;
  if (written === 'p') return { code: written, isReplay: false, type };
  const isReplay = written.startsWith('r');
  const code = isReplay ? written.slice(1) : written;
  return group === undefined ? undefined : { code, isReplay, type, group, handler: handler.join('|') };
}

/** The parts of a counter's name. */
export interface Counter {
  /** `p` for published events, else a {@link RunCode}. */
  readonly code: string;
  /** Whether the runs were in replays. */
  readonly isReplay: boolean;
  readonly type: string;
  readonly group?: string;
  readonly handler?: string;
}

export const noCounts: Counts = { published: 0, completed: 0, failed: 0, retried: 0, dead: 0 };

/** `counts`, with `n` more runs of `code`. */
export function addCount(counts: Counts, code: string, n: number): Counts {
  const lower = code.toLowerCase();
  return {
    published: counts.published + (code === 'p' ? n : 0),
    completed: counts.completed + (lower === 'h' ? n : 0),
    failed: counts.failed + (lower === 'f' || lower === 'd' ? n : 0),
    retried: counts.retried + ('HFD'.includes(code) ? n : 0),
    dead: counts.dead + (lower === 'd' || code === 'x' ? n : 0),
  };
}

/** The sums of two counts. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    published: a.published + b.published,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    retried: a.retried + b.retried,
    dead: a.dead + b.dead,
  };
}

/** Adds up the counts of one script call, so that the call changes each counter only once. */
export class Tally {
  readonly #counts = new Map<string, number>();
  /** The last counter and its number of consecutive additions: usually the next one is the same. */
  #last: string | undefined;
  #times = 0;

  add(field: string): void {
    if (field !== this.#last) {
      this.#flush();
      this.#last = field;
    }
    this.#times += 1;
  }

  get size(): number {
    this.#flush();
    return this.#counts.size;
  }

  /** Adds each counter and its number to the arguments of a call. */
  pushTo(args: ScriptArgument[]): void {
    this.#flush();
    for (const [name, count] of this.#counts) args.push(name, count);
  }

  /** Each counter with its number. */
  counters(): readonly { readonly name: string; readonly count: number }[] {
    this.#flush();
    return Array.from(this.#counts, ([name, count]) => ({ name, count }));
  }

  #flush(): void {
    if (this.#last === undefined || this.#times === 0) return;
    this.#counts.set(this.#last, (this.#counts.get(this.#last) ?? 0) + this.#times);
    this.#times = 0;
  }
}
