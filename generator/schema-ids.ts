/** What schemas of a file are called by themselves: `$id`, `id` and anchors, each with the keys that lead there. */
export interface SchemaIds {
  /** By the id as it is written, and by the address it comes to within the ids around it. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** By name, without `#`; the first one where several schemas have an anchor of that name. */
  readonly anchors: ReadonlyMap<string, readonly string[]>;
}

/** Values of these are data, in which nothing is a schema. */
const dataKeywords = new Set(['examples', 'example', 'default', 'const', 'enum']);

/** Finds the ids of a file. Of duplicates the first one counts. */
export function findSchemaIds(root: unknown): SchemaIds {
  const ids = new Map<string, readonly string[]>();
  const anchors = new Map<string, readonly string[]>();
  const add = (map: Map<string, readonly string[]>, name: string, keys: readonly string[]) => {
    if (!map.has(name)) map.set(name, keys);
  };
  const visit = (value: unknown, keys: readonly string[], base: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const id = idOf(value);
    let within = base;
    if (id?.startsWith('#')) add(anchors, id.slice(1), keys);
    else if (id !== undefined) {
      within = resolveUri(id, base);
      for (const name of [id, within]) add(ids, name.replace(/#$/, ''), keys);
    }
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = (value as Record<string, unknown>)[keyword];
      if (typeof anchor === 'string') add(anchors, anchor, keys);
    }
    for (const [key, inner] of Object.entries(value)) {
      if (!dataKeywords.has(key)) visit(inner, [...keys, key], within);
    }
  };
  visit(root, [], '');
  return { ids, anchors };
}

/** The id that a schema gives itself: `$id`, before draft 06 `id`. */
export function idOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { $id, id } = value as Record<string, unknown>;
  if (typeof $id === 'string') return $id;
  return typeof id === 'string' ? id : undefined;
}

/** A relative reference within a base address; itself where the base is none. */
export function resolveUri(reference: string, base: string): string {
  return URL.canParse(reference, base === '' ? undefined : base)
    ? new URL(reference, base === '' ? undefined : base).href
    : reference;
}
