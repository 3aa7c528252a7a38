import { dirname, resolve } from 'node:path';
import { type DocumentStore, fieldsOf, keysOf, refOf } from '../source/document-store.js';
import { decode } from '../source/json-pointer.js';
import type { SourceFile } from '../source/source-file.js';
import type { Cache } from '../support/cache.js';
import type { UnusedSchema } from './rule.js';

/** Where files keep schemas by name. */
const shelves = [['components', 'schemas'], ['schemas'], ['definitions'], ['$defs']];

/**
 * Schemas on the shelves of a catalog's files that no `$ref` reaches from outside the shelves. Looks at the files as they
 * are written, since a model holds what is reached only.
 */
export function findUnusedSchemas(store: DocumentStore, cache: Cache): UnusedSchema[] {
  const contents = [...store.files.all()].map(({ path, source }) =>
    cache.derive('find-references', source, [path], () => contentOf(path, source)),
  );
  const shelved = new Map(contents.flatMap((content) => [...content.shelved]));
  const reached = new Set<string>();
  const open = contents.flatMap(({ outside }) => outside);
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    const key = shelfOf(target, shelved);
    if (key === undefined || reached.has(key)) continue;
    reached.add(key);
    open.push(...(shelved.get(key)?.targets ?? []));
  }
  return [...shelved]
    .filter(([key]) => !reached.has(key))
    .map(([, { path, keys }]) => ({
      name: keys.at(-1) ?? '',
      place: store.place({ path, keys, value: undefined }),
    }));
}

/** A shelved schema, and what the references in it point to. */
interface Shelved {
  readonly path: string;
  readonly keys: readonly string[];
  readonly targets: readonly Target[];
}

/** What a file has on its shelves, by place, and what references elsewhere in it point to. */
interface Content {
  readonly shelved: ReadonlyMap<string, Shelved>;
  readonly outside: readonly Target[];
}

interface Target {
  readonly path: string;
  readonly keys: readonly string[];
}

function contentOf(path: string, source: SourceFile): Content {
  const found = shelves.flatMap((keys) => {
    const shelf = keys.reduce<unknown>((at, key) => fieldsOf(at)[key], source.value);
    return refOf(shelf) === undefined ? [{ keys, shelf }] : [];
  });
  const shelved = found.flatMap(({ keys, shelf }) => {
    return Object.entries(fieldsOf(shelf)).map(([name, schema]): [string, Shelved] => {
      const place = [...keys, name];
      return [placeKey(path, place), { path, keys: place, targets: [...referencesIn(schema, path, new Set())] }];
    });
  });
  const apart = new Set(found.map(({ shelf }) => shelf));
  return { shelved: new Map(shelved), outside: [...referencesIn(source.value, path, apart)] };
}

/** What every `$ref` in a value points to, but for those in `seen`. */
function* referencesIn(value: unknown, path: string, seen: Set<unknown>): Generator<Target> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if ('$ref' in value && typeof value.$ref === 'string') {
    const [file = '', pointer = ''] = value.$ref.split('#', 2);
    yield { path: file === '' ? path : resolve(dirname(path), decode(file)), keys: keysOf(decode(pointer)) };
  }
  for (const inner of Object.values(value)) yield* referencesIn(inner, path, seen);
}

/** The shelved schema that a target is or is in. */
function shelfOf({ path, keys }: Target, shelved: ReadonlyMap<string, Shelved>): string | undefined {
  const lengths = [2, 3];
  return lengths.map((length) => placeKey(path, keys.slice(0, length))).find((key) => shelved.has(key));
}

function placeKey(path: string, keys: readonly string[]): string {
  return `${path}#${keys.join('/')}`;
}
