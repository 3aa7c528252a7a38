import type { JsonSchema } from '../model/event-model.js';
import { mapSubschemas, propertyNames, referredName, refTo, schemaMap, subschemas } from '../model/json-schema.js';
import { isSameValue } from '../model/keywords.js';
import type { Conjunction, Definitions } from '../model/shape.js';

/** One side of a comparison: schemas, and definitions with names that the other side does not use. */
export interface Side {
  readonly schemas: Conjunction;
  readonly definitions: Definitions;
}

/**
 * A copy of schemas and everything that they refer to. The name of every definition starts with `prefix`, so that the
 * definitions of two versions can be in one map.
 * @param isTolerant Whether closed objects may have other properties, as in the validation of consumers.
 */
export function sideOf(schemas: Conjunction, definitions: Definitions, prefix: string, isTolerant: boolean): Side {
  const copied = new Map<string, JsonSchema>();
  const copy = (schema: JsonSchema): JsonSchema => {
    if (typeof schema === 'boolean') return schema;
    const { $ref, additionalProperties, ...rest } = mapSubschemas(schema, copy) as Exclude<JsonSchema, boolean>;
    return {
      ...rest,
      ...(typeof $ref === 'string' ? { $ref: refTo(`${prefix}${referredName($ref)}`) } : {}),
      ...(additionalProperties === undefined || (isTolerant && additionalProperties === false)
        ? {}
        : { additionalProperties }),
    };
  };
  const open = [...schemas];
  for (const schema of open) {
    for (const name of referencesIn(schema)) {
      const target = definitions.get(name);
      if (target === undefined || copied.has(prefix + name)) continue;
      copied.set(prefix + name, copy(target));
      open.push(target);
    }
  }
  return { schemas: schemas.map(copy), definitions: copied };
}

function referencesIn(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const own = typeof schema.$ref === 'string' ? [referredName(schema.$ref)] : [];
  return [...own, ...subschemas(schema).flatMap((inner) => referencesIn(inner.schema))];
}

/** Names of properties that schemas mention for their own value, including those in conditions and alternatives. */
export function mentionedNames(schemas: Conjunction, definitions: Definitions): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<JsonSchema>();
  const visit = (schema: JsonSchema): void => {
    if (typeof schema === 'boolean' || seen.has(schema)) return;
    seen.add(schema);
    for (const name of propertyNames(schema)) found.add(name);
    for (const [name, needed] of Object.entries(schema.dependentRequired ?? {})) {
      for (const each of [name, ...(Array.isArray(needed) ? needed.map(String) : [])]) found.add(each);
    }
    for (const name of Object.keys(schemaMap(schema.dependentSchemas))) found.add(name);
    for (const inner of subschemas(schema)) {
      const [keyword = ''] = inner.keys;
      if (isSameValue(keyword)) visit(inner.schema);
    }
    if (typeof schema.$ref === 'string') visit(definitions.get(referredName(schema.$ref)) ?? true);
  };
  for (const schema of schemas) visit(schema);
  return found;
}

/** The properties that a schema object describes. */
export function describedBy(schema: JsonSchema): readonly string[] {
  return typeof schema === 'boolean' ? [] : Object.keys(schemaMap(schema.properties));
}
