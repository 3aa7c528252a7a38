import type { FlatType, NamedType } from './prepared-types.js';

/** The types that the text of a named type contains. */
export function typesIn(type: NamedType): readonly FlatType[] {
  if (type.kind === 'object') return type.fields.map((field) => field.type);
  if (type.kind === 'union') return type.members;
  return type.kind === 'alias' ? [type.type] : [];
}

/** Names of the types that a type refers to. */
export function refsIn(type: FlatType): readonly string[] {
  if (type.ref !== undefined) return [type.ref];
  return [type.items, type.values].flatMap((inner) => (inner === undefined ? [] : refsIn(inner)));
}
