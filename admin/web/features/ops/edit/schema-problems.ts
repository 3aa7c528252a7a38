import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import type { JsonSchema } from '@hyvve-events/catalog-model';
import { pointerSteps, type Steps } from './json-path.js';

/** A violation of the schema: where, and what is wrong. */
export interface Problem {
  readonly steps: Steps;
  readonly message: string;
}

/** Keywords that only repeat the errors of schemas inside them. */
const wrappers = [
  '$ref',
  '$dynamicRef',
  'properties',
  'patternProperties',
  'additionalProperties',
  'unevaluatedProperties',
  'items',
  'prefixItems',
  'allOf',
  'if',
  'then',
  'else',
  'dependentSchemas',
];

/**
 * Creates a function that finds the violations of a schema. The validator interprets the schema: a compiled validator would
 * need `eval`, which the service's content security policy forbids.
 * @returns No violations if the schema itself is invalid: the service validates the data in any case
 */
export function createProblems(schema: JsonSchema): (value: unknown) => readonly Problem[] {
  const validator = new Validator(schema as Schema | boolean, '2020-12', false);
  return (value) => {
    try {
      return withoutRepeats(validator.validate(value).errors).map((error) => ({
        steps: pointerSteps(error.instanceLocation),
        message: messageOf(error),
      }));
    } catch {
      return [];
    }
  };
}

/** Removes errors of wrapper keywords, and the errors of each alternative of an `anyOf` or `oneOf`. */
function withoutRepeats(errors: readonly OutputUnit[]): readonly OutputUnit[] {
  const alternatives = errors
    .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    .map(({ keywordLocation }) => `${keywordLocation}/`);
  return errors.filter(
    ({ keyword, keywordLocation }) =>
      !wrappers.includes(keyword) && !alternatives.some((place) => keywordLocation.startsWith(place)),
  );
}

function messageOf({ keyword, error }: OutputUnit): string {
  const [, name] = /property "(.*)"\.$/.exec(error) ?? [];
  if (keyword === 'required' && name !== undefined) return `must have the property ${JSON.stringify(name)}`;
  const [, types] = /Expected "(.*)"\.$/.exec(error) ?? [];
  if (keyword === 'type' && types !== undefined) return `must be ${types.replaceAll('", "', ' or ')}`;
  const [, values] = /any of \[(.*)\]\.$/.exec(error) ?? [];
  if (keyword === 'enum' && values !== undefined) return `must be one of ${values.replaceAll(',', ', ')}`;
  if (keyword === 'false') return 'is not allowed: the schema does not have this property';
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'must match one of the alternatives of the schema';
  return error.replace(/\.$/, '');
}
