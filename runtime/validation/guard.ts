import type { ValidationError } from '../event/validate.js';
import { restoreSteps, TextTooLong } from './patterns.js';

/** `this` of a compiled check: `tolerant` allows properties that a schema does not describe. */
export interface CheckMode {
  readonly tolerant: boolean;
}

/** A compiled check; `errors` are the errors of its last call. */
export interface CompiledCheck {
  (this: CheckMode, data: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

/** A check that can be called in both modes; `errors` is `null` if the data of the last call was valid. */
export interface GuardedCheck {
  (data: unknown, tolerant?: boolean): boolean;
  errors: readonly ValidationError[] | null;
}

const strict: CheckMode = { tolerant: false };
const lenient: CheckMode = { tolerant: true };

/** Runs a check. Returns its errors; undefined if the data is valid. */
function errorsOf(check: CompiledCheck, mode: CheckMode, data: unknown): readonly ValidationError[] | undefined {
  restoreSteps();
  try {
    return check.call(mode, data) ? undefined : (check.errors ?? []);
  } catch (error) {
    if (error instanceof TextTooLong) return [error.violation];
    throw error;
  }
}

/** Wraps a compiled check in a function with `tolerant` as its second argument. */
export function guard(check: CompiledCheck): GuardedCheck {
  const validate: GuardedCheck = (data, tolerant = false) => {
    const errors = errorsOf(check, tolerant ? lenient : strict, data);
    // Strictly valid data is also valid in tolerant mode, even if tolerance makes a `oneOf` ambiguous.
    const valid = errors === undefined || (tolerant && errorsOf(check, strict, data) === undefined);
    validate.errors = valid ? null : errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}

/** The same for schemas with `unevaluatedProperties`, whose errors are ignored in tolerant mode. */
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

/** Appends the errors of an inner check in place: copying them for each item of a list would take quadratic time. */
export function addErrors<E>(found: E[], errors: readonly E[]): E[] {
  for (const error of errors) found.push(error);
  return found;
}
