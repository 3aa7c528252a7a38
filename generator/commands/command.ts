import type { Problem } from '../support/errors.js';

/** One command of `hyvve-events`: what it is called, what it teaches, what it does. Prints nothing itself. */
export interface Command<Flags> {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** What `--help` prints after the options: examples. */
  readonly help: string;
  readonly arguments?: readonly Argument[];
  readonly options: readonly Option[];
  /** How many warnings of one code are printed; of a run with errors none. Default: all. */
  readonly warningsPerCode?: number;
  readonly run: (flags: Flags, io: CommandIo, ...args: readonly (string | undefined)[]) => Promise<Outcome>;
}

export interface Argument {
  /** `<type>` where it must be given, `[against]` where it may. */
  readonly name: string;
  readonly description: string;
}

export interface Option {
  /** `--out <folder>`. */
  readonly flags: string;
  readonly description: string;
  /** The only values that it may have. */
  readonly choices?: readonly string[];
  /** Whether its value is a whole number from 0. */
  readonly isCount?: boolean;
}

/** What a command may say while it runs. */
export interface CommandIo {
  /** A stage begins, with what it does. */
  readonly onStage: (stage: string) => void;
  /** What a command that goes on for long has come to: a run of `generate --watch`. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Aborted when the command is to end. */
  readonly signal: AbortSignal;
}

/** What came of a command. */
export interface Outcome {
  readonly exitCode: 0 | 1;
  readonly problems: readonly Problem[];
  /** For people, on stdout. */
  readonly lines: readonly string[];
  /** Why the exit code is 1, where no problem says so. On stderr. */
  readonly complaint?: string;
  /** For programs: printed as JSON with `--format json`, beside `ok` and `problems`. */
  readonly data: object;
}

/** Flags that every command has. */
export interface CommonFlags {
  readonly config?: string;
  readonly format?: Format;
}

export const formats = ['pretty', 'json', 'github'] as const;

export type Format = (typeof formats)[number];

export const commonOptions: readonly Option[] = [
  {
    flags: '--config <file>',
    description: 'the config file (default: hyvve-events.config.ts, .js, .mjs or .json here)',
  },
  { flags: '--format <format>', description: 'output format: pretty, json or github', choices: formats },
];

export const catalogOption: Option = {
  flags: '--catalog <file>',
  description: 'the catalog’s root document (default: catalog/asyncapi.yaml)',
};

export const outOption: Option = { flags: '--out <folder>', description: 'where the SDK is (default: generated)' };

export const maxWarningsOption: Option = {
  flags: '--max-warnings <number>',
  description: 'fail when there are more warnings than this (default: warnings never fail)',
  isCount: true,
};

export const allowRemoteOption: Option = {
  flags: '--allow-remote',
  description: 'follow $refs to other hosts (default: refused, so that a build needs no network)',
};
