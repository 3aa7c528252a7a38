import type { Problem } from '../support/errors.js';

/** One command of `hyvve-events`: its name, its help and its function. It does not print; the caller prints its outcome. */
export interface Command<Flags> {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Examples, which `--help` prints after the options. */
  readonly help: string;
  readonly arguments?: readonly Argument[];
  readonly options: readonly Option[];
  /** How many warnings of each code are printed. A run with errors prints none. Default: all. */
  readonly warningsPerCode?: number;
  /** What an error prevented. Default: `no files were written`. */
  readonly ifFailed?: string;
  readonly run: (flags: Flags, io: CommandIo, ...args: readonly (string | undefined)[]) => Promise<Outcome>;
}

export interface Argument {
  /** `<type>` if it is required, `[against]` if it is optional. */
  readonly name: string;
  readonly description: string;
}

export interface Option {
  /** `--out <folder>`. */
  readonly flags: string;
  readonly description: string;
  /** The allowed values. Default: no restriction. */
  readonly choices?: readonly string[];
  /** Whether its value is a whole number from 0. */
  readonly isCount?: boolean;
}

/** How a command reports while it runs. */
export interface CommandIo {
  /** Called when a stage begins, with its description. */
  readonly onStage: (stage: string) => void;
  /** Called with each intermediate result of a command that keeps running: a run of `generate --watch`. */
  readonly onOutcome: (outcome: Outcome) => void;
  /** Prints a line of an endless output on stdout, in every format. */
  readonly onLine: (line: string) => void;
  /** Aborted when the command should end. */
  readonly signal: AbortSignal;
}

/** The result of a command. */
export interface Outcome {
  readonly exitCode: 0 | 1;
  readonly problems: readonly Problem[];
  /** For people, on stdout. */
  readonly lines: readonly string[];
  /** Whether the lines are a list that may be long, so that they are printed before the problems. Default: after them. */
  readonly isListing?: boolean;
  /** The reason for exit code 1, if no problem explains it. Printed on stderr. */
  readonly complaint?: string;
  /** For programs: printed as JSON with `--format json`, together with `ok` and `problems`. Default: nothing is printed. */
  readonly data?: object;
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
    description: 'the config file (default: hyvve-events.config.ts, .js, .mjs or .json in this folder)',
  },
  { flags: '--format <format>', description: 'output format: pretty, json or github', choices: formats },
];

export const catalogOption: Option = {
  flags: '--catalog <file>',
  description: 'the catalog’s root document (default: catalog/asyncapi.yaml)',
};

export const outOption: Option = { flags: '--out <folder>', description: 'the folder of the SDK (default: generated)' };

export const maxWarningsOption: Option = {
  flags: '--max-warnings <number>',
  description: 'fail if there are more warnings than this (default: warnings never fail)',
  isCount: true,
};

export const allowRemoteOption: Option = {
  flags: '--allow-remote',
  description: 'follow $refs to other hosts (default: refused, so that a build needs no network)',
};
