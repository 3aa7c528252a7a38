import type { JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';

/** Finds a schema of the model by its `$ref`. */
export type Resolve = (ref: string) => JsonSchema | undefined;

/** Name of the schema that a `$ref` of the model refers to. */
export function nameOfRef(ref: string): string {
  return ref.slice('#/$defs/'.length);
}

/** Keywords that say nothing about the type. */
const annotations = new Set(['title', 'description', 'examples', 'default', 'deprecated', 'readOnly', 'writeOnly']);

/** Whether a schema is a reference to another one that nothing adds properties to. */
export function refOf(schema: SchemaObject): string | undefined {
  const only = onlyPart(schema);
  if (typeof only.$ref !== 'string' || isObject(only.properties) || Array.isArray(only.allOf)) return undefined;
  return nameOfRef(only.$ref);
}

/** `allOf` with one schema and nothing else that matters is that schema. */
function onlyPart(schema: SchemaObject): SchemaObject {
  const keys = Object.keys(schema).filter((key) => !annotations.has(key) && !key.startsWith('x-'));
  const [part] = Array.isArray(schema.allOf) && schema.allOf.length === 1 ? schema.allOf : [];
  return keys.length === 1 && isObject(part) ? part : schema;
}

/**
 * A schema without `allOf` that accepts at least as much: the properties, required names and types of all parts. A referenced
 * schema is included unless it is being included already.
 */
export function mergeParts(schema: SchemaObject, resolve: Resolve, seen: readonly string[] = []): SchemaObject {
  const { allOf, $ref, ...own } = schema;
  const parts: SchemaObject[] = [];
  if (typeof $ref === 'string' && !seen.includes($ref)) {
    const target = resolve($ref);
    if (isObject(target)) parts.push(mergeParts(target, resolve, [...seen, $ref]));
  }
  for (const part of Array.isArray(allOf) ? allOf : []) if (isObject(part)) parts.push(mergeParts(part, resolve, seen));
  // The own keywords are last: a part that narrows a property says most about it.
  parts.push(own);
  if (parts.length === 1) return own;
  return parts.reduce((left, right) => join(left, right));
}

function join(left: SchemaObject, right: SchemaObject): SchemaObject {
  const joined: Record<string, JsonValue> = { ...left, ...right };
  const properties = joinProperties(left.properties, right.properties);
  if (properties !== undefined) joined.properties = properties;
  const required = [...texts(left.required), ...texts(right.required)];
  if (required.length > 0) joined.required = [...new Set(required)];
  for (const key of ['oneOf', 'anyOf'] as const) {
    // Of two choices only one can be kept.
    if (left[key] !== undefined && right[key] === undefined) joined[key] = left[key];
  }
  if (left.type !== undefined && right.type === undefined) joined.type = left.type;
  // What one part closes, another may describe.
  if (properties !== undefined && joined.additionalProperties === false) delete joined.additionalProperties;
  return joined;
}

function joinProperties(left: JsonValue | undefined, right: JsonValue | undefined): SchemaObject | undefined {
  if (!isObject(left)) return isObject(right) ? right : undefined;
  if (!isObject(right)) return left;
  const joined = new Map<string, JsonValue>(Object.entries(left));
  for (const [name, schema] of Object.entries(right)) {
    const before = joined.get(name);
    const both = isObject(before) && isObject(schema) ? joinProperty(before, schema) : schema;
    joined.set(name, before === undefined ? schema : both);
  }
  return Object.fromEntries(joined);
}

/** Two schemas of one property: the narrower one has a constant, or a type where the other has none. */
function joinProperty(left: SchemaObject, right: SchemaObject): SchemaObject {
  const base = saysType(right) ? right : left;
  const description = right.description ?? left.description;
  return description === undefined ? base : { ...base, description };
}

function saysType(schema: SchemaObject): boolean {
  return ['type', 'const', 'enum', '$ref', 'oneOf', 'anyOf', 'allOf', 'properties'].some((key) => key in schema);
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The strings of a list. */
export function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
