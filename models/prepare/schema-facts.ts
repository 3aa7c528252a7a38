import type { JsonSchema, JsonValue, SchemaObject } from '@hyvve-events/catalog-model';
import { isObject, refOf, texts } from './merge-schema.js';
import type { FlatType, Scalar } from './prepared-types.js';

/** The schemas that a schema chooses from; undefined if the choice says nothing about the type. */
export function branchesOf(schema: SchemaObject): readonly JsonSchema[] | undefined {
  for (const list of [schema.oneOf, schema.anyOf]) {
    // `anyOf` of `required` says which properties occur together: the type is the same.
    if (Array.isArray(list) && list.some((branch) => isObject(branch) && saysMore(branch))) return list as JsonSchema[];
  }
  return undefined;
}

function saysMore(branch: SchemaObject): boolean {
  return Object.keys(branch).some((key) => !['required', 'not', 'description', 'title'].includes(key));
}

/** Whether a schema accepts null alone. */
export function isNull(schema: JsonSchema): boolean {
  if (!isObject(schema)) return false;
  const { enum: values } = schema;
  return schema.type === 'null' || schema.const === null || (Array.isArray(values) && values.every((v) => v === null));
}

/** A branch with the type of the schema around it. */
export function typed(branch: JsonSchema, { type }: SchemaObject): JsonSchema {
  const isUntyped = isObject(branch) && refOf(branch) === undefined && branch.type === undefined;
  return isUntyped && type !== undefined ? { ...branch, type } : branch;
}

/** Whether a schema has nothing that its branches need. */
export function isEmpty(schema: SchemaObject): boolean {
  return !['properties', '$ref', 'allOf'].some((key) => key in schema);
}

/** A schema with the description of the one around it. */
export function withDescription(schema: JsonSchema, { description }: SchemaObject): JsonSchema {
  const isAdded = isObject(schema) && schema.$ref === undefined && schema.description === undefined;
  return isAdded && typeof description === 'string' ? { ...schema, description } : schema;
}

/** The types that a schema allows. Keywords of one type alone say which it means. */
export function typesOf(schema: SchemaObject): readonly string[] {
  if (typeof schema.type === 'string') return [schema.type];
  if (Array.isArray(schema.type)) {
    const all = texts(schema.type);
    return all.includes('number') ? all.filter((type) => type !== 'integer') : all;
  }
  return [];
}

/** Numbers beyond 64 bits. */
export function isBig({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaObject): boolean {
  const bounds = [minimum, maximum, exclusiveMinimum, exclusiveMaximum];
  return bounds.some((bound) => typeof bound === 'number' && Math.abs(bound) >= 2 ** 63);
}

/** The scalar that all values have; undefined if they differ or are something else. */
export function scalarOf(values: readonly JsonValue[]): FlatType | undefined {
  const kinds = new Set(
    values.map((value): Scalar | undefined => {
      if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
      return typeof value === 'boolean' || typeof value === 'string' ? (typeof value as Scalar) : undefined;
    }),
  );
  if (kinds.has('number')) kinds.delete('integer');
  const [scalar] = kinds;
  return kinds.size === 1 && scalar !== undefined ? { scalar } : undefined;
}

/** Whether a type is anything. */
export function isAny(type: FlatType): boolean {
  return Object.keys(type).every((key) => key === 'nullable');
}

/** One type for several scalars. */
export function simplest(members: readonly FlatType[]): FlatType {
  if (members.some(isAny)) return {};
  const scalars = distinct(members.map(({ scalar = 'string' }) => ({ scalar })));
  const [only] = scalars;
  return scalars.length === 1 && only !== undefined ? only : { choice: scalars };
}

/** Types without repeats. */
export function distinct(types: readonly FlatType[]): readonly FlatType[] {
  const byText = new Map(types.map((type) => [JSON.stringify(type), type]));
  return [...byText.values()];
}
