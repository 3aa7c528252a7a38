import { createRequire } from 'node:module';
import { isSchemaObject, type SchemaObject } from '../model/json-schema.js';
import { compositionKeywords } from '../model/keywords.js';
import { nearestWord } from '../support/nearest.js';

/** A key that AsyncAPI does not define at its place. */
export interface UnknownKey {
  /** Keys from the document's root to it. */
  readonly path: readonly string[];
  /** The most similar known key. */
  readonly nearest: string | undefined;
  /** Known keys at this place, sorted. */
  readonly known: readonly string[];
}

export interface Corrected {
  /** The document with each unknown key replaced by the most similar key, or removed. */
  readonly document: unknown;
  readonly unknown: readonly UnknownKey[];
}

/**
 * Finds keys of a document that the specification does not define, and corrects them in a copy. Validating the copy then finds
 * the other problems, without consequences of the unknown keys.
 * @param version Of the specification: `3.0.0`.
 */
export function correctKeys(document: unknown, version: string): Corrected {
  // Loaded only for invalid documents, because its size is 3 MB.
  const { schemas } = createRequire(import.meta.url)('@asyncapi/specs') as { schemas: Record<string, SchemaObject> };
  const root = schemas[version];
  if (root === undefined) return { document, unknown: [] };
  const corrector = new Corrector(root.definitions as Record<string, SchemaObject>);
  return { document: corrector.copy(document, [root], []), unknown: corrector.unknown };
}

/** The keys that the schemas of an object define. */
interface Description {
  readonly properties: ReadonlyMap<string, readonly SchemaObject[]>;
  readonly patterns: readonly { readonly pattern: RegExp; readonly schema: SchemaObject }[];
  readonly others: readonly SchemaObject[];
  readonly isClosed: boolean;
}

class Corrector {
  readonly unknown: UnknownKey[] = [];
  readonly #definitions: Readonly<Record<string, SchemaObject>>;

  constructor(definitions: Readonly<Record<string, SchemaObject>>) {
    this.#definitions = definitions;
  }

  copy(value: unknown, schemas: readonly SchemaObject[], path: readonly string[]): unknown {
    if (Array.isArray(value)) {
      const items = this.#alternatives(schemas).flatMap(({ items: each }) => (isSchemaObject(each) ? [each] : []));
      return value.map((item, index) => this.copy(item, items, [...path, String(index)]));
    }
    if (!isSchemaObject(value)) return value;
    const description = this.#describe(schemas, value);
    const entries: [string, unknown][] = [];
    for (const [key, inner] of Object.entries(value)) {
      const within = [...path, key];
      const inside = schemasAt(description, key);
      if (inside !== undefined || !description.isClosed) {
        entries.push([key, this.copy(inner, inside ?? [], within)]);
        continue;
      }
      const known = [...description.properties.keys()].filter((name) => !name.startsWith('x-')).sort();
      const nearest = nearestWord(
        key,
        known.filter((name) => !Object.hasOwn(value, name)),
      );
      this.unknown.push({ path: within, nearest, known });
      if (nearest !== undefined) {
        entries.push([nearest, this.copy(inner, schemasAt(description, nearest) ?? [], within)]);
      }
    }
    return Object.fromEntries(entries);
  }

  #describe(schemas: readonly SchemaObject[], value: SchemaObject): Description {
    const isReference = typeof value.$ref === 'string';
    const all = this.#alternatives(schemas).filter((schema) => isReference || !isOnlyReference(schema));
    const describing = all.filter(({ properties, patternProperties }) => properties ?? patternProperties);
    // Other schemas, such as those of a condition, only add keys to those of these schemas.
    const whole = describing.filter((schema) => schema.type === 'object' && !isOnlyExtensions(schema));
    const properties = new Map<string, SchemaObject[]>();
    for (const schema of describing) {
      for (const [name, inner] of Object.entries(schema.properties ?? {})) {
        properties.set(name, [...(properties.get(name) ?? []), ...(isSchemaObject(inner) ? [inner] : [])]);
      }
    }
    return {
      properties,
      patterns: describing.flatMap(({ patternProperties }) =>
        Object.entries(patternProperties ?? {}).flatMap(([pattern, schema]) =>
          isSchemaObject(schema) ? [{ pattern: new RegExp(pattern), schema }] : [],
        ),
      ),
      others: all.flatMap(({ additionalProperties: each }) => (isSchemaObject(each) ? [each] : [])),
      isClosed: whole.length > 0 && whole.every(({ additionalProperties }) => additionalProperties === false),
    };
  }

  /** Schemas, with the targets of their references and the branches of `allOf`, `anyOf`, `oneOf`, `then` and `else`. */
  #alternatives(schemas: readonly SchemaObject[]): readonly SchemaObject[] {
    const found = new Set<SchemaObject>();
    const add = (schema: SchemaObject) => {
      if (found.has(schema)) return;
      found.add(schema);
      const target = typeof schema.$ref === 'string' ? this.#definitions[schema.$ref] : undefined;
      if (target !== undefined) add(target);
      for (const keyword of [...compositionKeywords, 'then', 'else']) {
        const inner = schema[keyword];
        for (const each of Array.isArray(inner) ? inner : [inner]) if (isSchemaObject(each)) add(each);
      }
    };
    for (const schema of schemas) add(schema);
    return [...found];
  }
}

function isOnlyReference({ properties }: SchemaObject): boolean {
  return isSchemaObject(properties) && Object.keys(properties).join() === '$ref';
}

function isOnlyExtensions({ properties }: SchemaObject): boolean {
  return isSchemaObject(properties) && Object.keys(properties).every((name) => name.startsWith('x-'));
}

function schemasAt({ properties, patterns, others }: Description, key: string): readonly SchemaObject[] | undefined {
  const own = properties.get(key);
  if (own !== undefined) return own;
  const matching = patterns.filter(({ pattern }) => pattern.test(key)).map(({ schema }) => schema);
  if (matching.length > 0) return matching;
  return others.length > 0 ? others : undefined;
}
