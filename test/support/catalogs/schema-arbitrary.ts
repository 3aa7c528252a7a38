import fc from 'fast-check';
import type { JsonSchema, JsonValue } from '../../../generator/model/event-model.js';
import {
  isSchemaObject,
  propertyNames,
  propertySchema,
  referredName,
  requiredOf,
  type SchemaObject,
  schemaList,
  schemaMap,
} from '../../../generator/model/json-schema.js';
import { jsonTypes } from '../../../generator/model/json-types.js';

export type Definitions = ReadonlyMap<string, JsonSchema>;

const words = fc.constantFrom('', 'a', 'ab', 'abc', 'word', 'x-1', 'ord_1', '🎉', 'a b', 'user-1', 'ÄÖ');
const texts = fc.constantFrom(
  ...['2024-02-29T12:00:00Z', '2023-02-29T12:00:00Z', '2024-13-01', '2024-05-31', '23:59:60Z', '12:00', 'a@b.example'],
  ...[
    'https://example.com/a?b#c',
    'urn:a',
    'a:',
    '/relative',
    '1.2.3.4',
    '::1',
    'P1D',
    '0fa6ef40-8f47-40a8-8cf6-f8607d0066ef',
  ],
);
/** Valid texts of each format, because only few of the texts above are valid. */
const ofFormat: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2024-02-29T12:00:00Z'],
  date: ['2024-05-31'],
  time: ['23:59:60Z'],
  duration: ['P1D'],
  uri: ['https://example.com/a?b#c', 'urn:a'],
  'uri-reference': ['/relative'],
  email: ['a@b.example'],
  ipv4: ['1.2.3.4'],
  ipv6: ['::1'],
  hostname: ['example.com'],
  uuid: ['0fa6ef40-8f47-40a8-8cf6-f8607d0066ef'],
  cuid2: ['tz4a98xxat96iws9zmbrgj3a'],
  regex: ['^a+$'],
  byte: ['YWJj'],
};
const numbers = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom(0.5, 1.5, 2 ** 31, -1e9, 3));
const anything: fc.Arbitrary<JsonValue> = fc.oneof(
  ...[words, texts, numbers, fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}), fc.constant([1, 'a'])],
) as fc.Arbitrary<JsonValue>;

/**
 * Data of which most is valid for a schema, and some is invalid.
 * @param errorPercent The percentage of choices that ignore the schema.
 */
export function dataFor(schema: JsonSchema, definitions: Definitions, errorPercent: number): fc.Arbitrary<JsonValue> {
  return draw(schema, { definitions, errorPercent, depth: 0 });
}

interface Context {
  readonly definitions: Definitions;
  readonly errorPercent: number;
  readonly depth: number;
}

function draw(schema: JsonSchema, context: Context): fc.Arbitrary<JsonValue> {
  const good = context.depth > 7 ? anything : fitting(schema, { ...context, depth: context.depth + 1 });
  if (context.errorPercent === 0) return good;
  return fc.oneof(
    { weight: 100 - context.errorPercent, arbitrary: good },
    { weight: context.errorPercent, arbitrary: anything },
  );
}

function fitting(schema: JsonSchema, context: Context): fc.Arbitrary<JsonValue> {
  if (!isSchemaObject(schema)) return anything;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return fc.constantFrom(...(schema.enum as JsonValue[]));
  const choices = [...schemaList(schema.anyOf), ...schemaList(schema.oneOf)];
  const parts = [...schemaList(schema.allOf)];
  if (typeof schema.$ref === 'string') parts.push(context.definitions.get(referredName(schema.$ref)) ?? true);
  const { anyOf: _any, oneOf: _one, allOf: _all, $ref: _ref, ...own } = schema;
  const hasOwn = Object.keys(own).some(
    (keyword) => !['title', 'description', 'deprecated', 'examples'].includes(keyword),
  );
  if (choices.length === 0 && parts.length === 0) return ofType(own, context);
  const choice = choices.length === 0 ? [] : [fc.oneof(...choices.map((each) => draw(each, context)))];
  const all = [...(hasOwn ? [ofType(own, context)] : []), ...parts.map((part) => draw(part, context)), ...choice];
  return fc.tuple(...all).map((values) => values.reduce(merge));
}

/** Merges two objects. Of other values, the second one is used. */
function merge(a: JsonValue, b: JsonValue): JsonValue {
  return isSchemaObject(a) && isSchemaObject(b)
    ? (Object.fromEntries([...Object.entries(a), ...Object.entries(b)]) as JsonValue)
    : b;
}

function ofType(schema: SchemaObject, context: Context): fc.Arbitrary<JsonValue> {
  const { type } = schema;
  const listed = Array.isArray(type) ? type : typeof type === 'string' ? [type] : undefined;
  const types = jsonTypes.filter(
    (each) => listed?.includes(each) ?? (hasKeywordOf(schema, each) ? true : listed === undefined && each !== 'null'),
  );
  const likely = listed === undefined ? types.filter((each) => hasKeywordOf(schema, each)) : types;
  const chosen = likely.length > 0 ? likely : types;
  return chosen.length === 0 ? anything : fc.oneof(...chosen.map((each) => ofOneType(each, schema, context)));
}

function hasKeywordOf(schema: SchemaObject, type: string): boolean {
  const keywords: Readonly<Record<string, readonly string[]>> = {
    object: ['properties', 'required', 'additionalProperties', 'patternProperties'],
    array: ['items', 'prefixItems', 'contains'],
    string: ['minLength', 'maxLength', 'pattern', 'format'],
    number: ['minimum', 'maximum', 'multipleOf'],
  };
  return keywords[type]?.some((keyword) => schema[keyword] !== undefined) === true;
}

function formatted(format: string): fc.Arbitrary<JsonValue> {
  const own = ofFormat[format];
  if (own === undefined) return fc.oneof(texts, words);
  return fc.oneof(texts, words, { weight: 8, arbitrary: fc.constantFrom(...own) });
}

function ofOneType(type: string, schema: SchemaObject, context: Context): fc.Arbitrary<JsonValue> {
  switch (type) {
    case 'object':
      return objectFor(schema, context);
    case 'array':
      return arrayFor(schema, context);
    case 'string':
      return schema.format === undefined ? words : formatted(String(schema.format));
    case 'number':
      return numbers;
    case 'integer':
      return fc.integer({
        min: Number(schema.minimum ?? -2),
        max: Number(schema.maximum ?? Number(schema.minimum ?? -2) + 9),
      });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.constant(null);
  }
}

function objectFor(schema: SchemaObject, context: Context): fc.Arbitrary<JsonValue> {
  const required = requiredOf(schema);
  const names = propertyNames(schema).filter((name) => name !== '__proto__');
  const own = names.map((name) => [name, draw(propertySchema(schema, name), context)] as const);
  const shallow = context.depth > 5 ? own.filter(([name]) => required.includes(name)) : own;
  const requiredKeys = context.errorPercent === 0 ? required.filter((name) => name !== '__proto__') : [];
  const known = fc.record(Object.fromEntries(shallow), {
    requiredKeys: requiredKeys.filter((name) => shallow.some(([each]) => each === name)),
  });
  const whole = fc.record(Object.fromEntries(shallow), { requiredKeys: shallow.map(([name]) => name) });
  const { additionalProperties: rest } = schema;
  const patterns = Object.entries(schemaMap(schema.patternProperties));
  const others: fc.Arbitrary<Record<string, JsonValue>>[] = [];
  if (isSchemaObject(rest))
    others.push(fc.dictionary(fc.constantFrom('k', 'other', 'id'), draw(rest, context), { maxKeys: 2 }));
  for (const [, inner] of patterns)
    others.push(fc.dictionary(fc.constantFrom('x-a', 'x-b'), draw(inner, context), { maxKeys: 1 }));
  if (context.errorPercent > 0) others.push(fc.dictionary(fc.constantFrom('unknown', 'x-c'), anything, { maxKeys: 1 }));
  return fc
    .tuple(fc.oneof({ weight: 3, arbitrary: whole }, { weight: 2, arbitrary: known }), ...others)
    .map(([base, ...more]) => Object.assign({}, ...more, base) as JsonValue);
}

function arrayFor(schema: SchemaObject, context: Context): fc.Arbitrary<JsonValue> {
  const tuple = schemaList(schema.prefixItems);
  const rest = isSchemaObject(schema.items) ? draw(schema.items, context) : anything;
  const minLength = Math.max(0, Number(schema.minItems ?? 0) - tuple.length);
  const more =
    schema.items === false && context.errorPercent === 0
      ? fc.constant([])
      : fc.array(rest, { minLength, maxLength: minLength + 2 });
  return fc
    .tuple(fc.tuple(...tuple.map((item) => draw(item, context))), more)
    .map(([first, others]) => [...first, ...others]);
}
