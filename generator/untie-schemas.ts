import { isSchema, isSchemaObject, mapSubschemas, referredName, schemaMap } from './json-schema.js';
import type { JsonSchema, JsonValue, SchemaModel } from './model.js';

/** Schemas of which none needs itself to say what it is. */
export interface Untied {
  readonly schemas: readonly SchemaModel[];
  /** Names of those that did, sorted. */
  readonly tied: readonly string[];
}

/**
 * Cuts references by which a schema comes back to itself without going into a property or an item, as in
 * `A: { anyOf: [{ $ref: A }, string] }`: TypeScript refuses such a type, and a validator of it never ends. What is left is
 * what the schema says apart from that: such a branch of a union adds nothing, such a part of `allOf` asks for nothing.
 */
export function untieSchemas(schemas: readonly SchemaModel[]): Untied {
  const known = new Map(schemas.map((schema) => [schema.name, schema.schema]));
  const tied = new Set<string>();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const schema = known.get(name);
    if (schema === undefined || done.has(name)) return;
    const around = [...path, name];
    const cut = withoutReferences(schema, new Set(around));
    if (cut !== schema) tied.add(name);
    known.set(name, cut);
    for (const next of directReferences(cut)) visit(next, around);
    done.add(name);
  };
  for (const { name } of schemas) visit(name, []);
  return {
    schemas: schemas.map((schema) =>
      tied.has(schema.name) ? withSchema(schema, known.get(schema.name) ?? true) : schema,
    ),
    tied: [...tied].sort(),
  };
}

function withSchema(model: SchemaModel, schema: JsonSchema): SchemaModel {
  const uses = new Set<string>();
  const collect = (inner: JsonSchema): JsonSchema => {
    if (typeof inner === 'object' && typeof inner.$ref === 'string') uses.add(referredName(inner.$ref));
    return mapSubschemas(inner, collect);
  };
  collect(schema);
  return { ...model, schema, uses: [...uses].sort() };
}

/** Names of the schemas that are asked of the very value that this one is asked of. */
function directReferences(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const own = typeof schema.$ref === 'string' ? [referredName(schema.$ref)] : [];
  for (const keyword of direct) {
    const value = schema[keyword];
    if (value === undefined) continue;
    const inner = Array.isArray(value) || keyword === 'dependentSchemas' ? Object.values(value ?? {}) : [value];
    own.push(...inner.filter(isSchema).flatMap(directReferences));
  }
  return own;
}

/** Keywords whose schemas see the whole value, none of its properties or items. */
const direct = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else', 'dependentSchemas']);

function withoutReferences(schema: JsonSchema, names: ReadonlySet<string>): JsonSchema {
  if (!directReferences(schema).some((name) => names.has(name)) || typeof schema === 'boolean') return schema;
  const isKnot = (inner: JsonValue) =>
    isSchemaObject(inner) && typeof inner.$ref === 'string' && names.has(referredName(inner.$ref));
  const entries = Object.entries(schema).flatMap(([keyword, value]): [string, JsonValue][] => {
    if (keyword === '$ref') return isKnot(schema) ? [] : [[keyword, value]];
    if (!direct.has(keyword)) return [[keyword, value]];
    if (Array.isArray(value)) {
      const left = value.filter((inner) => !isKnot(inner)).map((inner) => withoutIn(inner, names));
      // A union of nothing but itself asks for nothing.
      return left.length === 0 ? [] : [[keyword, left]];
    }
    if (keyword !== 'dependentSchemas') return isKnot(value) ? [] : [[keyword, withoutIn(value, names)]];
    const left = Object.entries(schemaMap(value)).filter(([, inner]) => !isKnot(inner));
    return [[keyword, Object.fromEntries(left.map(([name, inner]) => [name, withoutReferences(inner, names)]))]];
  });
  return Object.fromEntries(entries);
}

function withoutIn(value: JsonValue, names: ReadonlySet<string>): JsonValue {
  return isSchema(value) ? withoutReferences(value, names) : value;
}
