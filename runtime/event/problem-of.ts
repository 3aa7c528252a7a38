import { messageOf } from '../support/failure.js';
import type { Validate } from './validate.js';
import { listViolations, violationsOf } from './violations.js';

/**
 * Why data that was read does not have the form of its schema; undefined if it does. Properties that the schema does not describe
 * are allowed. Never throws.
 */
export function problemOf(validate: Validate<unknown>, data: unknown): string | undefined {
  try {
    if (validate(data, true)) return undefined;
  } catch (thrown) {
    // The data is nested too deeply for its validator.
    return `the data cannot be validated against its schema: ${messageOf(thrown)}`;
  }
  return `the data breaks its schema: ${listViolations(violationsOf(validate.errors ?? []))}`;
}
