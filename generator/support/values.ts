/** An optional field of a model: absent if the value is not a non-empty string. */
export function optional<Name extends string>(name: Name, value: unknown): { readonly [N in Name]?: string } {
  return (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { readonly [N in Name]?: string };
}

/** Groups items by a key, in the order of each key's first item. */
export function groupBy<Key, Item>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** As {@link groupBy}: the groups, sorted by their keys. */
export function groupsInOrder<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  return [...groupBy(items, keyOf)].sort(([a], [b]) => compare(a, b)).map(([, group]) => group);
}

/** Compares texts by code units, independent of the locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
