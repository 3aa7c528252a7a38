import { holds } from '../model/keywords.js';

/** What schemas of a file are called by themselves: `$id`, `id` and anchors, each with the keys that lead there. */
export interface SchemaIds {
  /** By the id as it is written, and by the address it comes to within the ids around it. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** By name, without `#`; the first one where several schemas have an anchor of that name. */
  readonly anchors: ReadonlyMap<string, readonly string[]>;
}

/** What a value of a file is: of the document, a schema, schemas by name or in a list, or what an unknown keyword has. */
type Position = 'document' | 'schema' | 'schemas' | 'unknown';

/** Finds the ids of a file. Of duplicates the first one counts, and one below an unknown keyword only where there is no other. */
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
