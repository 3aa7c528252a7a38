import { dirname, isAbsolute, relative } from 'node:path';
import type { JsonSchema, JsonValue, SchemaModel } from '../model/event-model.js';
import { mapSubschemas, refTo, subschemas } from '../model/json-schema.js';
import { isIgnoredNextToRef } from '../model/keywords.js';
import { type DocumentStore, fieldsOf, type NodeRef, placeKey, refOf } from '../source/document-store.js';
import type { Cache } from '../support/cache.js';
import type { Problem } from '../support/errors.js';
import { type NameAllocator, pascalCase } from '../support/names.js';
import { compare } from '../support/values.js';
import { schemaErrors } from '../validators/ajv.js';
import { reportUnchecked } from './discriminators.js';
import { type InnerKind, normaliseSchema } from './normalise-schema.js';
import type { SchemaFinding, Warning } from './schema-finding.js';
import { candidateNames, otherNames } from './schema-names.js';
import { anchorsOf, whyNotSchema } from './schema-places.js';

/** A schema that gets its own name. */
interface Declared {
  /** Its place in the catalog, as {@link placeKey} returns it. */
  readonly place: string;
  readonly at: NodeRef;
  /** Candidate names, best first. Empty for an inner schema. */
  readonly names: readonly string[];
  /** Enclosing schema of an inner schema that is named after its path. */
  readonly parent?: Declared;
  /** Candidate path segments from `parent` to this schema, best first. */
  readonly words: readonly string[];
  /** The type that the enclosing schema requires. */
  readonly implied?: JsonValue | undefined;
  /** Its `$ref`s contain places until every schema has its name. */
  schema: JsonSchema;
}

/** A normalised schema, with everything that was found in it. */
interface Collected {
  readonly schema: JsonSchema;
  readonly found: Found;
}

/** Named schemas and warnings that were found in a schema. */
interface Found {
  /** Schemas that get their own names. Those with `words` are named after this schema. */
  readonly declared: {
    readonly at: NodeRef;
    readonly words: readonly string[] | undefined;
    readonly implied?: JsonValue | undefined;
  }[];
  readonly warnings: Warning[];
}

export interface CollectContext {
  readonly store: DocumentStore;
  /** Absolute path of the catalog's root document. */
  readonly root: string;
  /** Results of earlier runs: a schema is read again only if one of its files has changed. */
  readonly cache: Cache;
}

/** A schema of the catalog that a composed schema refers to, with its candidate names. */
interface Part {
  readonly at: NodeRef;
  readonly names: readonly string[];
}

/**
 * Collects the schemas that messages use. The target of a `$ref` is named after its place, an anonymous object after its path.
 * Names are assigned at the end, in an order that does not depend on the order of the catalog.
 */
export class SchemaCollector {
  readonly #context: CollectContext;
  readonly #declared = new Map<string, Declared>();
  readonly #names = new Map<string, string>();
  /** Findings of the schemas that are being read; the innermost schema is the last. */
  readonly #found: Found[] = [];

  readonly #problems: Problem[] = [];
  readonly #findings: SchemaFinding[] = [];

  constructor(context: CollectContext) {
    this.#context = context;
  }

  /** Problems of the schemas that have been collected so far. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Violations of rules in the schemas that have been collected so far. */
  get findings(): readonly SchemaFinding[] {
    return this.#findings;
  }

  #warn(...[at, message, hint, code]: Warning): void {
    const { store } = this.#context;
    if (code === undefined) this.#problems.push(store.problem('SCHEMA_INVALID', at, message, hint, 'warning'));
    else this.#findings.push({ code, place: () => store.place(at), message, hint, about: [at.keys.at(-1) ?? ''] });
  }

  /** Validates a schema against the meta schema. An inner schema is validated together with the outer one. */
  #check(at: NodeRef): void {
    const { store, cache } = this.#context;
    for (const { keys, message } of schemaErrors(at.value, cache)) {
      const place = { ...at, keys: [...at.keys, ...keys] };
      this.#problems.push(store.problem('SCHEMA_INVALID', place, message, 'correct the schema'));
    }
  }

  /** Collects a message's schema. @param names Candidate names if no `$ref` gives it one. @returns Its place. */
  collect(at: NodeRef, names: readonly string[]): string {
    const { store } = this.#context;
    reportUnchecked(at, { store, warn: (where, message, hint) => this.#warn(where, message, hint, 'KEYWORD_IDLE') });
    // A reference together with other constraints is a separate schema.
    const target = this.#target(at, onlyReference(at.value));
    const own = target === at ? names : candidateNames(target, names);
    return this.#declare(target, { names: own, words: [] }).place;
  }

  /** Collects a schema that is not in the catalog. @param parts Schemas that also apply. @returns Its place. */
  compose(at: NodeRef, names: readonly string[], schema: JsonSchema, parts: readonly Part[] = []): string {
    const place = `${placeKey(at)}#${names[0]}`;
    const all = parts.map((part) => ({ $ref: this.collect(part.at, part.names) }));
    const whole = all.length === 0 || typeof schema === 'boolean' ? schema : { ...schema, allOf: all };
    this.#declared.set(place, { place, at, names, words: [], schema: whole });
    return place;
  }

  /**
   * Assigns a name to every schema.
   * @param renamed Names from the config, by the generated name.
   * @param roots Places of the payloads and headers of each domain's events, by the TypeScript name of the domain.
   */
  nameAll(
    free: NameAllocator,
    renamed: Readonly<Record<string, string>>,
    roots: ReadonlyMap<string, readonly string[]>,
  ): void {
    const domains = this.#domainsByPlace(roots);
    const waiting = [...this.#declared.values()];
    for (let ready = waiting; ready.length > 0; ) {
      ready = waiting.filter(({ place, parent }) => {
        return !this.#names.has(place) && (parent === undefined || this.#names.has(parent.place));
      });
      const candidates = ready.map((declared) => ({ declared, names: this.#candidates(declared) }));
      candidates.sort(
        (a, b) => compare(a.names[0] ?? '', b.names[0] ?? '') || this.#comparePlaces(a.declared, b.declared),
      );
      for (const { declared, names } of candidates) {
        const [first = ''] = names;
        const own = Object.hasOwn(renamed, first) ? [renamed[first] ?? ''] : [];
        const all = [...own, ...names];
        // Domains are computed only if every candidate name is taken.
        const isTaken = all.every((name) => free.has(name));
        const [domain, another] = isTaken ? (domains().get(declared.place) ?? []) : [];
        const only = another === undefined ? domain : undefined;
        const others = isTaken ? otherNames(declared.at, first, only, this.#context.root) : [];
        this.#names.set(declared.place, free.take([...all, ...(declared.parent === undefined ? others : [])]));
      }
    }
  }

  /** The domains whose events use each schema; computed on first use. */
  #domainsByPlace(roots: ReadonlyMap<string, readonly string[]>): () => ReadonlyMap<string, readonly string[]> {
    let found: Map<string, string[]> | undefined;
    return () => {
      if (found !== undefined) return found;
      const domains = new Map<string, string[]>();
      for (const [domain, places] of roots) {
        const open = [...places];
        const seen = new Set<string>();
        for (let place = open.pop(); place !== undefined; place = open.pop()) {
          const declared = seen.has(place) ? undefined : this.#declared.get(place);
          seen.add(place);
          if (declared === undefined) continue;
          domains.set(place, [...(domains.get(place) ?? []), domain]);
          open.push(...referencesIn(declared.schema));
        }
      }
      found = domains;
      return domains;
    };
  }

  /** Compares by the place relative to the catalog, so that names do not depend on the catalog's location. */
  #comparePlaces(a: Declared, b: Declared): number {
    const folder = dirname(this.#context.root);
    const pathOf = ({ at }: Declared) => (isAbsolute(at.path) ? relative(folder, at.path) : at.path);
    return compare(pathOf(a), pathOf(b)) || compare(a.place, b.place);
  }

  /** The name of the schema at a place that {@link collect} returned. */
  nameOf(place: string): string {
    const name = this.#names.get(place);
    if (name === undefined) throw new Error(`no schema was collected at ${place}`);
    return name;
  }

  /** Every schema, sorted by name. */
  schemas(): SchemaModel[] {
    const all = [...this.#declared.values()].map((declared) => this.#modelOf(declared));
    return all.sort((a, b) => compare(a.name, b.name));
  }

  #modelOf({ place, at, schema }: Declared): SchemaModel {
    const { store, cache } = this.#context;
    const name = this.nameOf(place);
    const source = store.sourceOf(at);
    const read = (used: string) => this.nameOf(used);
    if (typeof schema === 'boolean') return { name, uses: [], schema, source };
    const inputs = [name, source.file, source.pointer];
    return cache.deriveReading('name-schema', schema, { inputs, read }, (reads) => {
      const uses = new Set<string>();
      const named = (inner: JsonSchema): JsonSchema => {
        const copy = mapSubschemas(inner, named);
        if (typeof copy === 'boolean' || typeof copy.$ref !== 'string') return copy;
        const used = reads.read(copy.$ref);
        uses.add(used);
        return { ...copy, $ref: refTo(used) };
      };
      const own = named(schema);
      return { name, uses: [...uses].sort(compare), schema: own, source };
    });
  }

  #declare(at: NodeRef, naming: Pick<Declared, 'names' | 'parent' | 'words' | 'implied'>): Declared {
    const place = placeKey(at);
    const known = this.#declared.get(place);
    if (known !== undefined) return known;
    const declared: Declared = { place, at, ...naming, schema: true };
    // Registered before it is read, because schemas may refer to themselves.
    this.#declared.set(place, declared);
    if (naming.parent === undefined) this.#check(at);
    declared.schema = this.#collected(declared);
    return declared;
  }

  /** The normalised content of a schema. A cached result declares its inner schemas and reports its warnings again. */
  #collected(declared: Declared): JsonSchema {
    const { store, cache } = this.#context;
    const { place, at } = declared;
    let isNew = false;
    const inputs = [at.value];
    const read = (path: string) => store.files.current(path);
    const { schema, found } = cache.deriveReading('collect-schema', place, { inputs, read }, (reads): Collected => {
      isNew = true;
      const { result, files } = store.files.track(() => this.#read(declared));
      if (files === undefined) reads.readUnknown();
      for (const { path } of files ?? []) reads.read(path);
      return result;
    });
    if (isNew) return schema;
    for (const { at: inner, words, implied } of found.declared) {
      this.#declare(inner, { ...namingOf(declared, inner, words), implied });
    }
    for (const warning of found.warnings) this.#warn(...warning);
    return schema;
  }

  #read(declared: Declared): Collected {
    const found: Found = { declared: [], warnings: [] };
    this.#found.push(found);
    try {
      return { schema: this.#normalise(declared.at, declared, '', 'named', declared.implied), found };
    } finally {
      this.#found.pop();
    }
  }

  /** Declares a schema that another schema contains or refers to. */
  #declareWithin(owner: Declared, at: NodeRef, words: readonly string[] | undefined, implied?: JsonValue): Declared {
    this.#found.at(-1)?.declared.push({ at, words, implied });
    return this.#declare(at, { ...namingOf(owner, at, words), implied });
  }

  #normalise(at: NodeRef, owner: Declared, path: string, kind: InnerKind, implied: JsonValue | undefined): JsonSchema {
    return normaliseSchema(
      at,
      kind,
      {
        store: this.#context.store,
        warn: (...warning) => {
          this.#found.at(-1)?.warnings.push(warning);
          this.#warn(...warning);
        },
        inner: (within, words, innerKind, type) =>
          this.#inner(within, { owner, path, words, kind: innerKind, implied: type }),
        reference: (from) => {
          const reference = referenceOf(from.value);
          return reference && this.#declareWithin(owner, this.#target(from, reference), undefined).place;
        },
      },
      implied,
    );
  }

  /** An inner schema: a reference if it has or needs a name, otherwise the schema itself. */
  #inner(at: NodeRef, { owner, path, words, kind, implied }: Within): JsonSchema {
    const [word = ''] = words;
    const { properties } = fieldsOf(at.value);
    const isObject = Object.keys(fieldsOf(properties)).length > 0;
    if (!isObject || kind !== 'named' || referenceOf(at.value) !== undefined) {
      return this.#normalise(at, owner, kind === 'part' ? path : path + word, kind, implied);
    }
    const inner = words.map((each) => path + each);
    return { $ref: this.#declareWithin(owner, at, inner, implied).place };
  }

  /** Follows a reference, through schemas that consist of nothing but another reference. */
  #target(at: NodeRef, first: string | undefined): NodeRef {
    const { store } = this.#context;
    const seen = new Set<string>();
    let target = at;
    for (let ref = first; ref !== undefined; ref = onlyReference(target.value)) {
      const place = placeKey(target);
      if (seen.has(place)) {
        throw store.error('REF_BROKEN', target, `$ref ${ref} leads back to itself`, 'point it at a schema');
      }
      seen.add(place);
      const from = target;
      target = store.resolve(from, ref);
      this.#refuse(from, ref, target);
    }
    return target;
  }

  /** @throws GeneratorError `REF_BROKEN` if the target of a reference is not a schema, or is ambiguous. */
  #refuse(from: NodeRef, ref: string, target: NodeRef): void {
    const { store, cache } = this.#context;
    const at = store.child(from, '$ref') ?? from;
    const why = whyNotSchema(target, store.root(target.path).value);
    if (why !== undefined) {
      const hint =
        'point it at a schema, such as #/components/schemas/Name; # is the document, not the enclosing schema';
      throw store.error('REF_BROKEN', at, `$ref ${ref} ${why}`, hint);
    }
    const name = ref.slice(ref.indexOf('#') + 1);
    if (!ref.includes('#') || name === '' || name.startsWith('/')) return;
    const isDynamic = fieldsOf(from.value).$dynamicRef === ref;
    const files = isDynamic
      ? [...store.files.all()].map(({ source }) => source.value)
      : [store.root(target.path).value];
    const count = files.reduce<number>((sum, root) => sum + (anchorsOf(root, cache).get(name) ?? 0), 0);
    if (count < 2) return;
    const hint = 'write the path of the intended schema: #/components/schemas/Name';
    throw store.error('REF_BROKEN', at, `$ref ${ref} is ambiguous: ${count} schemas have this anchor`, hint);
  }

  #candidates({ names, parent, words }: Declared): readonly string[] {
    const around = parent === undefined ? undefined : this.#names.get(parent.place);
    const all = around === undefined ? names : words.map((word) => around + pascalCase(word));
    const usable = all.filter((name) => name !== '');
    return usable.length > 0 ? usable : [`${around ?? ''}Schema`];
  }
}

/** The position of an inner schema in its owner. */
interface Within {
  readonly owner: Declared;
  /** Path segments from the owner to the enclosing schema. */
  readonly path: string;
  readonly words: readonly string[];
  readonly kind: InnerKind;
  readonly implied: JsonValue | undefined;
}

/** Candidate names of an inner schema, or of the target of a reference. */
function namingOf(owner: Declared, at: NodeRef, words: readonly string[] | undefined) {
  return words === undefined ? { names: candidateNames(at, []), words: [] } : { names: [], parent: owner, words };
}

/** The reference of a schema. `$recursiveRef` and `$dynamicRef` are treated as `$ref`, as if no schema extended them. */
function referenceOf(value: unknown): string | undefined {
  const { $recursiveRef, $dynamicRef } = fieldsOf(value);
  const dynamic = $recursiveRef ?? $dynamicRef;
  return refOf(value) ?? (typeof dynamic === 'string' ? dynamic : undefined);
}

/** The reference of a schema that has no other constraint. */
function onlyReference(value: unknown): string | undefined {
  return Object.keys(fieldsOf(value)).every(isIgnoredNextToRef) ? refOf(value) : undefined;
}

/** The places that a schema refers to. */
function referencesIn(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const own = typeof schema.$ref === 'string' ? [schema.$ref] : [];
  return [...own, ...subschemas(schema).flatMap((each) => referencesIn(each.schema))];
}
