import type { JsonSchema, JsonValue } from '../model/event-model.js';
import {
  isSchemaObject,
  mapSubschemas,
  referredName,
  schemaList,
  schemaMap,
  subschemas,
} from '../model/json-schema.js';
import { isAnnotation, isSameValue, needsDraft2020Keyword } from '../model/keywords.js';
import { closedKeyword, externalKeyword } from './ajv.js';

/** Whether a schema has keywords that only the newest drafts have. */
export function needsDraft2020(schema: JsonSchema): boolean {
  if (!isSchemaObject(schema)) return false;
  const isNeeded = Object.keys(schema).some(needsDraft2020Keyword);
  return isNeeded || subschemas(schema).some((each) => needsDraft2020(each.schema));
}

/** The constraints of a schema as text: schemas that differ only in annotations have the same text. */
export function constraintText(schema: JsonSchema): string {
  return isSchemaObject(schema) ? JSON.stringify(withoutNotes(schema)) : String(schema);
}

function withoutNotes(schema: JsonSchema): JsonSchema {
  if (!isSchemaObject(schema)) return schema;
  const entries = Object.entries(mapSubschemas(schema, withoutNotes));
  return Object.fromEntries(entries.filter(([keyword]) => !isAnnotation(keyword)));
}

function hasUnevaluated(schema: JsonSchema): boolean {
  return isSchemaObject(schema) && ['unevaluatedProperties', 'unevaluatedItems'].some((keyword) => keyword in schema);
}

/** Whether a schema, or a subschema, has `unevaluatedProperties` or `unevaluatedItems`. */
export function hasUnevaluatedWithin(schema: JsonSchema): boolean {
  return hasUnevaluated(schema) || subschemas(schema).some((each) => hasUnevaluatedWithin(each.schema));
}

/** Names of the schemas that schemas with `unevaluatedProperties` or `unevaluatedItems` apply to their own value. */
export function namesUnderUnevaluated(schemas: ReadonlyMap<string, JsonSchema>): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (schema: JsonSchema, isUnder: boolean): void => {
    if (!isSchemaObject(schema)) return;
    const { $ref } = schema;
    const here = isUnder || hasUnevaluated(schema);
    if (here && typeof $ref === 'string' && !names.has(referredName($ref))) {
      names.add(referredName($ref));
      visit(schemas.get(referredName($ref)) ?? true, true);
    }
    for (const { keys, schema: inner } of subschemas(schema)) visit(inner, here && isSameValue(keys[0] ?? ''));
  };
  for (const schema of schemas.values()) visit(schema, false);
  return names;
}

/**
 * Converts a schema for compilation: closed objects get the keyword that a tolerant reader can switch off, annotations are
 * removed, and without `newestDraft` the vocabulary of draft 07 is used, which compiles to much less code.
 * @param isUnder Whether a schema with `unevaluatedProperties` applies it to its own value.
 * @param isExternal Whether another module checks a schema.
 */
export function compiledSchema(
  schema: JsonSchema,
  newestDraft: boolean,
  isExternal: (name: string) => boolean,
  isUnder = false,
): JsonSchema {
  if (typeof schema === 'boolean') return schema;
  const here = isUnder || hasUnevaluated(schema);
  const inner = mapSubschemas(schema, (within, keyword) =>
    compiledSchema(within, newestDraft, isExternal, here && isSameValue(keyword)),
  );
  const result = new Map<string, JsonValue>(Object.entries(inner).filter(([keyword]) => !isAnnotation(keyword)));
  const { $ref } = schema;
  if (typeof $ref === 'string' && isExternal(referredName($ref))) {
    result.delete('$ref');
    result.set(externalKeyword, referredName($ref));
  }
  if (schema.additionalProperties === false) {
    result.delete('additionalProperties');
    const patterns = Object.keys(schemaMap(schema.patternProperties));
    result.set(closedKeyword, { properties: Object.keys(schemaMap(schema.properties)), patterns });
  }
  // Ajv ignores a property with this name, but not a pattern that matches it.
  const hidden = Object.entries(schemaMap(result.get('properties'))).find(([name]) => name === '__proto__');
  if (hidden !== undefined) {
    result.set('patternProperties', { ...schemaMap(result.get('patternProperties')), '^__proto__$': hidden[1] });
  }
  if (here) withoutConditions(result);
  if (!newestDraft) inDraft07(result);
  return Object.fromEntries(result);
}

/**
 * Converts a condition to a choice. Ajv counts the properties of `if` as evaluated for `unevaluatedProperties` even if the
 * condition is false.
 */
function withoutConditions(result: Map<string, JsonValue>): void {
  const condition = result.get('if');
  if (condition === undefined) return;
  const met = { allOf: [condition, result.get('then') ?? true] };
  const unmet = { allOf: [{ not: condition }, result.get('else') ?? true] };
  for (const keyword of ['if', 'then', 'else']) result.delete(keyword);
  result.set('allOf', [...schemaList(result.get('allOf')), { anyOf: [met, unmet] }]);
}

function inDraft07(result: Map<string, JsonValue>): void {
  const items = result.get('items');
  const tuple = result.get('prefixItems');
  if (tuple !== undefined) {
    result.delete('prefixItems');
    result.set('items', tuple);
    if (items !== undefined) result.set('additionalItems', items);
  }
  const required = Object.entries(schemaMap(result.get('dependentRequired')));
  const schemas = Object.entries(schemaMap(result.get('dependentSchemas')));
  if (required.length + schemas.length === 0) return;
  result.delete('dependentRequired');
  result.delete('dependentSchemas');
  const all = new Map<string, JsonValue>(required);
  for (const [name, schema] of schemas) {
    const names = all.get(name);
    all.set(name, names === undefined ? schema : { allOf: [schema, { required: names }] });
  }
  result.set('dependencies', Object.fromEntries(all));
}
