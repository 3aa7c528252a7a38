import { findInclusion } from '../diff/inclusion.js';
import { isSameSchema } from '../diff/same-schema.js';
import { sideOf } from '../diff/side.js';
import type { JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchemaObject, referredName, requiredOf, type SchemaObject, schemaMap } from '../model/json-schema.js';
import { jsonTypes } from '../model/json-types.js';
import { holdsInModel, isAnnotation, limitKeywords, renamedFrom } from '../model/keywords.js';
import { canonical, type Definitions } from '../model/shape.js';

/** Keywords that only describe a value for readers. All other annotations can change what a value means. */
const texts: ReadonlySet<string> = new Set([
  ...['title', 'description', 'externalDocs', 'deprecated', 'readOnly', 'writeOnly', 'examples', 'example'],
]);

/** Keywords whose changes can be compared completely. */
const plain: ReadonlySet<string> = new Set([
  ...['type', 'enum', 'const', 'items', 'properties', 'required', 'additionalProperties'],
  ...jsonTypes.flatMap((type) => limitKeywords(type)),
]);

/** A schema, and the schemas that it refers to. */
export interface DefinedSchema {
  readonly schema: JsonSchema;
  readonly definitions: Definitions;
}

/** Whether two schemas accept the same values as far as their text shows: apart from annotations, they are the same. */
export function isSameStructure(old: DefinedSchema, now: DefinedSchema): boolean {
  const { schemas: before, definitions } = sideOf([old.schema], old.definitions, 'old:', false);
  const { schemas: after, definitions: others } = sideOf([now.schema], now.definitions, 'new:', false);
  return isSameSchema(before[0] ?? true, after[0] ?? true, new Map([...definitions, ...others]));
}

/**
 * Why data of one schema cannot be copied to another one unchanged; empty if every value is valid there, and nothing says that
 * it means something else.
 * @param path The place of the value, for the reasons: `$.amount`.
 */
export function obstaclesToCopy(old: DefinedSchema, now: DefinedSchema, path: string): string[] {
  const comparison = new Comparison(old.definitions, now.definitions);
  if (comparison.isSame(old.schema, now.schema)) return [];
  const changes = comparison.unclearChanges(old.schema, now.schema, path);
  return changes.length > 0 ? changes : unprovenValues(old, now, path);
}

/** Why values of one schema may be invalid under another one. */
export function unprovenValues(old: DefinedSchema, now: DefinedSchema, path: string): string[] {
  const before = sideOf([old.schema], old.definitions, 'old:', false);
  const after = sideOf([now.schema], now.definitions, 'new:', false);
  const { gap, added } = findInclusion(before, after, path);
  return [...(gap === undefined ? [] : [gap]), ...added].map((each) => `${each.path}: ${each.reason}`);
}

/** Why the meaning of a value may have changed: its `x-` words, default and encodings, at every depth. */
export function changedWords(old: DefinedSchema, now: DefinedSchema, path: string): string[] {
  return new Comparison(old.definitions, now.definitions).wordChanges(old.schema, now.schema, path);
}

class Comparison {
  readonly #old: Definitions;
  readonly #now: Definitions;
  /** Pairs of references whose changes are already listed. */
  readonly #listed = new Set<string>();

  constructor(old: Definitions, now: Definitions) {
    this.#old = old;
    this.#now = now;
  }

  /** @param assumed Pairs of references that are being compared: a difference is found elsewhere, or there is none. */
  isSame(a: JsonValue, b: JsonValue, assumed: Set<string> = new Set()): boolean {
    if (!isSchemaObject(a) || !isSchemaObject(b)) return a === b;
    return keysOf(a, b).every((key) => this.#isSameKeyword(key, a, b, assumed));
  }

  #isSameKeyword(key: string, a: SchemaObject, b: SchemaObject, assumed: Set<string> = new Set()): boolean {
    const [left, right] = [a[key], b[key]];
    if (left === undefined || right === undefined) return left === right;
    if (key === '$ref') return this.#isSameReference(String(left), String(right), assumed);
    const kind = holdsInModel(key);
    if (kind === 'schema') return this.isSame(left, right, assumed);
    if ((kind === 'list' || kind === 'map') && typeof left === 'object' && typeof right === 'object') {
      const [one, other] = [left ?? {}, right ?? {}].map((each) => new Map<string, JsonValue>(Object.entries(each)));
      if (one === undefined || other === undefined || one.size !== other.size) return false;
      return [...one].every(([name, each]) => other.has(name) && this.isSame(each, other.get(name) ?? null, assumed));
    }
    return canonical(sortedNames(key, left)) === canonical(sortedNames(key, right));
  }

  #isSameReference(a: string, b: string, assumed: Set<string>): boolean {
    const pair = `${a} ${b}`;
    if (assumed.has(pair)) return true;
    assumed.add(pair);
    return this.isSame(target(a, this.#old), target(b, this.#now), assumed);
  }

  /** Changes that are not limited to plain keywords, or that can change the meaning of a value. */
  unclearChanges(a: JsonSchema, b: JsonSchema, path: string): string[] {
    return this.#following(a, b, path, (old, now) => {
      const keys = keysOf(old, now).filter((key) => !isAnnotation(key) && !plain.has(key));
      const others = keys.filter((key) => !this.#isSameKeyword(key, old, now));
      return [
        ...others.map((key) => `${path}: \`${key}\` changed`),
        ...wordsThatDiffer(old, now, path),
        ...this.#openObjects(old, now, path),
        ...this.#inner(old, now, path, (x, y, at) => (this.isSame(x, y) ? [] : this.unclearChanges(x, y, at))),
      ];
    });
  }

  wordChanges(a: JsonSchema, b: JsonSchema, path: string): string[] {
    return this.#following(a, b, path, (old, now) => [
      ...wordsThatDiffer(old, now, path),
      ...this.#inner(old, now, path, (x, y, at) => this.wordChanges(x, y, at)),
    ]);
  }

  /** Calls `compare` with the schemas that two references lead to, or with the schemas themselves; once for each pair. */
  #following(
    a: JsonSchema,
    b: JsonSchema,
    path: string,
    compare: (old: SchemaObject, now: SchemaObject) => string[],
  ): string[] {
    const [old, now] = [flattened(a, this.#old), flattened(b, this.#now)];
    if (!isSchemaObject(old) || !isSchemaObject(now)) return old === now ? [] : [`${path}: its schema changed`];
    const hasReference = [a, b].some((each) => isSchemaObject(each) && each.$ref !== undefined);
    const pair = hasReference ? `${canonical(a)} ${canonical(b)}` : '';
    if (this.#listed.has(pair)) return [];
    if (hasReference) this.#listed.add(pair);
    return compare(old, now);
  }

  #openObjects(old: SchemaObject, now: SchemaObject, path: string): string[] {
    const isObject = old.properties !== undefined || now.properties !== undefined;
    if (!isObject || (old.additionalProperties === false && now.additionalProperties === false)) return [];
    const keys = ['properties', 'required', 'additionalProperties'];
    const isChanged = keys.some((key) => !this.#isSameKeyword(key, old, now));
    return isChanged ? [`${path}: it may have other properties, and it changed`] : [];
  }

  #inner(
    old: SchemaObject,
    now: SchemaObject,
    path: string,
    compare: (a: JsonSchema, b: JsonSchema, path: string) => string[],
  ): string[] {
    const [before, after] = [schemaMap(old.properties), schemaMap(now.properties)];
    const properties = Object.entries(after).flatMap(([name, schema]) => {
      if (Object.hasOwn(before, name)) return compare(before[name] ?? true, schema, `${path}.${name}`);
      const isRenamed = isSchemaObject(schema) && schema[renamedFrom] !== undefined;
      const why = path === '$' ? 'it is renamed' : 'only the properties of the payload itself can be renamed';
      return isRenamed ? [`${path}.${name}: ${why}`] : [];
    });
    const [item, other] = [old.items, now.items] as readonly (JsonSchema | undefined)[];
    const items = item === undefined || other === undefined ? [] : compare(item, other, `${path}[*]`);
    return [...properties, ...items];
  }
}

function target(ref: string, definitions: Definitions): JsonSchema {
  return definitions.get(referredName(ref)) ?? true;
}

/** The schema that a reference leads to, with the annotations next to the reference. */
function flattened(schema: JsonSchema, definitions: Definitions): JsonSchema {
  let at = schema;
  let annotations: SchemaObject = {};
  for (let hops = 0; hops < 20 && isSchemaObject(at) && typeof at.$ref === 'string'; hops += 1) {
    const { $ref, ...own } = at;
    // Constraints next to a reference stay: `$ref` is then compared as it is.
    if (!Object.keys(own).every(isAnnotation)) break;
    annotations = { ...own, ...annotations };
    at = target(String($ref), definitions);
  }
  return isSchemaObject(at) ? { ...at, ...annotations } : at;
}

/** The keywords of two schemas, without texts for readers. */
function keysOf(a: SchemaObject, b: SchemaObject): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => !texts.has(key));
}

function sortedNames(key: string, value: JsonValue): JsonValue {
  return key === 'required' ? [...requiredOf({ required: value })].sort() : value;
}

/** Annotations that differ. A default that is new does not count: older data has no default with another meaning. */
function wordsThatDiffer(old: SchemaObject, now: SchemaObject, path: string): string[] {
  const words = keysOf(old, now).filter(isAnnotation);
  return words.flatMap((word) => {
    if (word === 'default' && old.default === undefined) return [];
    const [before, after] = [old[word], now[word]];
    const isSame = before !== undefined && after !== undefined && canonical(before) === canonical(after);
    return isSame ? [] : [`${path}: \`${word}\` changed`];
  });
}
