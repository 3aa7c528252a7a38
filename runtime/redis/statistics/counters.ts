import type { Counts } from '../../operate/statistics.js';
import type { ScriptArgument } from '../connection/script.js';

/**
 * How a delivery to one handler ended, in a letter: `h` handled, `f` failed and runs again, `d` failed and dead; capital
 * where it was not the first run; `x` dead without a run.
 */
export type RunCode = 'h' | 'H' | 'f' | 'F' | 'd' | 'D' | 'x';

/** The same of a run in a replay, which is counted apart: it says nothing about live traffic. */
export type AnyRunCode = RunCode | `r${RunCode}`;

/** The counters of one group's handlers. Their names are kept: made anew for each event they would cost as much as a run. */
export class RunFields {
  readonly #group: string;
  readonly #fields = new Map<string, Map<string, Map<AnyRunCode, string>>>();

  constructor(group: string) {
    this.#group = group;
  }

  /** The counter of what became of deliveries of a type to a handler. */
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
      // A handler's name may hold anything, so it is last.
      field = `${code}|${type}|${this.#group}|${handler}`;
      codes.set(code, field);
    }
    return field;
  }
}

/** A counter's name taken apart. Undefined for one this version does not know. */
export function parseField(field: string): Counter | undefined {
  const [written = '', type, group, ...handler] = field.split('|');
  if (type === undefined) return undefined;
  if (written === 'p') return { code: written, isReplay: false, type };
  const isReplay = written.startsWith('r');
  const code = isReplay ? written.slice(1) : written;
  return group === undefined ? undefined : { code, isReplay, type, group, handler: handler.join('|') };
}

/** What a counter counts. */
export interface Counter {
  /** `p` for published, else a {@link RunCode}. */
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

/** Adds up what one script call is to count, so that it counts each field once. */
export class Tally {
  readonly #counts = new Map<string, number>();
  /** The field that was counted last and how often since: most often the next is the same. */
  #last: string | undefined;
  #times = 0;

  add(field: string): void {
    if (field !== this.#last) {
      this.#note();
      this.#last = field;
    }
    this.#times += 1;
  }

  get size(): number {
    this.#note();
    return this.#counts.size;
  }

  /** Adds each counter and its number to the arguments of a call. */
  pushTo(args: ScriptArgument[]): void {
    this.#note();
    for (const [name, count] of this.#counts) args.push(name, count);
  }

  /** Each counter with its number. */
  counters(): readonly { readonly name: string; readonly count: number }[] {
    this.#note();
    return Array.from(this.#counts, ([name, count]) => ({ name, count }));
  }

  #note(): void {
    if (this.#last === undefined || this.#times === 0) return;
    this.#counts.set(this.#last, (this.#counts.get(this.#last) ?? 0) + this.#times);
    this.#times = 0;
  }
}
