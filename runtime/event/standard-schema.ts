import type { Validate, ValidationError } from './validate.js';
import { violationsOf } from './violations.js';

/**
 * The property `~standard` of [Standard Schema](https://standardschema.dev), version 1: frameworks such as tRPC, TanStack Form
 * and Hono take every object that has it as a validator.
 */
export interface StandardSchemaProps<Data> {
  readonly version: 1;
  readonly vendor: string;
  /** Checks a value strictly: properties that the schema does not describe are refused. Never throws for JSON values. */
  readonly validate: (value: unknown) => StandardSchemaResult<Data>;
  /** Only for the compiler: the value is never set. */
  readonly types?: { readonly input: Data; readonly output: Data } | undefined;
}

/** Either the value, unchanged, or every violation. */
export type StandardSchemaResult<Data> =
  | { readonly value: Data; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** One violation. */
export interface StandardSchemaIssue {
  readonly message: string;
  /** Names of properties and numbers of items from the root to the value; for a missing property, to that property. */
  readonly path: readonly (string | number)[];
}

/** Makes a validator usable as a Standard Schema. */
export function standardSchemaOf<Data>(validate: Validate<Data>): StandardSchemaProps<Data> {
  return {
    version: 1,
    vendor: 'hyvve-events',
    validate: (value) => (validate(value) ? { value } : { issues: issuesOf(validate.errors ?? [], value) }),
  };
}

function issuesOf(errors: readonly ValidationError[], value: unknown): StandardSchemaIssue[] {
  const violations = violationsOf(errors);
  return errors.map((error, index) => ({
    message: violations[index]?.message ?? error.keyword,
    path: pathOf(error, value),
  }));
}

function pathOf({ instancePath, keyword, params }: ValidationError, value: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  let at = value;
  for (const part of instancePath.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    // A pointer does not distinguish the item 0 of a list from the property "0" of an object.
    path.push(Array.isArray(at) ? Number(name) : name);
    at = (at as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  }
  if (keyword === 'required' && typeof params.missingProperty === 'string') path.push(params.missingProperty);
  return path;
}
