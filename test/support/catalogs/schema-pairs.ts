import fc from 'fast-check';
import type { JsonSchema, JsonValue } from '../../../generator/model/event-model.js';
import { isSchemaObject } from '../../../generator/model/json-schema.js';

/** Two versions of a schema, with the definitions of each. */
export interface SchemaPair {
  readonly old: JsonSchema;
  readonly new: JsonSchema;
  readonly oldDefs: ReadonlyMap<string, JsonSchema>;
  readonly newDefs: ReadonlyMap<string, JsonSchema>;
}

const names = ['a', 'b', 'kind'];
const scalars = fc.constantFrom<JsonValue>('a', 'b', 'abc', 1, 2, 0.5, null, true);

/** Schemas with every keyword that a comparison supports, a few levels deep. */
const { schema: anySchema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(
      {
        type: fc.constant('string'),
        minLength: fc.nat(3),
        maxLength: fc.integer({ min: 2, max: 6 }),
        pattern: fc.constantFrom('^a', 'b$', '^[a-z]*$'),
        format: fc.constantFrom('date', 'uuid', 'markdown', 'password'),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constantFrom('number', 'integer'),
        minimum: fc.integer({ min: -1, max: 3 }),
        maximum: fc.integer({ min: 3, max: 6 }),
        exclusiveMinimum: fc.integer({ min: -1, max: 3 }),
        multipleOf: fc.constantFrom(0.1, 0.5, 1, 2, 3),
        format: fc.constantFrom('int32', 'int64', 'double'),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.subarray(['string', 'null', 'boolean', 'integer', 'number'], { minLength: 1 }) }),
    fc.record({ enum: fc.uniqueArray(scalars, { minLength: 1, maxLength: 4 }) }),
    fc.record({ const: scalars }),
    fc.constantFrom<JsonSchema>(true, false, {}),
    fc.constantFrom<JsonSchema>({ $ref: '#/$defs/A' }, { $ref: '#/$defs/B' }),
    fc.record(
      {
        type: fc.constant('array'),
        items: tie('schema'),
        prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }),
        minItems: fc.nat(2),
        maxItems: fc.integer({ min: 1, max: 3 }),
        uniqueItems: fc.boolean(),
        contains: tie('schema'),
        minContains: fc.nat(2),
        maxContains: fc.integer({ min: 1, max: 2 }),
        unevaluatedItems: fc.constantFrom<JsonSchema>(false, { type: 'string' }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom(...names), tie('schema'), { maxKeys: 3 }),
        required: fc.subarray(['a', 'kind']),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        patternProperties: fc.dictionary(fc.constantFrom('^x-', '^a', 'd$'), tie('schema'), { maxKeys: 2 }),
        minProperties: fc.nat(2),
        maxProperties: fc.integer({ min: 1, max: 3 }),
        propertyNames: fc.constantFrom<JsonSchema>({ maxLength: 4 }, { pattern: '^[a-z]' }, { enum: names }),
        dependentRequired: fc.constantFrom({ a: ['b'] }, { b: ['a', 'kind'] }),
        dependentSchemas: fc.dictionary(fc.constantFrom(...names), tie('schema'), { minKeys: 1, maxKeys: 1 }),
        unevaluatedProperties: fc.constantFrom<JsonSchema>(false, { type: 'string' }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ oneOf: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie('schema') }),
    fc
      .tuple(tie('schema'), fc.option(tie('schema'), { nil: undefined }), fc.option(tie('schema'), { nil: undefined }))
      .map(([condition, positive, negative]) =>
        Object.fromEntries(
          [
            ['if', condition],
            ['then', positive],
            ['else', negative],
          ].filter(([, value]) => value !== undefined),
        ),
      ),
    fc.record({ type: fc.constant('object'), oneOf: fc.array(tagged(tie('schema')), { minLength: 2, maxLength: 3 }) }),
  ) as fc.Arbitrary<JsonSchema>,
}));

/** An alternative with a constant that distinguishes it from others. */
function tagged(inner: fc.Arbitrary<JsonSchema>): fc.Arbitrary<JsonSchema> {
  return fc.record({ kind: fc.constantFrom('a', 'b', 'abc'), value: inner, closed: fc.boolean() }).map((drawn) => ({
    type: 'object',
    required: ['kind'],
    properties: { kind: { const: drawn.kind }, a: drawn.value },
    ...(drawn.closed ? { additionalProperties: false } : {}),
  })) as fc.Arbitrary<JsonSchema>;
}

/** One change at a random place of a schema. */
interface Edit {
  readonly place: number;
  readonly kind: 'drop' | 'number' | 'list' | 'replace' | 'merge';
  readonly number: number;
  readonly schema: JsonSchema;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  place: fc.nat(),
  kind: fc.constantFrom('drop', 'number', 'list', 'replace', 'merge'),
  number: fc.nat(),
  schema: anySchema,
});

/** Pairs that differ by a few edits, and unrelated pairs. */
export const schemaPair: fc.Arbitrary<SchemaPair> = fc
  .record({
    old: anySchema,
    other: anySchema,
    a: anySchema,
    b: anySchema,
    edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
    isUnrelated: fc.nat(9).map((number) => number === 0),
  })
  .map(({ old, other, a, b, edits, isUnrelated }) => {
    const definitions = (one: JsonSchema, two: JsonSchema) =>
      new Map([
        ['A', withoutLoops(one)],
        ['B', withoutLoops(two)],
      ]);
    const whole = { old, A: a, B: b };
    const edited = edits.reduce((value, each) => applyEdit(value, each), whole as JsonValue) as typeof whole;
    return {
      old,
      new: isUnrelated ? other : asSchema(edited.old),
      oldDefs: definitions(a, b),
      newDefs: definitions(asSchema(edited.A), asSchema(edited.B)),
    };
  });

function asSchema(value: JsonValue): JsonSchema {
  return typeof value === 'boolean' || isSchemaObject(value) ? value : true;
}

/** A schema without references, so that its validator terminates. */
function withoutLoops(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (key, value) => (key === '$ref' ? undefined : value));
}

/** A copy of a value with an edit in one of its objects. */
function applyEdit(root: JsonValue, { place, kind, number, schema }: Edit): JsonValue {
  const copy = structuredClone(root) as JsonValue;
  const objects: Record<string, JsonValue>[] = [];
  const visit = (value: JsonValue): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) objects.push(value as Record<string, JsonValue>);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(copy);
  const target = objects[place % objects.length];
  const keys = Object.keys(target ?? {}).filter((key) => !['old', 'A', 'B', '$ref', 'if'].includes(key));
  const key = keys[number % Math.max(1, keys.length)];
  if (target === undefined || key === undefined) return copy;
  const value = target[key];
  if (kind === 'drop') delete target[key];
  if (kind === 'number' && typeof value === 'number')
    target[key] = key === 'multipleOf' ? value * 2 : Math.max(0, value + (number % 2 === 0 ? 1 : -1));
  if (kind === 'list' && Array.isArray(value) && value.length > 1) target[key] = value.slice(1);
  const isSchemaPlace = isSchemaObject(value) || typeof value === 'boolean';
  if (
    kind === 'replace' &&
    isSchemaPlace &&
    key !== 'properties' &&
    key !== 'patternProperties' &&
    key !== 'uniqueItems'
  ) {
    if (!['dependentRequired', 'dependentSchemas'].includes(key)) target[key] = schema;
  }
  if (
    kind === 'merge' &&
    isSchemaObject(value) &&
    isSchemaObject(schema) &&
    ('type' in value || 'properties' in value)
  ) {
    target[key] = { ...schema, ...value };
  }
  return copy;
}
