/** A field of a model that the catalog may leave out: absent where it is no text. */
export function optional<Name extends string>(name: Name, value: unknown): { readonly [N in Name]?: string } {
  return (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { readonly [N in Name]?: string };
}

/** Items by what they have in common, in the order of the first of each. */
export function groupBy<Key, Item>(items: Iterable<Item>, common: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = common(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** As {@link groupBy}: the groups, sorted by what the items have in common. */
export function groupsInOrder<Item>(items: readonly Item[], common: (item: Item) => string): Item[][] {
  return [...groupBy(items, common)].sort(([a], [b]) => compare(a, b)).map(([, group]) => group);
}

/** The order of texts that does not depend on a language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
