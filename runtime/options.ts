/**
 * Option tables, shared by the runtime and the admin service, which requires the exact version of the runtime.
 */

import { types } from 'node:util';
import { EventBusError, type EventBusErrorCode } from './errors.js';
import { editsBetween } from './support/edits.js';
import { messageOf } from './support/failure.js';
import { isWellFormed } from './support/text.js';

/** Check of a value. */
export interface Check {
  /** Description of the allowed values; follows "must be" in messages. */
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
  /** The value may contain a secret: errors do not show it. */
  readonly secret?: true;
}

/** One option: its default and check. An option without a default is required, or stays undefined. */
export interface Option<Value> {
  readonly default?: Value | undefined;
  readonly required?: true;
  readonly check: Check;
}

/** Every option of `Options`. A table with missing or additional options does not compile. */
export type OptionTable<Options> = { readonly [Name in keyof Required<Options>]: Option<Options[Name]> };

/** `Options` with every default filled in. @typeParam Open Options that are optional and have no default. */
export type Resolved<Options, Open extends keyof Options = never> = Required<Omit<Options, Open>> & Pick<Options, Open>;

/**
 * Checks the options and fills in the defaults. Reads each option once. An undefined option counts as absent.
 * @param caller Precedes the option's name in messages: `createEventBus`.
 * @throws EventBusError naming the option, its value and the allowed values; for an unknown option, the nearest name
 */
export function resolveOptions<Options extends object, Open extends keyof Options = never>(
  caller: string,
  table: OptionTable<Options>,
  given: Options,
  code: EventBusErrorCode = 'CONFIG_INVALID',
): Resolved<Options, Open> {
  const values = readProperties(caller, given, code);
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(table, name)) throw unknownOption(caller, name, Object.keys(table), code);
  }
  const resolved: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table as Readonly<Record<string, Option<unknown>>>)) {
    const value = values[name];
    if (value === undefined && option.required !== true) {
      if (option.default !== undefined) resolved[name] = option.default;
      continue;
    }
    checkValue(caller, name, option.check, value, code);
    resolved[name] = value;
  }
  return resolved as Resolved<Options, Open>;
}

/** @throws EventBusError with the name, the value and the allowed values */
export function checkValue(
  caller: string,
  name: string,
  { expected, secret, holds }: Check,
  value: unknown,
  code: EventBusErrorCode = 'CONFIG_INVALID',
): void {
  let isValid = false;
  try {
    isValid = holds(value);
  } catch {
    // Reading the value throws: it is invalid.
  }
  if (!isValid) throw optionError(caller, name, expected, value, code, secret);
}

/** The defaults of a table, by name. */
export function defaultsOf(table: Readonly<Record<string, Option<unknown>>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(table).filter(([, option]) => option.default !== undefined);
  return Object.fromEntries(entries.map(([name, option]) => [name, option.default]));
}

/** The error for an unknown option; it suggests the nearest one. @param known Names of the existing options. */
export function unknownOption(
  caller: string,
  name: string,
  known: readonly string[],
  code: EventBusErrorCode = 'CONFIG_INVALID',
): EventBusError {
  return new EventBusError(code, `${caller}: there is no option ${quoted(name)}: ${suggestion(name, known)}`);
}

/** The error for an invalid value: names the option, its value (unless it is secret) and the allowed values. */
export function optionError(
  caller: string,
  name: string,
  expected: string,
  value: unknown,
  code: EventBusErrorCode = 'CONFIG_INVALID',
  secret = false,
): EventBusError {
  const was = secret && value !== undefined ? 'the given value' : shown(value);
  // The same form as the errors of `prepareEvent` for the context of a publish.
  const what =
    code === 'CONTEXT_INVALID' ? `is not usable (${was}): it must be ${expected}` : `must be ${expected}, not ${was}`;
  return new EventBusError(code, `${caller}: ${name} ${what}`);
}

function readProperties(caller: string, given: object, code: EventBusErrorCode): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null) {
    throw new EventBusError(code, `${caller}: the options must be an object, not ${shown(given)}`);
  }
  try {
    if (Array.isArray(given)) throw new TypeError('they are an array');
    return Object.fromEntries(Object.entries(given));
  } catch (cause) {
    throw new EventBusError(code, `${caller}: the options cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'function') return 'a function';
  const text = messageOf(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function suggestion(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  return nearest === undefined ? `the options are ${known.join(', ')}` : `did you mean ${quoted(nearest)}?`;
}

/** The name with the smallest edit distance; undefined if no name is similar. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.max(2, Math.floor(Math.min(name.length, 60) / 3)) + 1;
  for (const candidate of known) {
    const edits = editsBetween(name.slice(0, 60).toLowerCase(), candidate.toLowerCase());
    if (edits >= fewest) continue;
    nearest = candidate;
    fewest = edits;
  }
  return nearest;
}

/** Longest time of a Node timer, in milliseconds (24.8 days): a longer one fires immediately. */
const longestTimer = 2 ** 31 - 1;
/** Longest retention, in milliseconds: Redis does not accept times before 1970. */
const longestTime = 40 * 365 * 24 * 60 * 60 * 1000;

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): Check {
  const expected =
    most === Number.MAX_SAFE_INTEGER ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`;
  return {
    expected,
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
  };
}

/** Largest number of partitions. */
export const maxPartitions = 1_024;

/** Number of partitions. */
export const partitionCount: Check = {
  expected: 'a power of two, at most 1,024',
  holds: (value) =>
    typeof value === 'number' && value >= 1 && value <= maxPartitions && Number.isInteger(Math.log2(value)),
};

/** The duration of a timer, in milliseconds. */
export function milliseconds(least: number): Check {
  const { holds: isWhole } = wholeNumber(least, longestTimer);
  return { expected: `a whole number of milliseconds from ${least} to ${longestTimer} (24 days)`, holds: isWhole };
}

/** A retention or waiting time, in milliseconds. */
export function retention(least: number): Check {
  const { holds: isWhole } = wholeNumber(least, longestTime);
  return { expected: `a whole number of milliseconds from ${least} to ${longestTime} (40 years)`, holds: isWhole };
}

/** `check`, or `Infinity` for no limit. */
export function orUnlimited(check: Check): Check {
  return {
    expected: `${check.expected}, or Infinity for no limit`,
    holds: (value) => value === Number.POSITIVE_INFINITY || check.holds(value),
  };
}

export const trueOrFalse: Check = { expected: 'true or false', holds: (value) => typeof value === 'boolean' };
export const finiteNumber: Check = { expected: 'a finite number', holds: Number.isFinite };
export const share: Check = {
  expected: 'a number above 0 and at most 1',
  holds: (value) => typeof value === 'number' && value > 0 && value <= 1,
};

const isoTime = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** Whether a value is a time: a valid Date, or an ISO 8601 date or time with offset. */
export function isTime(value: unknown): value is Date | string {
  if (typeof value === 'string') return isoTime.test(value) && !Number.isNaN(Date.parse(value));
  return types.isDate(value) && !Number.isNaN(value.getTime());
}

/** A time in milliseconds since 1970. */
export function timeOf(value: Date | string): number {
  return typeof value === 'string' ? Date.parse(value) : value.getTime();
}

export const time: Check = { expected: 'a time: a valid Date or an ISO 8601 text with Z or an offset', holds: isTime };

/** Text that matches a pattern, for parts of Redis keys and log lines. */
export function text(expected: string, pattern: RegExp): Check {
  return { expected, holds: (value) => typeof value === 'string' && pattern.test(value) && isWellFormed(value) };
}

export function oneOf(...values: readonly string[]): Check {
  const expected = values.map((value) => `'${value}'`).join(', ');
  return { expected: `one of ${expected}`, holds: (value) => typeof value === 'string' && values.includes(value) };
}

/** An object with these methods; a name that ends in `?` is optional. */
export function methods(expected: string, ...names: readonly string[]): Check {
  return {
    expected,
    holds: (value) =>
      (typeof value === 'object' || typeof value === 'function') &&
      value !== null &&
      names.every((name) => {
        const method: unknown = (value as Record<string, unknown>)[name.replace('?', '')];
        return typeof method === 'function' || (name.endsWith('?') && method === undefined);
      }),
  };
}

export function listOf(expected: string, holdsItem: (item: unknown) => boolean, least = 0): Check {
  return {
    expected,
    holds: (value) => {
      if (!Array.isArray(value) || value.length < least) return false;
      // `every` would skip the holes of a sparse array.
      for (const item of value) if (!holdsItem(item)) return false;
      return true;
    },
  };
}

/** Nested options, which a separate table resolves and checks. */
export const nested: Check = { expected: 'an object', holds: (value) => typeof value === 'object' && value !== null };
/** No check here: the code that uses the value checks it. */
export const checkedElsewhere: Check = { expected: 'usable', holds: () => true };

export const logger: Check = methods(
  "a logger with the methods debug, info, warn and error, such as pino's",
  ...['debug', 'info', 'warn', 'error', 'child?'],
);

/** Prefix of Redis keys. */
export const keyPrefix: Check = text(
  'a name of 1 to 100 characters without spaces, braces and control characters',
  /^[^\s{}\p{Cc}]{1,100}$/u,
);

/** Event definitions, as the SDK exports them. */
export const definitions: Check = listOf(
  'a list of event definitions, as the SDK exports them',
  (item) =>
    typeof item === 'object' &&
    item !== null &&
    'type' in item &&
    'validate' in item &&
    typeof item.validate === 'function',
);
