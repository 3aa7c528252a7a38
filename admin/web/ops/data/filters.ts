/** What the address says of each of `Name`. */
export type Filters<Name extends string> = { readonly [Part in Name]?: string };

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
