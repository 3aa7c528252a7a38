import type { ValidationError } from '../definition.js';

/** What compiled checks are called with: whether properties that a schema does not name pass. */
interface Mode {
  readonly tolerant: boolean;
}

/** A compiled check; `errors` are those of its last call. */
export interface CompiledCheck {
  (this: Mode, data: unknown): boolean;
  errors?: readonly ValidationError[] | null;
}

/** A check that can be called in either mode; `errors` is `null` when the last call passed. */
export interface GuardedCheck {
  (data: unknown, tolerant?: boolean): boolean;
  errors: readonly ValidationError[] | null;
}

const strict: Mode = { tolerant: false };
const lenient: Mode = { tolerant: true };

/** Makes a compiled check one that takes `tolerant` as its second argument. */
export function guard(check: CompiledCheck): GuardedCheck {
  const validate: GuardedCheck = (data, tolerant = false) => {
    let valid = check.call(tolerant ? lenient : strict, data);
    const errors = check.errors ?? null;
    // What is valid stays valid to a tolerant reader, also where letting more pass makes a choice ambiguous.
    if (!valid && tolerant) valid = check.call(strict, data);
    validate.errors = valid ? null : errors;
    return valid;
  };
  validate.errors = null;
  return validate;
}

/** The same for a check of schemas with `unevaluatedProperties`, whose errors a tolerant reader passes over. */
export function guardUnevaluated(check: CompiledCheck): GuardedCheck {
  const run = (mode: Mode, data: unknown): readonly ValidationError[] => {
    const valid = check.call(mode, data);
    const errors = valid ? [] : (check.errors ?? []);
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
