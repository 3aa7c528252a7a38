import type { Violation } from '../errors.js';
import { messageOf } from '../support/failure.js';
import type { Validate, ValidationError } from './validate.js';

/** Converts the errors of a compiled validator to paths and readable messages. */
export function violationsOf(errors: readonly ValidationError[]): Violation[] {
  return errors.map((error) => ({ path: jsonPath(error.instancePath), message: requirementOf(error) }));
}

/** Maximum number of violations in a message. */
const maxListed = 20;

/** Violations in one line, for the message of an error; only the first ones if there are many. */
export function listViolations(violations: readonly Violation[]): string {
  const listed = violations.slice(0, maxListed).map(({ path, message }) => `${path} ${message}`);
  const more = violations.length - listed.length;
  return more === 0 ? listed.join('; ') : `${listed.join('; ')}; and ${more} more`;
}

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

/** The JSON path of a JSON pointer: `/items/2/a b` becomes `$.items[2]["a b"]`. */
export function jsonPath(pointer: string): string {
  let path = '$';
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (/^\d+$/.test(name)) path += `[${name}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(name)) path += `.${name}`;
    else path += `[${JSON.stringify(name)}]`;
  }
  return path;
}

function requirementOf({ keyword, params, message }: ValidationError): string {
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const name = params.additionalProperty ?? params.unevaluatedProperty;
    return `must not have the property ${JSON.stringify(name)}`;
  }
  if (keyword === 'enum' && Array.isArray(params.allowedValues)) {
    return `must be one of ${params.allowedValues.map((value) => JSON.stringify(value)).join(', ')}`;
  }
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`;
  return message ?? `breaks ${keyword}`;
}
