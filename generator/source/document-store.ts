import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonValue, SourcePlace } from '../model/event-model.js';
import { Cache } from '../support/cache.js';
import { GeneratorError, type Problem, type ProblemCode } from '../support/errors.js';
import { type Bounds, isWithin } from './catalog-root.js';
import { decode, keyOf, keysOf, nearest, pointerOf } from './json-pointer.js';
import { OpenFiles, type Unreadable } from './open-files.js';
import { isAddress, readText } from './read-text.js';
import { findSchemaIds, idOf, resolveUri, type SchemaIds } from './schema-ids.js';
import type { SourceLocation } from './source-file.js';

export { keysOf, pointerOf } from './json-pointer.js';
export type { SourceLocation } from './source-file.js';

/** A value of a catalog and its place. A `$ref` resolves to one. */
export interface NodeRef {
  /** Absolute path of its file, or the URL of a remote file. */
  readonly path: string;
  /** Keys from the file's root. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

export interface DocumentStoreOptions {
  /** Whether `$ref`s may point to other hosts. Default false: they are refused. */
  readonly allowRemote?: boolean;
  /** The folders that references may point into. Default: no limit. */
  readonly bounds?: Bounds;
  /** Results of earlier runs: a file is parsed again only if its text changed. */
  readonly cache?: Cache;
}

/** The files of a catalog, each read when it is first referred to. Resolves `$ref`s and finds the lines of values. */
export class DocumentStore {
  readonly files: OpenFiles;
  readonly #allowRemote: boolean;
  readonly #bounds: Bounds | undefined;
  readonly #ids = new Map<string, SchemaIds>();
  /** Files of which all references were opened. */
  readonly #reached = new Set<string>();
  /** References that are being resolved. A reference that is found again is circular. */
  readonly #resolving = new Set<string>();

  constructor(options: DocumentStoreOptions = {}) {
    this.#allowRemote = options.allowRemote === true;
    this.#bounds = options.bounds;
    this.files = new OpenFiles(options.cache ?? new Cache());
  }

  /** The root of a file. @throws GeneratorError `FILE_UNREADABLE`, `YAML_SYNTAX` */
  root(path: string, referredBy?: NodeRef): NodeRef {
    const absolute = isAddress(path) ? path : resolve(path);
    const unreadable: Unreadable | undefined =
      referredBy &&
      ((file, why) => this.error('REF_BROKEN', referredBy, `cannot read ${file}: ${why}`, 'correct the path'));
    return { path: absolute, keys: [], value: this.files.open(absolute, unreadable).value };
  }

  /** A value below `located`; undefined if it does not exist. */
  child(located: NodeRef, ...keys: readonly string[]): NodeRef | undefined {
    let value = located.value;
    for (const key of keys) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
    }
    return { path: located.path, keys: [...located.keys, ...keys], value };
  }

  /** Follows `$ref`s to a value without `$ref`. @throws GeneratorError `REF_BROKEN`, `REF_REMOTE` */
  follow(located: NodeRef): NodeRef {
    const seen = new Set<string>();
    let at = located;
    for (let ref = refOf(at.value); ref !== undefined; ref = refOf(at.value)) {
      const place = placeKey(at);
      if (seen.has(place))
        throw this.error('REF_BROKEN', at, `$ref ${ref} leads back to itself`, 'point it at a value');
      seen.add(place);
      at = this.resolve(at, ref);
    }
    return at;
  }

  /** Creates a problem at the place of a value. */
  problem(
    code: ProblemCode,
    at: NodeRef,
    message: string,
    hint: string,
    severity: Problem['severity'] = 'error',
  ): Problem {
    return { code, severity, ...this.place(at), message, hint };
  }

  error(code: ProblemCode, at: NodeRef, message: string, hint: string): GeneratorError {
    return new GeneratorError([this.problem(code, at, message, hint)]);
  }

  /**
   * The place of a value; if it does not exist, of the nearest enclosing value.
   * @param pointer JSON pointer from `at` to a value within it.
   */
  place(at: NodeRef, pointer = ''): SourceLocation {
    return this.files.open(at.path).place([...at.keys, ...keysOf(pointer)]);
  }

  /** The place of a value as a file and a JSON pointer, for the model. */
  sourceOf(at: NodeRef): SourcePlace {
    return { file: this.files.open(at.path).file, pointer: pointerOf(at.keys) };
  }

  /**
   * The place that a JSON pointer of a file points to; if it does not exist, of the nearest enclosing value.
   * @param file As in {@link SourceLocation}.
   */
  placeOf(file: string, pointer: string): SourceLocation {
    return this.files.open(isAddress(file) ? file : resolve(file)).place(keysOf(pointer));
  }

  /** The target of a reference in `from`; the target may be another reference. @throws GeneratorError */
  resolve(from: NodeRef, ref: string): NodeRef {
    const step = `${placeKey(from)} ${ref}`;
    if (this.#resolving.has(step)) {
      throw this.error('REF_BROKEN', from, `$ref ${ref} leads back to itself`, 'point it at a value');
    }
    this.#resolving.add(step);
    try {
      return this.#resolve(from, ref);
    } finally {
      this.#resolving.delete(step);
    }
  }

  #resolve(from: NodeRef, ref: string): NodeRef {
    const hash = ref.indexOf('#');
    const file = decode(hash < 0 ? ref : ref.slice(0, hash));
    const fragment = hash < 0 ? '' : ref.slice(hash + 1);
    const starts = () => (file === '' ? this.#localStarts(from) : [this.#resourceOf(from, ref, file)]);
    if (fragment !== '' && !fragment.startsWith('/')) return this.#anchor(from, ref, starts(), decode(fragment));
    const parts = fragment.split('/').slice(1);
    const keys = parts.map(keyOf);
    for (const start of starts()) {
      const found = this.#descend(start, keys);
      if (found !== undefined) return found;
    }
    const [start = this.root(from.path)] = [...starts()].filter((each) => each.keys.length === 0);
    throw this.#dangling(from, ref, start, parts);
  }

  /** The values that `#…` may be relative to: the enclosing schema resource, the file, and enclosing schemas with definitions. */
  *#localStarts(from: NodeRef): Iterable<NodeRef> {
    const root = this.root(from.path);
    const around = this.files.open(from.path).hasResources ? this.#around(root, from.keys) : [];
    const resource = around.find(({ value }) => {
      const id = idOf(value);
      return (id !== undefined && !id.startsWith('#')) || '$schema' in fieldsOf(value);
    });
    if (resource !== undefined) yield resource;
    yield root;
    for (const at of this.#around(root, from.keys)) {
      if (['definitions', '$defs'].some((name) => name in fieldsOf(at.value))) yield at;
    }
  }

  /** The values that enclose a value, the innermost first, without the root. */
  #around(root: NodeRef, keys: readonly string[]): NodeRef[] {
    const around: NodeRef[] = [];
    let at: NodeRef | undefined = root;
    for (const key of keys) {
      at = at && this.child(at, key);
      if (at !== undefined) around.unshift(at);
    }
    return around;
  }

  #resourceOf(from: NodeRef, ref: string, file: string): NodeRef {
    const at = this.child(from, '$ref') ?? from;
    const base = this.#baseOf(from);
    if (!isAddress(file)) {
      const path = isAddress(from.path) ? new URL(file, from.path).href : resolve(dirname(from.path), file);
      const byId = () => this.#byId(file) ?? this.#byId(resolveUri(file, base));
      if (this.files.has(path)) return this.root(path, at);
      if (this.#isOutside(path)) return byId() ?? this.#refuse(ref, at);
      return existsSync(path) ? this.root(path, at) : (byId() ?? this.root(path, at));
    }
    if (file.startsWith('file:')) {
      const path = fileURLToPath(file);
      return this.#isOutside(path) ? this.#refuse(ref, at) : this.root(path, at);
    }
    // The result depends on the files in the same folder.
    this.files.untrack();
    // The relative paths of files with URLs as ids match those of their ids. The target file may not be open yet.
    const folder = URL.canParse('.', base) ? new URL('.', base).href : undefined;
    const sibling = folder !== undefined && file.startsWith(folder) ? file.slice(folder.length) : undefined;
    if (sibling !== undefined && !isAddress(from.path) && existsSync(resolve(dirname(from.path), sibling))) {
      return this.root(resolve(dirname(from.path), sibling), at);
    }
    const known = this.#byId(file);
    if (known !== undefined) return known;
    if (!this.#allowRemote || !/^https?:/.test(file)) {
      const hint = 'copy the file into the catalog folder and refer to it there, or allow it with --allow-remote';
      throw this.error('REF_REMOTE', at, `$ref ${ref} is remote`, hint);
    }
    return this.root(file, at);
  }

  #isOutside(path: string): boolean {
    return this.#bounds !== undefined && !isAddress(path) && !isWithin(this.#bounds, path);
  }

  #refuse(ref: string, at: NodeRef): never {
    const folder = relative(process.cwd(), this.#bounds?.root ?? '').replaceAll('\\', '/') || '.';
    const message = `$ref ${ref} points outside of the folder ${folder}, or to a file outside of the catalog's folder that is not YAML or JSON`;
    const hint = 'copy the file into the catalog, or set `root` in the config to a folder that contains both';
    throw this.error('REF_OUTSIDE', at, message, hint);
  }

  /** The base URL of references in `from`, according to the ids of the enclosing schemas. */
  #baseOf(from: NodeRef): string {
    let value: unknown = this.root(from.path).value;
    let base = isAddress(from.path) ? from.path : '';
    for (const key of [undefined, ...from.keys]) {
      if (key !== undefined) value = (value as Record<string, unknown> | undefined)?.[key];
      const id = idOf(value);
      if (id !== undefined && !id.startsWith('#')) base = resolveUri(id, base);
    }
    return base;
  }

  #byId(id: string): NodeRef | undefined {
    this.files.untrack();
    for (const isLast of [false, true]) {
      for (const { path } of this.files.all()) {
        const keys = this.#idsOf(path).ids.get(id);
        if (keys !== undefined) return this.child(this.root(path), ...keys);
      }
      if (!isLast) this.#openReachable();
    }
    return undefined;
  }

  /** Opens every file that open files refer to by path, so that the result does not depend on the order of references. */
  #openReachable(): void {
    for (const { path, source } of this.files.all()) {
      if (this.#reached.has(path) || isAddress(path)) continue;
      this.#reached.add(path);
      for (const ref of referencesIn(source.value)) {
        const target = resolve(dirname(path), decode(ref.split('#', 1)[0] ?? ''));
        // A file that is not a document is reported when it is needed. The loop also visits the files that it opens.
        if (isAddress(ref) || this.files.has(target) || this.#isOutside(target)) continue;
        if (typeof readText(target) !== 'string') continue;
        try {
          this.files.open(target);
        } catch (error) {
          if (!(error instanceof GeneratorError)) throw error;
        }
      }
    }
  }

  #idsOf(path: string): SchemaIds {
    let ids = this.#ids.get(path);
    if (ids === undefined) {
      const source = this.files.open(path);
      ids = source.hasIds ? findSchemaIds(source.value) : { ids: new Map(), anchors: new Map() };
      this.#ids.set(path, ids);
    }
    return ids;
  }

  #anchor(from: NodeRef, ref: string, starts: Iterable<NodeRef>, name: string): NodeRef {
    for (const start of starts) {
      const keys = this.#idsOf(start.path).anchors.get(name);
      const found = keys && this.child(this.root(start.path), ...keys);
      if (found !== undefined) return found;
    }
    const hint = `write #/… for a JSON pointer; otherwise, add a schema with $anchor: ${name}`;
    throw this.error(
      'REF_BROKEN',
      this.child(from, '$ref') ?? from,
      `$ref ${ref} names an anchor that does not exist`,
      hint,
    );
  }

  /** Finds a value by its keys, and follows the references on the way. */
  #descend(start: NodeRef, keys: readonly string[]): NodeRef | undefined {
    let at = start;
    for (const key of keys) {
      // A schema may have other keywords next to its reference.
      const next =
        this.child(at, key) ?? (refOf(at.value) === undefined ? undefined : this.child(this.follow(at), key));
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  #dangling(from: NodeRef, ref: string, start: NodeRef, parts: readonly string[]): GeneratorError {
    let at = start;
    let missing = '';
    for (const key of parts.map(keyOf)) {
      if (refOf(at.value) !== undefined) at = this.follow(at);
      const next = this.child(at, key);
      if (next === undefined) {
        missing = key;
        break;
      }
      at = next;
    }
    const escaped = this.#withSlashes(start, parts);
    const known = typeof at.value === 'object' && at.value !== null ? Object.keys(at.value) : [];
    const [file] = ref.split('#', 1);
    const hint =
      escaped !== undefined
        ? `a / within a name is written ~1: ${file}#${pointerOf(escaped)}`
        : known.length > 0
          ? `the names there are ${nearest(missing, known).join(', ')}`
          : 'correct the reference: this place has no entries';
    const message = `$ref ${ref} points to nothing: no ${JSON.stringify(missing)} at #${pointerOf(at.keys)}`;
    return this.error('REF_BROKEN', this.child(from, '$ref') ?? from, message, hint);
  }

  /** The intended keys of a pointer whose slashes should have been escaped. */
  #withSlashes(at: NodeRef, parts: readonly string[]): string[] | undefined {
    if (parts.length === 0) return [];
    const target = refOf(at.value) === undefined ? at : this.follow(at);
    for (let length = 1; length <= parts.length; length += 1) {
      const key = parts.slice(0, length).map(keyOf).join('/');
      for (const name of [key, `/${key}`, `${key}/`]) {
        const next = this.child(target, name);
        const rest = next && this.#withSlashes(next, parts.slice(length));
        if (rest !== undefined) return [name, ...rest];
      }
    }
    return undefined;
  }
}

/** Every `$ref` in a value. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = refOf(value);
  return [...(own === undefined ? [] : [own]), ...Object.values(value).flatMap(referencesIn)];
}

/** The `$ref` of a reference object. */
export function refOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('$ref' in value)) return undefined;
  return typeof value.$ref === 'string' ? value.$ref : undefined;
}

/** A mapping as an object; empty for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, JsonValue>)
    : {};
}

/** A unique string for a place of the catalog. */
export function placeKey(at: NodeRef): string {
  return `${at.path}#${pointerOf(at.keys)}`;
}
