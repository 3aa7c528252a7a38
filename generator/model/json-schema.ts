import type { JsonSchema, JsonValue } from './event-model.js';
import { type JsonType, jsonTypeOf, jsonTypes } from './json-types.js';
import { choiceKeywords, holdsInModel } from './keywords.js';

/** A JSON Schema that is not just `true` or `false`. */
export type SchemaObject = Exclude<JsonSchema, boolean>;

/** The `$ref` of a schema of the model. */
export function refTo(name: string): string {
  return `#/$defs/${name}`;
}

/** The name of the schema that a `$ref` of the model points to. */
export function referredName(ref: string): string {
  return ref.slice(refTo('').length);
}

/** True for an object, such as a schema that is not a boolean. */
export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'boolean' || isSchemaObject(value);
}

/** The direct subschemas of a schema, with the keys of each. */
export function subschemas(schema: JsonSchema): { readonly keys: readonly string[]; readonly schema: JsonSchema }[] {
  const found: { readonly keys: readonly string[]; readonly schema: JsonSchema }[] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    const kind = holdsInModel(keyword);
    if (kind === 'schema') {
      if (isSchema(value)) found.push({ keys: [keyword], schema: value });
    } else if ((kind === 'map' && isSchemaObject(value)) || (kind === 'list' && Array.isArray(value))) {
      for (const [key, inner] of Object.entries(value)) {
        if (isSchema(inner)) found.push({ keys: [keyword, key], schema: inner });
      }
    }
  }
  return found;
}

/** A copy of a schema in which every direct subschema is replaced. */
export function mapSubschemas(schema: JsonSchema, map: (inner: JsonSchema, keyword: string) => JsonSchema): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const mapped = (value: JsonValue, keyword: string) => (isSchema(value) ? map(value, keyword) : value);
  const entries = Object.entries(schema).map(([keyword, value]): [string, JsonValue] => {
    const kind = holdsInModel(keyword);
    if (kind === 'schema') return [keyword, mapped(value, keyword)];
    if (kind === 'list' && Array.isArray(value)) return [keyword, value.map((inner) => mapped(inner, keyword))];
    if (kind !== 'map' || !isSchemaObject(value)) return [keyword, value];
    const inner = Object.entries(value).map(([name, each]) => [name, mapped(each, keyword)]);
    return [keyword, Object.fromEntries(inner) as SchemaObject];
  });
  return Object.fromEntries(entries);
}

/** The value of a keyword as a list of schemas; empty if it is not one. */
export function schemaList(value: JsonValue | undefined): JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

/** The value of a keyword as a map of schemas; empty if it is not one. */
export function schemaMap(value: JsonValue | undefined): Readonly<Record<string, JsonSchema>> {
  return isSchemaObject(value) ? (value as Readonly<Record<string, JsonSchema>>) : {};
}

/** Names of the required properties. */
export function requiredOf(schema: SchemaObject): string[] {
  return Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [];
}

/** Property names in an object schema: those of `properties`, then those that are only in `required`. */
export function propertyNames(schema: SchemaObject): string[] {
  return [...new Set([...Object.keys(schemaMap(schema.properties)), ...requiredOf(schema)])];
}

/** The schema of one property; `true` (anything) for one that is only required. */
export function propertySchema(schema: SchemaObject, name: string): JsonSchema {
  const properties = schemaMap(schema.properties);
  return Object.hasOwn(properties, name) ? (properties[name] as JsonSchema) : true;
}

/**
 * The types that a schema allows, according to `type`, `enum`, `const`, references, `allOf` and choices; undefined if they do not
 * limit the type.
 * @param find Returns the schema that a reference names.
 */
export function typesOf(
  schema: JsonSchema,
  find: (name: string) => JsonSchema | undefined,
  seen: ReadonlySet<string> = new Set(),
): readonly JsonType[] | undefined {
  if (typeof schema === 'boolean') return undefined;
  const { $ref } = schema;
  const sets: (readonly JsonType[] | undefined)[] = [];
  const listed = writtenTypes(schema);
  if (listed !== undefined) sets.push(jsonTypes.filter((name) => listed.includes(name)));
  if (schema.const !== undefined) sets.push([jsonTypeOf(schema.const)]);
  else if (Array.isArray(schema.enum)) sets.push([...new Set(schema.enum.map(jsonTypeOf))]);
  if (typeof $ref === 'string' && !seen.has($ref)) {
    const target = find(referredName($ref));
    if (target !== undefined) sets.push(typesOf(target, find, new Set([...seen, $ref])));
  }
  for (const branch of schemaList(schema.allOf)) sets.push(typesOf(branch, find, seen));
  for (const keyword of choiceKeywords) {
    const branches = schemaList(schema[keyword]).map((branch) => typesOf(branch, find, seen));
    const known = branches.filter((branch) => branch !== undefined);
    if (known.length > 0 && known.length === branches.length) {
      sets.push(jsonTypes.filter((type) => known.some((branch) => branch.includes(type))));
    }
  }
  const known = sets.filter((set) => set !== undefined);
  const [first, ...rest] = known;
  if (first === undefined) return undefined;
  return rest.reduce((left, set) => left.filter((each) => allows(set, each)), first);
}

function allows(types: readonly JsonType[], type: JsonType): boolean {
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

/** The types that the keyword `type` of a schema lists; undefined if it has none. */
export function writtenTypes({ type }: SchemaObject): readonly string[] | undefined {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.map(String) : undefined;
}
