import type { JsonSchema, SchemaModel } from '../model/event-model.js';
import { isSchemaObject, propertyNames, referredName, type SchemaObject, schemaList } from '../model/json-schema.js';
import { isAnnotation } from '../model/keywords.js';
import { type OlderNote, schemaDoc } from '../print/schema-doc.js';
import { propertyKey } from '../print/text.js';
import {
  type FindSchema,
  isPlainObject,
  type ObjectMember,
  objectMembers,
  typeExpression,
} from '../print/type-expression.js';
import type { Statement } from '../print/typescript-file.js';

/** The declaration of a schema's type, and the names of the schemas that it refers to. */
export interface Declaration {
  readonly statement: Statement;
  readonly uses: readonly string[];
}

/** The exported TypeScript declaration of a schema, with its JSDoc. @param older Set if only older versions of events use it. */
export function declarationOf({ name, schema }: SchemaModel, find: FindSchema, older?: OlderNote): Declaration {
  const doc = schemaDoc(schema, { older });
  if (isPlainObject(schema)) {
    const members = objectMembers(schema, find);
    return { statement: { kind: 'interface', name, doc, members }, uses: usesOf(members) };
  }
  const extension = asExtension(schema, find);
  if (extension !== undefined) {
    return {
      statement: { kind: 'interface', name, doc, ...extension },
      uses: [...extension.extends, ...usesOf(extension.members)],
    };
  }
  const { text, uses } = typeExpression(schema, find);
  return { statement: { kind: 'type', name, doc, type: text }, uses };
}

function usesOf(members: readonly ObjectMember[]): string[] {
  return members.flatMap((member) => member.uses);
}

/**
 * An interface that extends others, for an `allOf` of named objects with at most one object of additional properties.
 * Undefined if the same property occurs twice, which an interface cannot always redeclare.
 */
function asExtension(schema: JsonSchema, find: FindSchema) {
  if (!isSchemaObject(schema) || !hasOnly(schema, ['allOf', ...ownKeywords])) return undefined;
  const parts = schemaList(schema.allOf).filter((part) => part !== true);
  const bases: string[] = [];
  const own: SchemaObject[] = isPlainObject(schema) || propertyNames(schema).length > 0 ? [withoutParts(schema)] : [];
  for (const part of parts) {
    if (!isSchemaObject(part)) return undefined;
    if (typeof part.$ref === 'string' && hasOnly(part, ['$ref'])) bases.push(referredName(part.$ref));
    else if (hasOnly(part, ownKeywords)) own.push(part);
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

function hasOnly(schema: SchemaObject, keywords: readonly string[]): boolean {
  return Object.keys(schema).every((key) => keywords.includes(key) || isAnnotation(key));
}

/** An object without properties has an index signature, to which all inherited properties would have to conform. */
function isOpen(schema: SchemaObject): boolean {
  return propertyNames(schema).length === 0 || (schema.type !== undefined && schema.type !== 'object');
}

function withoutParts(schema: SchemaObject): SchemaObject {
  const { allOf: _parts, ...own } = schema;
  return own;
}

/** Every property of a named object as printed in the code, including inherited ones. Undefined if an interface cannot extend it. */
function namesOf(name: string, find: FindSchema): string[] | undefined {
  const schema = find(name);
  if (schema === undefined) return undefined;
  if (isPlainObject(schema)) {
    const isIndexed = schema.additionalProperties !== undefined && schema.additionalProperties !== false;
    return isIndexed || schema.patternProperties !== undefined ? undefined : propertyNames(schema).map(propertyKey);
  }
  const extension = asExtension(schema, find);
  if (extension === undefined) return undefined;
  return [
    ...extension.extends.flatMap((base) => namesOf(base, find) ?? []),
    ...extension.members.map((member) => member.name),
  ];
}
