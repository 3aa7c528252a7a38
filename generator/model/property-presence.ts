import type { JsonSchema } from './event-model.js';
import { isSchemaObject, propertySchema, referredName, requiredOf, schemaList, schemaMap } from './json-schema.js';
import { choiceKeywords } from './keywords.js';

/** Returns the schema that a reference names. */
export type FindNamed = (name: string) => JsonSchema | undefined;

/** Whether every valid object has a property. */
export function isAlwaysPresent(schema: JsonSchema, name: string, find: FindNamed): boolean {
  return holdsInSomePart(schema, find, (part) => isSchemaObject(part) && requiredOf(part).includes(name));
}

/**
 * As {@link isAlwaysPresent}, in a form that the type of the schema shows: a schema that requires the property also describes it.
 */
export function isAlwaysPresentInType(schema: JsonSchema, name: string, find: FindNamed): boolean {
  return holdsInSomePart(
    schema,
    find,
    (part) =>
      isSchemaObject(part) && requiredOf(part).includes(name) && Object.hasOwn(schemaMap(part.properties), name),
  );
}

/** A schema by which every value of a property is valid, made from all schemas that apply to it. */
export function schemaOfProperty(schema: JsonSchema, name: string, find: FindNamed): JsonSchema {
  const all = partsOf(schema, find).flatMap((part) => [
    ...(isSchemaObject(part) ? [propertySchema(part, name)] : []),
    ...choicesOf(part).map(
      (branches): JsonSchema => ({ anyOf: branches.map((branch) => schemaOfProperty(branch, name, find)) }),
    ),
  ]);
  return { allOf: all };
}

/** Whether a schema, or a part or an alternative of it, has a keyword with this value. */
export function hasKeyword(schema: JsonSchema, keyword: string, value: unknown, find: FindNamed): boolean {
  return partsOf(schema, find).some(
    (part) =>
      (isSchemaObject(part) && part[keyword] === value) ||
      choicesOf(part).some((branches) => branches.some((branch) => hasKeyword(branch, keyword, value, find))),
  );
}

function holdsInSomePart(schema: JsonSchema, find: FindNamed, holds: (part: JsonSchema) => boolean): boolean {
  return partsOf(schema, find).some(
    (part) =>
      holds(part) ||
      choicesOf(part).some((branches) => branches.every((branch) => holdsInSomePart(branch, find, holds))),
  );
}

/** The schemas that all apply to a value: the schema itself, its references and `allOf`. */
function partsOf(schema: JsonSchema, find: FindNamed, seen: ReadonlySet<JsonSchema> = new Set()): JsonSchema[] {
  if (!isSchemaObject(schema) || seen.has(schema)) return [];
  const { $ref } = schema;
  const target = typeof $ref === 'string' ? find(referredName($ref)) : undefined;
  const inner = [...(target === undefined ? [] : [target]), ...schemaList(schema.allOf)];
  const visited = new Set([...seen, schema]);
  return [schema, ...inner.flatMap((each) => partsOf(each, find, visited))];
}

/** The alternatives of each `oneOf` and `anyOf`. */
function choicesOf(part: JsonSchema): JsonSchema[][] {
  if (!isSchemaObject(part)) return [];
  return choiceKeywords.map((keyword) => schemaList(part[keyword])).filter((branches) => branches.length > 0);
}
