import type { Violation } from '../errors.js';
import type { ValidationError } from './validate.js';

/** Converts the errors of a compiled validator to paths and readable messages. */
export function violationsOf(errors: readonly ValidationError[]): Violation[] {
  return errors.map((error) => ({ path: jsonPath(error.instancePath), message: messageOf(error) }));
}

/** Maximum number of violations in a message. */
const maxListed = 20;

/** Violations in one line, for the message of an error; only the first ones if there are many. */
export function listViolations(violations: readonly Violation[]): string {
  const listed = violations.slice(0, maxListed).map(({ path, message }) => `${path} ${message}`);
  const more = violations.length - listed.length;
  return more === 0 ? listed.join('; ') : `${listed.join('; ')}; and ${more} more`;
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

function messageOf({ keyword, params, message }: ValidationError): string {
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
