import type { ValidationError } from '../event/definition.js';
import { restoreSteps, TextTooLong } from './patterns.js';

/** What compiled checks are called with: whether properties that a schema does not name pass. */
export interface CheckMode {
  readonly tolerant: boolean;
}

/** A compiled check; `errors` are those of its last call. */
export interface CompiledCheck {
  (this: CheckMode, data: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

/** A check that can be called in either mode; `errors` is `null` when the last call passed. */
export interface GuardedCheck {
  (data: unknown, tolerant?: boolean): boolean;
  errors: readonly ValidationError[] | null;
}

const strict: CheckMode = { tolerant: false };
const lenient: CheckMode = { tolerant: true };

/** Runs a check; gives its errors, and undefined where the data is valid. */
function errorsOf(check: CompiledCheck, mode: CheckMode, data: unknown): readonly ValidationError[] | undefined {
  restoreSteps();
  try {
    return check.call(mode, data) ? undefined : (check.errors ?? []);
  } catch (error) {
    if (error instanceof TextTooLong) return [error.violation];
    throw error;
  }
}

/** Makes a compiled check one that takes `tolerant` as its second argument. */
export function guard(check: CompiledCheck): GuardedCheck {
  const validate: GuardedCheck = (data, tolerant = false) => {
    const errors = errorsOf(check, tolerant ? lenient : strict, data);
    // What is valid stays valid to a tolerant reader, also where letting more pass makes a choice ambiguous.
    const valid = errors === undefined || (tolerant && errorsOf(check, strict, data) === undefined);
    validate.errors = valid ? null : errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}

/** The same for a check of schemas with `unevaluatedProperties`, whose errors a tolerant reader passes over. */
export function guardUnevaluated(check: CompiledCheck): GuardedCheck {
  const run = (mode: CheckMode, data: unknown): readonly ValidationError[] => {
    const errors = errorsOf(check, mode, data) ?? [];
    return mode.tolerant ? errors.filter(({ keyword }) => keyword !== 'unevaluatedProperties') : errors;
  };
  const validate: GuardedCheck = (data, tolerant = false) => {
    const errors = run(tolerant ? lenient : strict, data);
    const valid = errors.length === 0 || (tolerant && run(strict, data).length === 0);
    validate.errors = valid ? null : errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}

/** Adds the errors of an inner check to those found before, in place: a copy for each item of a list would cost its square. */
export function addErrors<E>(found: E[], errors: readonly E[]): E[] {
  for (const error of errors) found.push(error);
  return found;
}
