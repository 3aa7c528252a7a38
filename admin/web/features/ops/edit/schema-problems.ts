import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema';
import type { JsonSchema } from '@hyvve-events/catalog-model';
import { pointerSteps, type Steps } from './json-path.js';

/** A place that breaks the schema, and how. */
export interface Problem {
  readonly steps: Steps;
  readonly message: string;
}

/** Keywords that only pass on what is wrong further in. */
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
 * Says where a value breaks a schema. The validator walks the schema: one that compiled it would need `eval`, which the
 * service's content security policy forbids.
 * @returns Nothing where the schema itself cannot be used: the service checks in any case
 */
export function createProblems(schema: JsonSchema): (value: unknown) => readonly Problem[] {
  const validator = new Validator(schema as Schema | boolean, '2020-12', false);
  return (value) => {
    try {
      return toldOnce(validator.validate(value).errors).map((error) => ({
        steps: pointerSteps(error.instanceLocation),
        message: wordsOf(error),
      }));
    } catch {
      return [];
    }
  };
}

/** Without what only passes on, and without what is wrong with each of several alternatives. */
function toldOnce(errors: readonly OutputUnit[]): readonly OutputUnit[] {
  const alternatives = errors
    .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    .map(({ keywordLocation }) => `${keywordLocation}/`);
  return errors.filter(
    ({ keyword, keywordLocation }) =>
      !wrappers.includes(keyword) && !alternatives.some((place) => keywordLocation.startsWith(place)),
  );
}

function wordsOf({ keyword, error }: OutputUnit): string {
  const [, name] = /property "(.*)"\.$/.exec(error) ?? [];
  if (keyword === 'required' && name !== undefined) return `must have the property ${JSON.stringify(name)}`;
  const [, types] = /Expected "(.*)"\.$/.exec(error) ?? [];
  if (keyword === 'type' && types !== undefined) return `must be ${types.replaceAll('", "', ' or ')}`;
  const [, values] = /any of \[(.*)\]\.$/.exec(error) ?? [];
  if (keyword === 'enum' && values !== undefined) return `must be one of ${values.replaceAll(',', ', ')}`;
  if (keyword === 'false') return 'must not be here: the schema has no such property';
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'must be one of the alternatives that the schema has';
  return error.replace(/\.$/, '');
}
