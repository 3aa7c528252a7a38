import { EventBusError } from '../errors.js';
import { type OptionTable, resolveOptions, wholeNumber } from '../options.js';
import { boundedJson } from '../support/bounded-json.js';
import { messageOf } from '../support/failure.js';
import { isWellFormed } from '../support/text.js';
import type { OnceOptions } from './subscription.js';

/** Longest result that is remembered, in characters of its JSON. */
const maxResultLength = 1024 * 1024;
const maxKeyLength = 1_000;

/** The stored form of an effect's result. */
export interface StoredResult {
  /** The result as JSON; undefined if there is no result or if it cannot be stored. */
  readonly json: string | undefined;
  /** Why the result cannot be stored. */
  readonly problem: string | undefined;
}

/**
 * The JSON of an effect's result. Never throws, because the effect has already been executed: a result that JSON cannot
 * represent, or that is too long, is remembered as undefined.
 */
export function storedResult(result: unknown): StoredResult {
  try {
    return { json: boundedJson(result, maxResultLength), problem: undefined };
  } catch (thrown) {
    return { json: undefined, problem: messageOf(thrown) };
  }
}

/** Log line for a result that cannot be stored. */
export const unstoredMessage =
  'ctx.once: the effect was executed, but its result cannot be stored: later runs get undefined. Return a JSON value';

/** How long a result is remembered by default, in milliseconds. */
export const defaultOnceTtlMs = 24 * 60 * 60 * 1000;

const onceOptions: OptionTable<OnceOptions> = { ttlMs: { check: wholeNumber(1) } };

/**
 * Refuses an invalid call before its effect is executed.
 * @returns `ttlMs`, if it is set
 * @throws EventBusError `CONTEXT_INVALID`
 */
export function readOnceCall(key: unknown, effect: unknown, options: OnceOptions): number | undefined {
  const isKey = typeof key === 'string' && key !== '' && key.length <= maxKeyLength && isWellFormed(key);
  if (!isKey) throw refuse('the key', `a string of 1 to ${maxKeyLength} whole characters`);
  if (typeof effect !== 'function') throw refuse('the effect', 'a function');
  return resolveOptions<OnceOptions, 'ttlMs'>('ctx.once', onceOptions, options, 'CONTEXT_INVALID').ttlMs;
}

function refuse(what: string, expected: string): EventBusError {
  return new EventBusError('CONTEXT_INVALID', `ctx.once: ${what} must be ${expected}`);
}
