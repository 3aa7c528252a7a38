import { holds } from '../model/keywords.js';

/** The ids and anchors of the schemas of a file (`$id`, `id`, `$anchor`), each with the keys of its schema. */
export interface SchemaIds {
  /** By the id as written, and by the absolute URL that it has within the enclosing ids. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** By name, without `#`. If several schemas have the same anchor, the first one is used. */
  readonly anchors: ReadonlyMap<string, readonly string[]>;
}

/** The kind of a value in a file: part of the document, a schema, a map or list of schemas, or the value of an unknown keyword. */
type Position = 'document' | 'schema' | 'schemas' | 'unknown';

/** Finds the ids of a file. Of duplicates the first one is used; one below an unknown keyword only if there is no other. */
export function findSchemaIds(root: unknown): SchemaIds {
  const found = { ids: new Map<string, readonly string[]>(), anchors: new Map<string, readonly string[]>() };
  const unsure: (() => void)[] = [];
  const visit = (value: unknown, keys: readonly string[], base: string, position: Position): void => {
    if (typeof value !== 'object' || value === null) return;
    const add = (kind: keyof SchemaIds, name: string) => {
      const addNow = () => {
        if (!found[kind].has(name)) found[kind].set(name, keys);
      };
      if (position === 'unknown') unsure.push(addNow);
      else addNow();
    };
    const id = idOf(value);
    let within = base;
    if (id?.startsWith('#')) add('anchors', id.slice(1));
    else if (id !== undefined) {
      within = resolveUri(id, base);
      for (const name of [id, within]) add('ids', name.replace(/#$/, ''));
    }
    for (const keyword of ['$anchor', '$dynamicAnchor']) {
      const anchor = (value as Record<string, unknown>)[keyword];
      if (typeof anchor === 'string') add('anchors', anchor);
    }
    for (const [key, inner] of Object.entries(value)) {
      if (position !== 'schemas' && holds(key) === 'data') continue;
      visit(inner, [...keys, key], within, positionBelow(position, key, inner, keys.at(-1)));
    }
  };
  visit(root, [], '', isDocument(root) ? 'document' : 'schema');
  for (const addNow of unsure) addNow();
  return found;
}

function isDocument(root: unknown): boolean {
  return typeof root === 'object' && root !== null && ['asyncapi', 'openapi', 'swagger'].some((key) => key in root);
}

function positionBelow(position: Position, key: string, inner: unknown, parent: string | undefined): Position {
  switch (position) {
    case 'schemas':
      return 'schema';
    case 'schema':
      if (holds(key) === 'map' || holds(key) === 'list') return 'schemas';
      if (holds(key) !== 'schema') return 'unknown';
      return Array.isArray(inner) ? 'schemas' : 'schema';
    case 'document':
      if (['payload', 'headers', 'schema'].includes(key)) return 'schema';
      return (key === 'schemas' && parent === 'components') || key === 'definitions' || key === '$defs'
        ? 'schemas'
        : 'document';
    default:
      return 'unknown';
  }
}

/** The id of a schema: `$id`, before draft 06 `id`. */
export function idOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { $id, id } = value as Record<string, unknown>;
  if (typeof $id === 'string') return $id;
  return typeof id === 'string' ? id : undefined;
}

/** Resolves a reference against a base URL. Returns it unchanged if the base is not a URL. */
export function resolveUri(reference: string, base: string): string {
  return URL.canParse(reference, base === '' ? undefined : base)
    ? new URL(reference, base === '' ? undefined : base).href
    : reference;
}
