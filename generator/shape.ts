import { patternOf } from '@hyvve-events/runtime/codegen';
import type { JsonSchema, JsonValue } from './model.js';

export const jsonTypes = ['string', 'number', 'boolean', 'object', 'array', 'null'] as const;

export type JsonType = (typeof jsonTypes)[number];

/** Schemas that all bind one value: what `allOf` is, and what a property of several of them has. */
export type Conjunction = readonly JsonSchema[];

/**
 * One way to be valid: of one JSON type, with everything that binds it there gathered from `$ref`, `allOf`, `anyOf` and
 * `oneOf`. A schema is a union of shapes, so that two schemas can be compared however they are written.
 */
export interface Shape {
  readonly type: JsonType;
  readonly isInteger: boolean;
  /** The only values, of `enum` and `const`. */
  readonly values?: readonly JsonValue[];
  /** Numbers and flags by keyword: `minLength`, `uniqueItems`. */
  readonly limits: ReadonlyMap<string, number>;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
  readonly properties: ReadonlyMap<string, Conjunction>;
  readonly required: readonly string[];
  readonly patternProperties: ReadonlyMap<string, Conjunction>;
  /** What other properties must be; undefined: anything. `[false]`: there may be none. */
  readonly additional?: Conjunction;
  readonly prefixItems: readonly Conjunction[];
  /** What other items must be; undefined: anything. */
  readonly items?: Conjunction;
  /** Keywords that are compared as they are written: `not`, `if`, `contains`. */
  readonly opaque: ReadonlyMap<string, JsonValue>;
  /** What to call it among others: the name of its schema, or its discriminating value. */
  readonly label?: string;
  /** Every schema object that binds it, as it is written: what the fields above do not express is here. */
  readonly sources: readonly SchemaObject[];
  /** Which alternative of a `oneOf` it is: its values satisfy none of the others. */
  readonly picks: readonly Pick[];
}

/** An alternative of a `oneOf`. */
export interface Pick {
  readonly alternatives: readonly JsonSchema[];
  readonly index: number;
}

export type Definitions = ReadonlyMap<string, JsonSchema>;

type SchemaObject = Exclude<JsonSchema, boolean>;

/** More ways than this are not told apart: what would multiply further is compared as it is written. */
const mostShapes = 1_000;

const lower = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upper = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
const opaque = [
  ...['not', 'if', 'then', 'else', 'contains', 'minContains', 'maxContains', 'propertyNames', 'dependencies'],
  ...['dependentRequired', 'dependentSchemas', 'unevaluatedItems', '$dynamicRef', '$recursiveRef'],
];

/** The ways in which a value can satisfy all of `schemas`. Empty: none. */
export function shapesOf(schemas: Conjunction, definitions: Definitions): readonly Shape[] {
  return tidy(conjoin(schemas, definitions, []));
}

/** As {@link shapesOf}, each way by itself with its `sources`. Together they cover at least what the schemas accept. */
export function waysOf(schemas: Conjunction, definitions: Definitions): readonly Shape[] {
  return conjoin(schemas, definitions, []).flatMap((shape) => withFittingValues(shape) ?? []);
}

/** The ways in which a value of a shape can satisfy a further schema. */
export function narrow(shape: Shape, schema: JsonSchema, definitions: Definitions): readonly Shape[] {
  return applySchema([shape], schema, definitions, []).flatMap((each) => withFittingValues(each) ?? []);
}

function conjoin(schemas: Conjunction, definitions: Definitions, within: readonly string[]): readonly Shape[] {
  let shapes: readonly Shape[] = jsonTypes.map(anyOfType);
  for (const schema of schemas) shapes = applySchema(shapes, schema, definitions, within);
  return shapes;
}

function anyOfType(type: JsonType): Shape {
  const none = { properties: new Map(), patternProperties: new Map(), opaque: new Map(), limits: new Map() };
  const lists = { patterns: [], formats: [], required: [], prefixItems: [], sources: [], picks: [] };
  return { type, isInteger: false, ...none, ...lists };
}

/** @param within Names of the schemas being resolved: one that is nothing but itself says nothing. */
function applySchema(
  shapes: readonly Shape[],
  schema: JsonSchema,
  definitions: Definitions,
  within: readonly string[],
): readonly Shape[] {
  if (schema === true) return shapes;
  if (schema === false) return [];
  let result: readonly Shape[] = shapes.flatMap((shape) => applyKeywords(shape, schema));
  if (typeof schema.$ref === 'string') {
    const name = schema.$ref.slice('#/$defs/'.length);
    const target = definitions.get(name);
    if (target !== undefined && !within.includes(name)) {
      result = applySchema(result, target, definitions, [...within, name]).map((shape) =>
        shape.label === undefined ? { ...shape, label: name } : shape,
      );
    }
  }
  for (const part of listOf(schema.allOf)) result = applySchema(result, part, definitions, within);
  for (const keyword of ['anyOf', 'oneOf']) {
    if (!Array.isArray(schema[keyword])) continue;
    const alternatives = listOf(schema[keyword]);
    const branches = alternatives.flatMap((branch, index) =>
      conjoin([branch], definitions, within).map((shape) =>
        keyword === 'oneOf' ? { ...shape, picks: [...shape.picks, { alternatives, index }] } : shape,
      ),
    );
    const product = intersect(result, branches);
    result = product ?? result.map((shape) => withOpaque(shape, keyword, schema[keyword]));
  }
  if (schema.unevaluatedProperties === false) {
    result = result.map((shape) => (shape.sources.some(mayEvaluateOthers) ? shape : { ...shape, additional: [false] }));
  }
  return result;
}

/** Whether a schema may evaluate properties that a shape does not name. */
function mayEvaluateOthers(schema: SchemaObject): boolean {
  const others = ['additionalProperties', 'if', 'then', 'else', 'dependentSchemas', '$dynamicRef', '$recursiveRef'];
  return others.some((keyword) => schema[keyword] !== undefined && schema[keyword] !== false);
}

function applyKeywords(shape: Shape, schema: SchemaObject): readonly Shape[] {
  const { type } = shape;
  const allowed = typesOf(schema);
  if (allowed !== undefined && !allowed.some((name) => (name === 'integer' ? 'number' : name) === type)) return [];
  const formats = typeof schema.format === 'string' && isFormatOf(type, schema.format) ? [schema.format] : [];
  const isWhole = allowed !== undefined && !allowed.includes('number');
  const own: Shape = {
    ...anyOfType(type),
    isInteger: type === 'number' && (isWhole || formats.length > 0),
    limits: limitsOf(schema, type),
    patterns: type === 'string' && typeof schema.pattern === 'string' ? [schema.pattern] : [],
    formats,
    sources: [schema],
    ...(type === 'object' ? objectParts(schema) : {}),
    ...(type === 'array' ? arrayParts(schema) : {}),
    ...valuesPart(schema, type),
    opaque: new Map(opaque.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]] as const]))),
  };
  const merged = mergeShapes(shape, own);
  return merged === undefined ? [] : [merged];
}

/** Formats of numbers that are checked: `float` and `double` accept every number. */
export const numberFormats: readonly string[] = ['int32', 'int64'];

/** Whether a format says something of values of a type. */
function isFormatOf(type: JsonType, format: string): boolean {
  return numberFormats.includes(format) ? type === 'number' : type === 'string';
}

function valuesPart(schema: SchemaObject, type: JsonType): { readonly values?: readonly JsonValue[] } {
  const given = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
  return given === undefined ? {} : { values: given.filter((value) => typeOfValue(value) === type) };
}

function objectParts(schema: SchemaObject): Partial<Shape> {
  const { additionalProperties } = schema;
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  return {
    properties: conjunctions(schema.properties),
    patternProperties: conjunctions(schema.patternProperties),
    required,
    ...(isSchema(additionalProperties) && additionalProperties !== true ? { additional: [additionalProperties] } : {}),
  };
}

function arrayParts(schema: SchemaObject): Partial<Shape> {
  const tuple = Array.isArray(schema.prefixItems) ? schema.prefixItems : schema.items;
  const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  return {
    prefixItems: listOf(tuple).map((item) => [item]),
    ...(isSchema(rest) && rest !== true ? { items: [rest] } : {}),
  };
}

/** Limits by keyword; those that limit nothing are left out. Exclusive bounds of whole numbers are not made inclusive. */
function limitsOf(schema: SchemaObject, type: JsonType): ReadonlyMap<string, number> {
  const keywords = {
    number: ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf'],
    string: ['minLength', 'maxLength'],
    array: ['minItems', 'maxItems', 'uniqueItems'],
    object: ['minProperties', 'maxProperties'],
    ...{ boolean: [], null: [] },
  }[type];
  return new Map(
    keywords.flatMap((keyword) => {
      const value = Number(schema[keyword]);
      const isIdle = schema[keyword] === undefined || Number.isNaN(value);
      return isIdle || (type !== 'number' && lower.includes(keyword) && value <= 0) || schema[keyword] === false
        ? []
        : [[keyword, value] as const];
    }),
  );
}

/** Every pair of shapes that can be satisfied at once; undefined when that would be too many. */
function intersect(left: readonly Shape[], right: readonly Shape[]): readonly Shape[] | undefined {
  if (left.length * right.length > mostShapes * jsonTypes.length) return undefined;
  const found = left.flatMap((a) => right.flatMap((b) => (a.type === b.type ? (mergeShapes(a, b) ?? []) : [])));
  return found.length > mostShapes ? undefined : found;
}

/** What satisfies both; undefined when nothing can. */
function mergeShapes(a: Shape, b: Shape): Shape | undefined {
  const values = mergeValues(a.values, b.values);
  if (values?.length === 0) return undefined;
  const label = a.label ?? b.label;
  const required = [...new Set([...a.required, ...b.required])];
  const additional = mergeConjunctions(a.additional, b.additional);
  const items = mergeConjunctions(a.items, b.items);
  const length = Math.max(a.prefixItems.length, b.prefixItems.length);
  const itemAt = (shape: Shape, index: number) => shape.prefixItems[index] ?? shape.items ?? [];
  return {
    type: a.type,
    isInteger: a.isInteger || b.isInteger,
    ...(values === undefined ? {} : { values }),
    limits: mergeLimits(a.limits, b.limits),
    patterns: [...new Set([...a.patterns, ...b.patterns])].sort(),
    formats: [...new Set([...a.formats, ...b.formats])].sort(),
    properties: mergeProperties(a, b),
    required,
    patternProperties: mergeMaps(a.patternProperties, b.patternProperties),
    ...(additional === undefined ? {} : { additional }),
    prefixItems: Array.from({ length }, (_, index) => unique([...itemAt(a, index), ...itemAt(b, index)])),
    ...(items === undefined ? {} : { items }),
    opaque: mergeOpaque(a.opaque, b.opaque),
    sources: [...new Set([...a.sources, ...b.sources])],
    picks: [...a.picks, ...b.picks],
    ...(label === undefined ? {} : { label }),
  };
}

/** A property that only one side names must be what the other allows of properties that it does not name. */
function mergeProperties(a: Shape, b: Shape): ReadonlyMap<string, Conjunction> {
  const names = new Set([...a.properties.keys(), ...b.properties.keys()]);
  const at = (shape: Shape, name: string) => shape.properties.get(name) ?? othersAt(shape, name);
  return new Map([...names].map((name) => [name, unique([...at(a, name), ...at(b, name)])] as const));
}

/** What a shape asks of a property that it does not name, beside what patterns ask. */
function othersAt({ patternProperties, additional }: Shape, name: string): Conjunction {
  const isMatched = [...patternProperties.keys()].some((pattern) => matches(pattern, name) !== false);
  return isMatched ? [] : (additional ?? []);
}

/** Whether a pattern matches a name; undefined where the pattern cannot be compiled. */
export function matches(pattern: string, name: string): boolean | undefined {
  try {
    return patternOf(pattern).test(name);
  } catch {
    return undefined;
  }
}

function mergeMaps(
  a: ReadonlyMap<string, Conjunction>,
  b: ReadonlyMap<string, Conjunction>,
): ReadonlyMap<string, Conjunction> {
  const names = new Set([...a.keys(), ...b.keys()]);
  return new Map([...names].map((name) => [name, unique([...(a.get(name) ?? []), ...(b.get(name) ?? [])])]));
}

function mergeConjunctions(a: Conjunction | undefined, b: Conjunction | undefined): Conjunction | undefined {
  return a === undefined ? b : b === undefined ? a : unique([...a, ...b]);
}

function mergeValues(a: readonly JsonValue[] | undefined, b: readonly JsonValue[] | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  const known = new Set(b.map(canonical));
  return a.filter((value) => known.has(canonical(value)));
}

function mergeLimits(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const result = new Map(a);
  for (const [keyword, value] of b) {
    const known = result.get(keyword);
    if (known === undefined) result.set(keyword, value);
    else if (upper.includes(keyword)) result.set(keyword, Math.min(known, value));
    else if (keyword === 'multipleOf') result.set(keyword, leastCommon(known, value));
    else result.set(keyword, Math.max(known, value));
  }
  return result;
}

function mergeOpaque(
  a: ReadonlyMap<string, JsonValue>,
  b: ReadonlyMap<string, JsonValue>,
): ReadonlyMap<string, JsonValue> {
  const result = new Map(a);
  for (const [keyword, value] of b) {
    const known = result.get(keyword);
    const both = known === undefined || canonical(known) === canonical(value) ? value : [known, value];
    result.set(keyword, both);
  }
  return result;
}

/** The least number that is a multiple of both; one of them where that cannot be calculated exactly. */
function leastCommon(a: number, b: number): number {
  const scale = 10 ** Math.max(decimalsOf(a), decimalsOf(b));
  const [x, y] = [Math.round(a * scale), Math.round(b * scale)];
  const common = (x / greatestCommon(x, y)) * y;
  return Number.isSafeInteger(common) ? common / scale : a;
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b);
}

/** Digits after the decimal point, as the number is written. */
function decimalsOf(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (mantissa.split('.')[1]?.length ?? 0) - Number(exponent));
}

/** Whether one number is a multiple of another, as decimals and not as they are stored. */
export function isMultiple(value: number, of: number): boolean {
  const scale = 10 ** Math.max(decimalsOf(value), decimalsOf(of));
  const [x, y] = [Math.round(value * scale), Math.round(of * scale)];
  return Number.isSafeInteger(x) && Number.isSafeInteger(y) && y !== 0 && x % y === 0;
}

function withOpaque(shape: Shape, keyword: string, value: JsonValue | undefined): Shape {
  return value === undefined ? shape : { ...shape, opaque: new Map([...shape.opaque, [keyword, value]]) };
}

/** Joins what differs in its values alone: `oneOf` of constants is an enum. */
function tidy(shapes: readonly Shape[]): readonly Shape[] {
  const joined = new Map<string, Shape>();
  for (const [index, written] of shapes.entries()) {
    const shape = withFittingValues(written);
    if (shape === undefined) continue;
    const { values, label: _label, sources: _sources, picks: _picks, ...rest } = shape;
    const isScalar = shape.type !== 'object' && shape.type !== 'array';
    const key = isScalar ? canonical({ ...rest, hasValues: values !== undefined }) : String(index);
    const known = joined.get(key);
    const all = known?.values === undefined || values === undefined ? values : unique([...known.values, ...values]);
    joined.set(key, all === undefined ? shape : { ...shape, values: all });
  }
  return [...joined.values()].map((shape) => {
    const { values, ...rest } = shape;
    const isWhole = (shape.type === 'boolean' && values?.length === 2) || shape.type === 'null';
    return isWhole ? rest : shape;
  });
}

/** A shape with those of its values alone that its limits allow; undefined when that leaves none. */
function withFittingValues(shape: Shape): Shape | undefined {
  if (shape.values === undefined) return shape;
  const values = shape.values.filter((value) => fits(value, shape));
  return values.length === 0 ? undefined : { ...shape, values };
}

function fits(value: JsonValue, { limits, isInteger }: Shape): boolean {
  const size = typeof value === 'string' ? [...value].length : typeof value === 'number' ? value : undefined;
  if (size === undefined) return true;
  const [least, most] = typeof value === 'string' ? ['minLength', 'maxLength'] : ['minimum', 'maximum'];
  return (
    !(isInteger && !Number.isInteger(value)) &&
    size >= (limits.get(least) ?? Number.NEGATIVE_INFINITY) &&
    size <= (limits.get(most) ?? Number.POSITIVE_INFINITY) &&
    size > (limits.get('exclusiveMinimum') ?? Number.NEGATIVE_INFINITY) &&
    size < (limits.get('exclusiveMaximum') ?? Number.POSITIVE_INFINITY)
  );
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [canonical(item), item])).values()];
}

/** JSON with sorted keys: equal texts are equal values, maps and objects alike. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    const plain = inner instanceof Map ? Object.fromEntries(inner) : inner;
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return plain;
    return Object.fromEntries(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function typeOfValue(value: JsonValue): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as 'string' | 'number' | 'boolean' | 'object';
}

function typesOf(schema: SchemaObject): readonly string[] | undefined {
  const { type } = schema;
  return Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : undefined;
}

function conjunctions(value: JsonValue | undefined): ReadonlyMap<string, Conjunction> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([name, schema]) => [name, isSchema(schema) ? [schema] : []]));
}

function listOf(value: JsonValue | undefined): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value));
}
