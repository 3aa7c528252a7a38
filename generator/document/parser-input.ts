import { type DocumentStore, fieldsOf, type NodeRef, placeKey, pointerOf, refOf } from '../source/document-store.js';
import { type Attempt, collectingProblems, type StepResult } from '../support/problems.js';

type Json = Record<string, unknown>;

/** A part of a document: a channel, an operation, or a section that is neither. */
export interface Section {
  /** The field of the document, and for a channel or an operation its name. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The input of AsyncAPI's parser for a document. */
export interface ParserInput {
  readonly version: string;
  readonly sections: readonly Section[];
  /** The place in the document that a path in the sections was copied from. */
  readonly locate: (path: readonly (string | number)[]) => NodeRef;
  /** A path in the sections with the names of the document. */
  readonly named: (path: readonly string[]) => readonly string[];
  /** Whether a path is inside a reference that could not be resolved, so that problems there are only consequences. */
  readonly isBroken: (path: readonly string[]) => boolean;
}

/** Name of the placeholder channel of all operations. */
export const anyChannel = 'channel of every operation';

/**
 * The structure of a document without its schemas and with all references inlined. The parser itself inlines references, so
 * shared schemas would grow exponentially, and N operations on a channel of N messages would cost N². Here each message occurs
 * once, and operations are at a channel without messages.
 */
export function buildParserInput(store: DocumentStore, rootPath: string): StepResult<ParserInput> {
  const root = store.root(rootPath);
  return collectingProblems((attempt) => parserInput(new ParserInputBuilder(store, root, attempt), root));
}

function parserInput(builder: ParserInputBuilder, root: NodeRef): ParserInput {
  const fields = fieldsOf(root.value);
  // A field that is not a mapping becomes a section unchanged, so that the parser reports it.
  const cut = ['channels', 'operations'].filter((section) => isMapping(fields[section]));
  // Channels first, because components that they refer to are not copied again.
  const sections = [
    ...cut.flatMap((section) => {
      return Object.keys(fieldsOf(fields[section])).map((name) => builder.section([section, name]));
    }),
    ...Object.keys(fields)
      .filter((section) => section !== 'asyncapi' && !cut.includes(section) && !section.startsWith('x-'))
      .map((section) => builder.section([section])),
  ];
  return {
    version: String(fields.asyncapi),
    sections,
    locate: (path) => builder.locate(path.map(String).map(writtenName)),
    named: (path) => path.map(writtenName),
    isBroken: (path) => builder.isBroken(path.map(writtenName)),
  };
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class ParserInputBuilder {
  readonly #store: DocumentStore;
  readonly #root: NodeRef;
  readonly #attempt: Attempt;
  /** Places of messages and components that are already in a section. */
  readonly #seen = new Set<string>();
  /** Targets of references, by the path of the reference. */
  readonly #origins = new Map<string, NodeRef>();
  /** Paths of references that cannot be resolved. */
  readonly #broken = new Set<string>();
  #servers: ReadonlyMap<string, string> | undefined;

  constructor(store: DocumentStore, root: NodeRef, attempt: Attempt) {
    this.#store = store;
    this.#root = root;
    this.#attempt = attempt;
  }

  section(path: readonly string[]): Section {
    const at = this.#store.child(this.#root, ...path) ?? this.#root;
    return { path: path.map(safeName), value: this.#copy(at, path, new Set()) };
  }

  isBroken(path: readonly string[]): boolean {
    return path.some((_, index) => this.#broken.has(pointerOf(path.slice(0, index + 1))));
  }

  locate(path: readonly string[]): NodeRef {
    for (let length = path.length; length > 0; length -= 1) {
      const origin = this.#origins.get(pointerOf(path.slice(0, length)));
      if (origin !== undefined) return { ...origin, keys: [...origin.keys, ...path.slice(length)] };
    }
    return { ...this.#root, keys: path };
  }

  #copy(from: NodeRef, path: readonly string[], around: ReadonlySet<string>): unknown {
    let at = from;
    let inside = around;
    if (refOf(from.value) !== undefined) {
      if (isOperationChannel(path)) {
        this.#attempt(() => this.#store.follow(from));
        return { $ref: `#/channels${pointerOf([anyChannel])}` };
      }
      const target = this.#attempt(() => this.#store.follow(from));
      const place = target && placeKey(target);
      if (target === undefined || place === undefined) {
        this.#broken.add(pointerOf(path));
        return {};
      }
      if (around.has(place)) return {};
      const server = isChannelServer(path) ? this.#serverAt(place) : undefined;
      if (server !== undefined) return { $ref: `#/servers${pointerOf([server])}` };
      if (isMessage(path) && this.#seen.has(place)) return {};
      at = target;
      inside = new Set([...around, place]);
      this.#seen.add(place);
      this.#origins.set(pointerOf(path), target);
    }
    const childOf = (key: string) => this.#store.child(at, key) ?? at;
    if (Array.isArray(at.value)) {
      return at.value.map((_, index) => this.#copy(childOf(String(index)), [...path, String(index)], inside));
    }
    if (typeof at.value !== 'object' || at.value === null) return at.value;
    const result: Json = {};
    for (const [key, value] of Object.entries(at.value as Json)) {
      const within = [...path, key];
      if (key.startsWith('x-') || this.#isOmitted(within, at)) continue;
      const stub = stubOf(within, value);
      define(result, safeName(key), stub === undefined ? this.#copy(childOf(key), within, inside) : stub.value);
    }
    return result;
  }

  #isOmitted(path: readonly string[], around: NodeRef): boolean {
    const [section = '', , field, inner] = path;
    // The placeholder channel has no messages, so these references would fail here; `checkOperations` validates them.
    if (section === 'operations' && (field === 'messages' || (field === 'reply' && inner === 'messages'))) return true;
    if (section !== 'components' || path.length !== 3) return false;
    const entry = this.#store.child(around, path[2] ?? '');
    return entry !== undefined && this.#seen.has(placeKey(entry));
  }

  /** The name of the document's server at a place. */
  #serverAt(place: string): string | undefined {
    this.#servers ??= new Map(
      Object.keys(fieldsOf(fieldsOf(this.#root.value).servers)).flatMap((name) => {
        const at = this.#store.child(this.#root, 'servers', name);
        const target = at && this.#attempt(() => this.#store.follow(at));
        return target === undefined ? [] : [[placeKey(target), name] as const];
      }),
    );
    return this.#servers.get(place);
  }
}

function isOperationChannel([section, , field, inner]: readonly string[]): boolean {
  return section === 'operations' && (field === 'channel' || (field === 'reply' && inner === 'channel'));
}

function isChannelServer(path: readonly string[]): boolean {
  return path[0] === 'channels' && path[2] === 'servers' && path.length === 4;
}

function isMessage(path: readonly string[]): boolean {
  if (path[0] !== 'channels') return false;
  return path[2] === 'messages' ? path.length === 4 : path[3] === 'message' && [4, 6].includes(path.length);
}

const safePrefix = 'named ';

/** Escapes names of properties of `Object.prototype`: the specification's parser fails on them. */
function safeName(name: string): string {
  return name in {} ? `${safePrefix}${name}` : name;
}

/** The name that {@link safeName} escaped. */
function writtenName(name: string): string {
  const own = name.slice(safePrefix.length);
  return name.startsWith(safePrefix) && own in {} ? own : name;
}

/** Sets a property with any name, including `__proto__`. */
function define(target: Json, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Maps whose keys are names, so that `payload` is not a field there. */
const nameMaps = ['messages', 'channels', 'operations', 'parameters', 'messageTraits', 'properties', 'schemas'];

const annotations = ['title', 'summary', 'description'];

/** The replacement of a schema, which is checked separately, and of fields that are meaningful only with a schema. */
function stubOf(path: readonly string[], value: unknown): { readonly value: unknown } | undefined {
  const key = path.at(-1);
  const around = path.at(-2) ?? '';
  if (path.length === 2 && around === 'components' && key === 'schemas') return { value: {} };
  if (nameMaps.includes(around)) return undefined;
  // Texts are replaced by a constant, so that a changed text does not make the cached result invalid.
  if (annotations.includes(key ?? '') && typeof value === 'string') return { value: 'text' };
  const isSchema = typeof value === 'boolean' || (typeof value === 'object' && value !== null);
  if (key === 'payload' && value !== null) return { value: {} };
  if (key === 'headers' && isSchema && !path.includes('bindings')) return { value: { type: 'object' } };
  if (key === 'schemaFormat') return { value: undefined };
  return key === 'schema' && isSchema && path.includes('parameters') ? { value: {} } : undefined;
}
