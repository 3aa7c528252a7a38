import type { FlatType, Scalar } from '../prepare/prepared-types.js';

/** Schemas as modelina gets them. */
export type PlainSchema = { readonly [keyword: string]: unknown };

/** Name of a type that is one of several scalars, in languages that declare such a type by name. */
export const choiceName = 'one of several types';

/** Format of integers beyond 64 bits. */
export const bigFormat = 'big';

const scalars: Readonly<Record<Scalar, PlainSchema>> = {
  string: { type: 'string' },
  integer: { type: 'integer' },
  bigInteger: { type: 'integer', format: bigFormat },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
};

/** A type as a JSON Schema without references: a named type is an empty object with that name. */
export function schemaOf(type: FlatType): PlainSchema {
  const schema = withoutNull(type);
  if (type.nullable !== true || schema.type === undefined) return schema;
  return { ...schema, type: [schema.type, 'null'].flat() };
}

function withoutNull({ ref, items, values, scalar, text, choice }: FlatType): PlainSchema {
  if (ref !== undefined) return namedSchema(ref, {});
  if (items !== undefined) return { type: 'array', items: schemaOf(items) };
  if (values !== undefined) return { type: 'object', additionalProperties: schemaOf(values) };
  if (choice !== undefined) {
    return { 'x-modelgen-inferred-name': choiceName, type: choice.flatMap((each) => schemaOf(each).type) };
  }
  if (text !== undefined) return { type: 'string', const: text };
  return scalar === undefined ? {} : scalars[scalar];
}

/** An object with a name, as modelina makes a class of it. */
export function namedSchema(name: string, properties: PlainSchema): PlainSchema {
  return { type: 'object', 'x-modelgen-inferred-name': name, additionalProperties: false, properties };
}
