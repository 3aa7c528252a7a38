import { holds } from '../model/keywords.js';
import { fieldsOf, type NodeRef } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';

/** Keys of a document whose value is a schema or contains schemas. */
const schemaFields = new Set(['payload', 'headers', 'schema', 'definitions', '$defs']);

/**
 * The reason why the target of a reference is not a schema; undefined if it may be one.
 * @param root The value of the file that contains the target.
 */
export function whyNotSchema({ keys, value }: NodeRef, root: unknown): string | undefined {
  if (typeof value !== 'boolean' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
    return 'is a plain value or a list, not a schema';
  }
  const { asyncapi, openapi, swagger } = fieldsOf(root);
  const isDocument = [asyncapi, openapi, swagger].some((version) => version !== undefined);
  const start = isDocument ? schemaStart(keys) : 0;
  if (start === undefined)
    return keys.length === 0 ? 'is the whole document' : `is the field ${keys.at(-1)} of the document, not a schema`;
  return isMapOfSchemas(keys.slice(start)) ? 'is a map of schemas, not a schema' : undefined;
}

/** The number of keys from a document to a schema; undefined if the keys do not lead to a schema. */
function schemaStart(keys: readonly string[]): number | undefined {
  if (keys[0] === 'components' && keys[1] === 'schemas') return keys.length > 2 ? 3 : undefined;
  const at = keys.findIndex((key) => schemaFields.has(key) || key.startsWith('x-'));
  if (at < 0) return undefined;
  const isMap = keys[at] === 'definitions' || keys[at] === '$defs';
  return isMap ? (keys.length > at + 1 ? at + 2 : undefined) : at + 1;
}

/** Whether keys lead from a schema to a keyword that contains schemas by name. */
function isMapOfSchemas(keys: readonly string[]): boolean {
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? '';
    const kind = holds(key);
    if (kind === 'map' || kind === 'list') {
      if (at === keys.length - 1) return kind === 'map';
      at += 1;
    } else if (kind !== 'schema') return false;
    else if (key === 'items' && /^\d+$/.test(keys[at + 1] ?? '')) at += 1;
  }
  return false;
}

/** The number of schemas of a file for each anchor, by its name without `#`. */
export function anchorsOf(root: unknown, cache: Cache): ReadonlyMap<string, number> {
  if (typeof root !== 'object' || root === null) return new Map();
  return cache.derive('count-anchors', root, [], () => {
    const found = new Map<string, number>();
    const visit = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      const { $anchor, $dynamicAnchor, $id } = value as Record<string, unknown>;
      const named = typeof $id === 'string' && /^#./.test($id) ? $id.slice(1) : undefined;
      for (const name of [$anchor, $dynamicAnchor, named]) {
        if (typeof name === 'string') found.set(name, (found.get(name) ?? 0) + 1);
      }
      for (const inner of Object.values(value)) visit(inner);
    };
    visit(root);
    return found;
  });
}
