import { dirname, resolve } from 'node:path';
import { type DocumentStore, fieldsOf, keysOf, refOf } from '../source/document-store.js';
import { decode } from '../source/json-pointer.js';
import type { SourceFile } from '../source/source-file.js';
import type { Cache } from '../support/cache.js';
import type { UnusedSchema } from './rule.js';

/** The places in a file for named schemas. */
const schemaMaps = [['components', 'schemas'], ['schemas'], ['definitions'], ['$defs']];

/**
 * Named schemas of a catalog's files that no `$ref` reaches, directly or through other named schemas. Reads the files,
 * because a model contains only the schemas that are reached.
 */
export function findUnusedSchemas(store: DocumentStore, cache: Cache): UnusedSchema[] {
  const contents = [...store.files.all()].map(({ path, source }) =>
    cache.derive('find-references', source, [path], () => contentOf(path, source)),
  );
  const named = new Map(contents.flatMap((content) => [...content.named]));
  const reached = new Set<string>();
  const open = contents.flatMap(({ outside }) => outside);
  for (let target = open.pop(); target !== undefined; target = open.pop()) {
    const key = namedSchemaOf(target, named);
    if (key === undefined || reached.has(key)) continue;
    reached.add(key);
    open.push(...(named.get(key)?.targets ?? []));
  }
  return [...named]
    .filter(([key]) => !reached.has(key))
    .map(([, { path, keys }]) => ({
      name: keys.at(-1) ?? '',
      place: store.place({ path, keys, value: undefined }),
    }));
}

/** A named schema, and the targets of the references in it. */
interface NamedSchema {
  readonly path: string;
  readonly keys: readonly string[];
  readonly targets: readonly Target[];
}

/** The named schemas of a file, by place, and the targets of the references elsewhere in it. */
interface Content {
  readonly named: ReadonlyMap<string, NamedSchema>;
  readonly outside: readonly Target[];
}

interface Target {
  readonly path: string;
  readonly keys: readonly string[];
}

function contentOf(path: string, source: SourceFile): Content {
  const found = schemaMaps.flatMap((keys) => {
    const schemas = keys.reduce<unknown>((at, key) => fieldsOf(at)[key], source.value);
    return refOf(schemas) === undefined ? [{ keys, schemas }] : [];
  });
  const named = found.flatMap(({ keys, schemas }) => {
    return Object.entries(fieldsOf(schemas)).map(([name, schema]): [string, NamedSchema] => {
      const place = [...keys, name];
      return [placeKey(path, place), { path, keys: place, targets: [...referencesIn(schema, path, new Set())] }];
    });
  });
  const apart = new Set(found.map(({ schemas }) => schemas));
  return { named: new Map(named), outside: [...referencesIn(source.value, path, apart)] };
}

/** The targets of every `$ref` in a value, without the parts in `seen`. */
function* referencesIn(value: unknown, path: string, seen: Set<unknown>): Generator<Target> {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  if ('$ref' in value && typeof value.$ref === 'string') {
    const [file = '', pointer = ''] = value.$ref.split('#', 2);
    yield { path: file === '' ? path : resolve(dirname(path), decode(file)), keys: keysOf(decode(pointer)) };
  }
  for (const inner of Object.values(value)) yield* referencesIn(inner, path, seen);
}

/** The key of the named schema that a target is, or that contains the target. */
function namedSchemaOf({ path, keys }: Target, named: ReadonlyMap<string, NamedSchema>): string | undefined {
  const lengths = [2, 3];
  return lengths.map((length) => placeKey(path, keys.slice(0, length))).find((key) => named.has(key));
}

function placeKey(path: string, keys: readonly string[]): string {
  return `${path}#${keys.join('/')}`;
}
