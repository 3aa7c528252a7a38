import type { AliasType, FlatType, NamedType } from '../prepare/prepared-types.js';

/**
 * Java has no names for existing types: a list or a map becomes a class, an alias of a class a subclass, and the payload of an
 * event that is something else a wrapper. Every other alias is replaced by its type where it is used.
 */
export function withoutAliases(types: readonly NamedType[], payloads: ReadonlySet<string>): readonly NamedType[] {
  const byName = new Map(types.map((type) => [type.name, type]));
  const isClass = (type: NamedType) => type.kind !== 'alias' || payloads.has(type.name) || isCollection(type);
  const inline = (flat: FlatType): FlatType => {
    const target = flat.ref === undefined ? undefined : byName.get(flat.ref);
    if (target?.kind === 'alias' && !isClass(target)) {
      const type = inline(target.type);
      return flat.nullable === true ? { ...type, nullable: true } : type;
    }
    if (flat.items !== undefined) return { ...flat, items: inline(flat.items) };
    return flat.values === undefined ? flat : { ...flat, values: inline(flat.values) };
  };
  return types.filter(isClass).map((type): NamedType => {
    if (type.kind === 'object') {
      // To Jackson, an empty name is none: the property stays an additional one.
      const named = type.fields.filter(({ wire }) => wire !== '');
      return { ...type, fields: named.map((field) => ({ ...field, type: inline(field.type) })) };
    }
    if (type.kind === 'enum') return type;
    if (type.kind === 'union') return { ...type, members: type.members.map(inline) };
    const target = inline(type.type);
    const isBase = target.ref !== undefined && byName.get(target.ref)?.kind === 'object' && target.nullable !== true;
    if (isBase || isCollection(type)) return { ...type, type: target };
    const { type: _type, ...named } = type;
    return { ...named, kind: 'union', members: [target] };
  });
}

function isCollection({ type }: AliasType): boolean {
  return type.nullable !== true && (type.items !== undefined || type.values !== undefined);
}
