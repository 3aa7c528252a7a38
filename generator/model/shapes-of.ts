import type { JsonSchema, JsonValue } from './event-model.js';
import { isSchema, referredName, type SchemaObject, schemaList, writtenTypes } from './json-schema.js';
import { boundOf, choiceKeywords, evaluatingKeywords, limitKeywords, literalKeywords } from './keywords.js';
import {
  anyOfType,
  type Conjunction,
  canonical,
  type Definitions,
  intersect,
  mergeShapes,
  type Shape,
  type ShapeType,
  shapeTypes,
  unique,
} from './shape.js';

/** The maximum number of shapes; keywords that would multiply them further are compared literally. */
const usualShapes = 200;
/** The maximum for comparing two versions, which must not miss a change in a wide union. */
export const manyShapes = 1_000;

/** The shapes of the values that match all of `schemas`. Empty: no value does. */
export function shapesOf(schemas: Conjunction, definitions: Definitions, most = usualShapes): readonly Shape[] {
  return tidy(conjoin(schemas, { definitions, within: [], most }));
}

/** As {@link shapesOf}, with separate shapes with `sources`. Together they cover at least the values that the schemas accept. */
export function waysOf(schemas: Conjunction, definitions: Definitions): readonly Shape[] {
  return conjoin(schemas, { definitions, within: [], most: manyShapes }).flatMap(
    (shape) => withFittingValues(shape) ?? [],
  );
}

/** The shapes of the values of a shape that also match another schema. */
export function narrow(shape: Shape, schema: JsonSchema, definitions: Definitions): readonly Shape[] {
  return applySchema([shape], schema, { definitions, within: [], most: manyShapes }).flatMap(
    (each) => withFittingValues(each) ?? [],
  );
}

/** The context of computing shapes. */
interface Shaping {
  readonly definitions: Definitions;
  /** Names of the schemas being resolved: a schema that only refers to itself has no constraint. */
  readonly within: readonly string[];
  /** The maximum number of shapes. */
  readonly most: number;
}

function conjoin(schemas: Conjunction, shaping: Shaping): readonly Shape[] {
  let shapes: readonly Shape[] = shapeTypes.map(anyOfType);
  for (const schema of schemas) shapes = applySchema(shapes, schema, shaping);
  return shapes;
}

function applySchema(shapes: readonly Shape[], schema: JsonSchema, shaping: Shaping): readonly Shape[] {
  const { definitions, within, most } = shaping;
  if (schema === true) return shapes;
  if (schema === false) return [];
  let result: readonly Shape[] = shapes.flatMap((shape) => applyKeywords(shape, schema));
  if (typeof schema.$ref === 'string') {
    const name = referredName(schema.$ref);
    const target = definitions.get(name);
    if (target !== undefined && !within.includes(name)) {
      result = applySchema(result, target, { ...shaping, within: [...within, name] }).map((shape) =>
        shape.label === undefined ? { ...shape, label: name } : shape,
      );
    }
  }
  for (const part of schemaList(schema.allOf)) result = applySchema(result, part, shaping);
  for (const keyword of choiceKeywords) {
    if (!Array.isArray(schema[keyword])) continue;
    const alternatives = schemaList(schema[keyword]);
    const branches = alternatives.flatMap((branch, index) =>
      conjoin([branch], shaping).map((shape) =>
        keyword === 'oneOf' ? { ...shape, picks: [...shape.picks, { alternatives, index }] } : shape,
      ),
    );
    const product = intersect(result, branches, most);
    result = product ?? result.map((shape) => withOpaque(shape, keyword, schema[keyword]));
  }
  if (schema.unevaluatedProperties === false) {
    result = result.map((shape) => (shape.sources.some(mayEvaluateOthers) ? shape : { ...shape, additional: [false] }));
  }
  return result;
}

/** Whether a schema may evaluate properties that a shape does not list. */
function mayEvaluateOthers(schema: SchemaObject): boolean {
  return evaluatingKeywords.some((keyword) => schema[keyword] !== undefined && schema[keyword] !== false);
}

function applyKeywords(shape: Shape, schema: SchemaObject): readonly Shape[] {
  const { type } = shape;
  const allowed = writtenTypes(schema);
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
    opaque: new Map(literalKeywords.flatMap((key) => (schema[key] === undefined ? [] : [[key, schema[key]] as const]))),
  };
  const merged = mergeShapes(shape, own);
  return merged === undefined ? [] : [merged];
}

/** Formats of numbers that are checked: `float` and `double` accept every number. */
export const numberFormats: readonly string[] = ['int32', 'int64'];

/** Whether a format constrains values of a type. */
function isFormatOf(type: ShapeType, format: string): boolean {
  return numberFormats.includes(format) ? type === 'number' : type === 'string';
}

function valuesPart(schema: SchemaObject, type: ShapeType): { readonly values?: readonly JsonValue[] } {
  const allowed = schema.const !== undefined ? [schema.const] : Array.isArray(schema.enum) ? schema.enum : undefined;
  return allowed === undefined ? {} : { values: allowed.filter((value) => typeOfValue(value) === type) };
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
  const { prefixItems, items } = schema;
  return {
    prefixItems: schemaList(prefixItems).map((item) => [item]),
    ...(isSchema(items) && items !== true ? { items: [items] } : {}),
  };
}

/** Limits by keyword, without limits that have no effect. Exclusive bounds of integers are not converted to inclusive ones. */
function limitsOf(schema: SchemaObject, type: ShapeType): ReadonlyMap<string, number> {
  return new Map(
    limitKeywords(type).flatMap((keyword) => {
      const value = Number(schema[keyword]);
      const isIdle = schema[keyword] === undefined || Number.isNaN(value);
      return isIdle || (type !== 'number' && boundOf(keyword) === 'lower' && value <= 0) || schema[keyword] === false
        ? []
        : [[keyword, value] as const];
    }),
  );
}

function withOpaque(shape: Shape, keyword: string, value: JsonValue | undefined): Shape {
  return value === undefined ? shape : { ...shape, opaque: new Map([...shape.opaque, [keyword, value]]) };
}

/** Joins shapes that differ only in their values: a `oneOf` of constants is an enum. */
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

/** A shape with only the values that its limits allow; undefined if there are none. */
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

function typeOfValue(value: JsonValue): ShapeType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as 'string' | 'number' | 'boolean' | 'object';
}

function conjunctions(value: JsonValue | undefined): ReadonlyMap<string, Conjunction> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([name, schema]) => [name, isSchema(schema) ? [schema] : []]));
}
