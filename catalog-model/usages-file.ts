/** The content of `usages.json`: where the code of services publishes and handles the events of a catalog. */
export interface UsagesFile {
  /** Increased when readers of the file must change. */
  readonly usagesVersion: 1;
  /** Hash of the catalog that the code was compared with, as in `catalog.json`. */
  readonly catalog: string;
  /** Address of a line of code, with the placeholders `{file}` and `{line}`. Absent if the config does not set it. */
  readonly link?: string;
  /** True if some of the code could not be read or does not compile: usages may be missing. */
  readonly partial: boolean;
  /** Every service that was found in the code, sorted by name. */
  readonly services: readonly UsedService[];
  /** Sorted by file, line and column. */
  readonly usages: readonly Usage[];
  /** Code that publishes or handles events, but which ones cannot be decided. Sorted by file, line and column. */
  readonly undecided: readonly UndecidedUsage[];
}

/** A service as its code names it: the `service` of `createEventBus`. */
export interface UsedService {
  readonly name: string;
  /** The place that names it. */
  readonly file: string;
  readonly line: number;
}

/** A place in code. */
export interface CodePlace {
  /** Path relative to the working directory of the command, with `/`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** A place that uses one event. */
export interface Usage extends CodePlace {
  /**
   * `publish`: it publishes the event. `handle`: it handles the event. `mention`: it names the event, and what happens with it is
   * not known.
   */
  readonly kind: 'publish' | 'handle' | 'mention';
  /** Type of the event. */
  readonly type: string;
  /** The services whose code it is, sorted; empty if no service imports the file. */
  readonly services: readonly string[];
  /** How it was found: `publishOrderPlaced`, `orderHandlers`, `subscribe('order.*')`. */
  readonly how: string;
}

/** A place whose events cannot be decided. */
export interface UndecidedUsage extends CodePlace {
  readonly kind: 'publish' | 'handle';
  /** The services whose code it is, sorted; empty if no service imports the file. */
  readonly services: readonly string[];
  /** What was found there: `publish`, `subscribe`. */
  readonly how: string;
  /** Why it cannot be decided, in one sentence. */
  readonly reason: string;
}
