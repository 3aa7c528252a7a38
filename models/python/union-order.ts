import type { FlatType, NamedType } from '../prepare/prepared-types.js';

/**
 * Unions whose members with more required properties come first. Pydantic takes the first member that fits, and a member with few
 * required properties fits the data of others too, because it keeps properties that it does not know.
 */
export function strictestFirst(types: readonly NamedType[]): readonly NamedType[] {
  const byName = new Map(types.map((type) => [type.name, type]));
  const required = ({ ref }: FlatType): number => {
    const type = ref === undefined ? undefined : byName.get(ref);
    if (type?.kind === 'alias') return required(type.type);
    return type?.kind === 'object' ? type.fields.filter((field) => field.required).length : 0;
  };
  return types.map((type) =>
    type.kind === 'union' ? { ...type, members: [...type.members].sort((a, b) => required(b) - required(a)) } : type,
  );
}
