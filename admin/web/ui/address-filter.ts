/** Values of filters in the address, by name. */
export type Filters<Name extends string> = { readonly [Part in Name]?: string };

/** The names as a list. The parameter is an object, so that the compiler reports a missing name. */
export function namesOf<Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(names) as Name[];
}

/** Reads filters of an address. The router parses some texts as numbers or booleans; they become texts again. */
export function readFilters<Name extends string>(
  names: readonly Name[],
): (search: Readonly<Record<string, unknown>>) => Filters<Name> {
  return (search) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = search[name];
        const isPresent = (typeof value === 'string' && value !== '') || ['number', 'boolean'].includes(typeof value);
        return isPresent ? [[name, String(value)]] : [];
      }),
    ) as Filters<Name>;
}

/** The filter with `part` changed, for the address: empty values are left out. */
export function withPart<Filter extends object>(filter: Filter, part: Filter): Filter {
  const present = Object.entries({ ...filter, ...part }).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(present) as Filter;
}
