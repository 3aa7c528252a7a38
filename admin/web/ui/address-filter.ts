/** What the address says of each of `Name`. */
export type Filters<Name extends string> = { readonly [Part in Name]?: string };

/** The names as a list. They are given as an object so that the compiler reports one that is missing. */
export function namesOf<Name extends string>(names: Readonly<Record<Name, true>>): readonly Name[] {
  return Object.keys(names) as Name[];
}

/** Reads filters of an address: numbers and booleans too, which a text that looks like one is taken for. */
export function readFilters<Name extends string>(
  names: readonly Name[],
): (search: Readonly<Record<string, unknown>>) => Filters<Name> {
  return (search) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = search[name];
        const isGiven = (typeof value === 'string' && value !== '') || ['number', 'boolean'].includes(typeof value);
        return isGiven ? [[name, String(value)]] : [];
      }),
    ) as Filters<Name>;
}

/** A filter with a part of it changed, as an address holds it: what is empty is left out. */
export function withPart<Filter extends object>(filter: Filter, part: Filter): Filter {
  const given = Object.entries({ ...filter, ...part }).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given) as Filter;
}
