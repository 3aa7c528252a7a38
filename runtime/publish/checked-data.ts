import { EventBusError, type Violation } from '../errors.js';
import type { Validate } from '../event/validate.js';
import { listViolations, violationsOf } from '../event/violations.js';
import { messageOf } from '../support/failure.js';
import { jsonDataOf } from './json-data.js';

/** The schema of one version of an event. */
export interface DataSchema {
  readonly version: string;
  readonly validate: Validate<unknown>;
}

/**
 * Validates data strictly by one schema, in the form in which JSON writes it.
 * @returns The validated data: a plain copy.
 * @throws EventBusError `VALIDATION_FAILED` with every violation, `PAYLOAD_TOO_LARGE`
 */
export function checkedData(schema: DataSchema, type: string, data: unknown, maxBytes: number): unknown {
  const copy = plainData(type, data, maxBytes);
  if (isValid(schema, type, copy)) return copy;
  const violations = violationsOf(schema.validate.errors ?? []);
  const message = `${type}: the data breaks its schema: ${listViolations(violations)}`;
  throw new EventBusError('VALIDATION_FAILED', message, { violations });
}

/**
 * Validates data strictly by one schema after the other, in the form in which JSON writes it. The data is read only once.
 * @returns A plain copy of the data, and the version of the first schema by which it is valid.
 * @throws EventBusError `VALIDATION_FAILED` with every violation of the first schema, `PAYLOAD_TOO_LARGE`
 */
export function dataOfVersions(
  schemas: readonly DataSchema[],
  type: string,
  data: unknown,
  maxBytes: number,
): { readonly data: unknown; readonly version: string } {
  const copy = plainData(type, data, maxBytes);
  const refusals: { readonly text: string; readonly violations: readonly Violation[] }[] = [];
  for (const schema of schemas) {
    if (isValid(schema, type, copy)) return { data: copy, version: schema.version };
    const violations = violationsOf(schema.validate.errors ?? []);
    refusals.push({ text: `the schema of version ${schema.version}: ${listViolations(violations)}`, violations });
  }
  const message = `${type}: the data breaks ${refusals.map(({ text }) => text).join('; and ')}`;
  throw new EventBusError('VALIDATION_FAILED', message, { violations: refusals[0]?.violations ?? [] });
}

function plainData(type: string, data: unknown, maxBytes: number): unknown {
  const found = jsonDataOf(data, maxBytes);
  if (found.kind === 'data') return found.data;
  if (found.kind === 'too-large') throw tooLarge(type, 'more than', maxBytes);
  const { problems: violations, cause } = found;
  const message = `${type}: the data ${listViolations(violations)}`;
  throw new EventBusError('VALIDATION_FAILED', message, { cause, violations });
}

function isValid({ validate }: DataSchema, type: string, data: unknown): boolean {
  try {
    return validate(data);
  } catch (cause) {
    const message = `${type}: the data cannot be validated against its schema: ${messageOf(cause)}`;
    throw new EventBusError('VALIDATION_FAILED', message, { cause, violations: [{ path: '$', message }] });
  }
}

export function tooLarge(type: string, has: string, maxEventBytes: number): EventBusError {
  const problem = `${type}: the event has ${has} maxEventBytes (${maxEventBytes})`;
  return new EventBusError(
    'PAYLOAD_TOO_LARGE',
    `${problem}: store large content elsewhere and publish a reference to it`,
  );
}
