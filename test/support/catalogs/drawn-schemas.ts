import fc from 'fast-check';
import type { JsonSchema, JsonValue } from '../../../generator/model/event-model.js';

/** Texts that are valid for some of the patterns and formats below. */
const texts = [
  '',
  'a',
  'ab',
  'abc',
  'A1',
  'x-1',
  '📚',
  'Ä',
  '2026-02-28',
  '2026-02-31',
  '2026-02-28T10:00:00Z',
  '2026-02-28T10:00:00+01',
  'a@b.example',
  'https://example.com/a?b',
  'urn:x',
  '1.2.3.4',
  'card',
  'cash',
];
const numbers = [0, 1, -1, 2, 3, 7, 0.5, 1.15, 8.7, 33.33, 1.005, 2.999, 1e15, 9_007_199_254_740_991, 1e308];
const names = ['a', 'b', 'kind', 'x-1', '__proto__', 'constructor'];

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  ...[fc.constantFrom(...texts), fc.constantFrom(...numbers), fc.boolean(), fc.constant(null)],
) as fc.Arbitrary<JsonValue>;

/** Any JSON value of the texts, numbers and names above. */
export const drawnValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc
      .array(fc.tuple(fc.constantFrom(...names), tie('value')), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries) as JsonValue),
  ),
})).value;

const patterns = ['^.$', '^\\p{Lu}', '^[a-z]+$', '1', '^[\\w-.]*$', '^x-'];
const formats = ['date', 'date-time', 'email', 'uri', 'ipv4', 'int32', 'unheard-of'];

/** A schema of a catalog. @param refs Names of the schemas that it may refer to. */
export function drawnSchema(refs: readonly string[]): fc.Arbitrary<JsonSchema> {
  const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
  return fc
    .letrec<{ schema: JsonSchema }>((tie) => {
      const schema = tie('schema');
      const count = fc.integer({ min: 0, max: 4 });
      const lists = fc.array(schema, { minLength: 1, maxLength: 3 });
      const map = (keys: readonly string[]) =>
        fc
          .array(fc.tuple(fc.constantFrom(...keys), schema), { minLength: 1, maxLength: 3 })
          .map((all) => Object.fromEntries(all));
      const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
        fc.record(fields, { requiredKeys: [] }).map((drawn) => drawn as JsonSchema);
      const ofText = {
        minLength: some(count),
        maxLength: some(count),
        pattern: some(fc.constantFrom(...patterns)),
        format: some(fc.constantFrom(...formats)),
      };
      const ofNumber = {
        minimum: some(fc.constantFrom(...numbers)),
        exclusiveMaximum: some(fc.constantFrom(...numbers)),
        multipleOf: some(fc.constantFrom(1, 2, 0.5, 0.01, 0.001, 1e-8)),
      };
      const ofObject = {
        properties: some(map(names)),
        required: some(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 2 })),
        additionalProperties: some(fc.oneof(fc.boolean(), schema)),
        patternProperties: some(map(['^x-', '^a'])),
        dependentRequired: some(fc.constant({ a: ['b'] })),
        propertyNames: some(fc.constant({ pattern: '^[a-z_]+$' })),
        minProperties: some(count),
        maxProperties: some(count),
      };
      const ofList = {
        items: some(schema),
        prefixItems: some(lists),
        contains: some(schema),
        uniqueItems: some(fc.boolean()),
        minItems: some(count),
        maxItems: some(count),
        minContains: some(count),
      };
      const parts = {
        allOf: some(lists),
        anyOf: some(lists),
        oneOf: some(lists),
        not: some(schema),
        if: some(schema),
        ...Object.fromEntries(['then'].map((word) => [word, some(schema)])),
        else: some(schema),
      };
      const type = fc.oneof(
        fc.constantFrom('string', 'number', 'integer', 'object', 'array', 'boolean', 'null'),
        fc.constant(['object', 'null']),
        fc.constant(['string', 'number']),
      );
      return {
        schema: fc.oneof(
          { maxDepth: 3 },
          record({ type: some(type) }),
          fc.constantFrom<JsonSchema>(true, {}, { const: 'card' }, { enum: ['cash', 1, null] }),
          record({ type: some(fc.constant('string')), ...ofText }),
          record({ type: some(fc.constantFrom('number', 'integer')), ...ofNumber }),
          record({ type: some(fc.constant('object')), ...ofObject }),
          record({ type: some(fc.constant('array')), ...ofList }),
          record({ type: some(type), ...parts }),
          record({ type: some(fc.constant('object')), ...ofObject, ...parts }),
          ...(refs.length > 0
            ? [fc.constantFrom(...refs).map((name): JsonSchema => ({ $ref: `#/components/schemas/${name}` }))]
            : []),
        ),
      };
    })
    .schema.map(withoutAbsent);
}

/** Removes absent fields, which fast-check draws as undefined. */
function withoutAbsent(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
