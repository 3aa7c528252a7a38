import type { ModelWarning } from '../models-options.js';
import type { FlatType, NamedType } from './prepared-types.js';

/** Makes a reference wider where a name would only stand for itself: a list of lists of itself, for example. */
export function breakCycles(types: readonly NamedType[], warnings: ModelWarning[]): readonly NamedType[] {
  const byName = new Map(types.map((type) => [type.name, type]));
  const done = new Set<string>();
  const result = new Map<string, NamedType>();

  const visit = (type: NamedType, above: readonly string[]): void => {
    if (done.has(type.name)) return;
    const inner = (flat: FlatType): FlatType => {
      if (flat.ref !== undefined) {
        const target = byName.get(flat.ref);
        // Objects and enums are declared by name in every language.
        if (target === undefined || target.kind === 'object' || target.kind === 'enum') return flat;
        if ([...above, type.name].includes(target.name)) {
          warnings.push({ schema: type.name, path: '', reason: `it contains itself through ${target.name}` });
          return flat.nullable === true ? { nullable: true } : {};
        }
        visit(target, [...above, type.name]);
        return flat;
      }
      if (flat.items !== undefined) return { ...flat, items: inner(flat.items) };
      return flat.values === undefined ? flat : { ...flat, values: inner(flat.values) };
    };
    if (type.kind === 'alias') result.set(type.name, { ...type, type: inner(type.type) });
    else if (type.kind === 'union') result.set(type.name, { ...type, members: type.members.map(inner) });
    else result.set(type.name, type);
    done.add(type.name);
  };
  for (const type of types) visit(type, []);
  return types.map((type) => result.get(type.name) ?? type);
}
