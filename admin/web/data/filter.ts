/** A filter with a part of it changed, as an address holds it: what is empty is left out. */
export function withPart<Filter extends object>(filter: Filter, part: Filter): Filter {
  const given = Object.entries({ ...filter, ...part }).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(given) as Filter;
}
