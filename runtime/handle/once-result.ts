import { EventBusError } from '../errors.js';
import { type OptionTable, resolveOptions, wholeNumber } from '../options.js';
import { boundedJson } from '../support/bounded-json.js';
import { messageOf } from '../support/failure.js';
import { isWellFormed } from '../support/text.js';
import type { OnceOptions } from './subscription.js';

/** Longest result that is remembered, in characters of its JSON. */
const maxResultLength = 1024 * 1024;
const maxKeyLength = 1_000;

/** The result of an effect, as it is remembered. */
export interface StoredResult {
  /** As JSON; undefined for no result, and for one that cannot be stored. */
  readonly json: string | undefined;
  /** Why it cannot be stored. */
  readonly problem: string | undefined;
}

/**
 * The JSON of what an effect gave. The effect has ended whatever its result is, so that this never throws: a result that
 * JSON cannot hold, or that is too long, is remembered as undefined.
 */
export function storedResult(result: unknown): StoredResult {
  try {
    return { json: boundedJson(result, maxResultLength), problem: undefined };
  } catch (thrown) {
    return { json: undefined, problem: messageOf(thrown) };
  }
}

/** What is logged where a result cannot be stored. */
export const unstoredMessage =
  'ctx.once: the effect has ended, but its result cannot be stored: later runs get undefined. Return what JSON can hold';

/** How long a result is remembered by default, in milliseconds. */
export const defaultOnceTtlMs = 24 * 60 * 60 * 1000;

const onceOptions: OptionTable<OnceOptions> = { ttlMs: { check: wholeNumber(1) } };

/**
 * Refuses a call that could not be remembered, before its effect has run.
 * @returns `ttlMs`, where it was given
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
