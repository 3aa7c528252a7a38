import type { JsonSchema, SchemaModel } from '../model/event-model.js';
import { isSchemaObject, propertyNames, referredName, type SchemaObject, schemaList } from '../model/json-schema.js';
import { schemaDoc } from '../print/schema-doc.js';
import { propertyKey } from '../print/text.js';
import {
  type FindSchema,
  isPlainObject,
  type ObjectMember,
  objectMembers,
  typeExpression,
} from '../print/type-expression.js';
import type { Statement } from '../print/typescript-file.js';

/** The declaration of a schema's type, and the names of others that it refers to. */
export interface Declaration {
  readonly statement: Statement;
  readonly uses: readonly string[];
}

/** The exported TypeScript declaration of a schema, with its JSDoc. */
export function declarationOf({ name, schema }: SchemaModel, find: FindSchema): Declaration {
  const doc = schemaDoc(schema);
  if (isPlainObject(schema)) {
    const members = objectMembers(schema, find);
    return { statement: { kind: 'interface', name, doc, members }, uses: usesOf(members) };
  }
  const heir = asExtension(schema, find);
  if (heir !== undefined) {
    return { statement: { kind: 'interface', name, doc, ...heir }, uses: [...heir.extends, ...usesOf(heir.members)] };
  }
  const { text, uses } = typeExpression(schema, find);
  return { statement: { kind: 'type', name, doc, type: text }, uses };
}

function usesOf(members: readonly ObjectMember[]): string[] {
  return members.flatMap((member) => member.uses);
}

/**
 * `allOf` of named objects and at most properties of its own, as a person would write it: an interface that extends others.
 * Undefined where two of them speak of one property, which an heir may not.
 */
function asExtension(schema: JsonSchema, find: FindSchema) {
  if (!isSchemaObject(schema) || !saysOnly(schema, ['allOf', ...ownKeywords])) return undefined;
  const parts = schemaList(schema.allOf).filter((part) => part !== true);
  const bases: string[] = [];
  const own: SchemaObject[] = isPlainObject(schema) || propertyNames(schema).length > 0 ? [withoutParts(schema)] : [];
  for (const part of parts) {
    if (!isSchemaObject(part)) return undefined;
    if (typeof part.$ref === 'string' && saysOnly(part, ['$ref'])) bases.push(referredName(part.$ref));
    else if (saysOnly(part, ownKeywords)) own.push(part);
    else return undefined;
  }
  const [first, ...more] = own;
  if (bases.length === 0 || more.length > 0 || (first !== undefined && isOpen(first))) return undefined;
  const names = bases.flatMap((base) => namesOf(base, find) ?? [undefined]);
  const all = [...names, ...(first === undefined ? [] : propertyNames(first).map(propertyKey))];
  if (all.includes(undefined) || new Set(all).size < all.length) return undefined;
  return { extends: bases, members: first === undefined ? [] : objectMembers(first, find) };
}

const ownKeywords = ['type', 'properties', 'required'];
const annotations = ['title', 'description', 'deprecated', 'examples', 'default'];

function saysOnly(schema: SchemaObject, keywords: readonly string[]): boolean {
  return Object.keys(schema).every(
    (key) => keywords.includes(key) || annotations.includes(key) || key.startsWith('x-'),
  );
}

/** An object without properties has an index signature, which would have to fit what it inherits. */
function isOpen(schema: SchemaObject): boolean {
  return propertyNames(schema).length === 0 || (schema.type !== undefined && schema.type !== 'object');
}

function withoutParts(schema: SchemaObject): SchemaObject {
  const { allOf: _parts, ...own } = schema;
  return own;
}

/** Every property of a named object as it stands in the code, inherited ones too; undefined where it is none that an interface can extend. */
function namesOf(name: string, find: FindSchema): string[] | undefined {
  const schema = find(name);
  if (schema === undefined) return undefined;
  if (isPlainObject(schema)) {
    const isIndexed = schema.additionalProperties !== undefined && schema.additionalProperties !== false;
    return isIndexed || schema.patternProperties !== undefined ? undefined : propertyNames(schema).map(propertyKey);
  }
  const heir = asExtension(schema, find);
  if (heir === undefined) return undefined;
  return [...heir.extends.flatMap((base) => namesOf(base, find) ?? []), ...heir.members.map((member) => member.name)];
}
