import type { JsonSchema, JsonValue } from '../model/event-model.js';
import { isSchema } from '../model/json-schema.js';
import {
  arrayTypeKeywords,
  choiceKeywords,
  completeKeywords,
  compositionKeywords,
  holds,
  innerOf,
  isAnnotation,
  isInModel,
  objectTypeKeywords,
  rankOf,
} from '../model/keywords.js';
import { type DocumentStore, fieldsOf, type NodeRef, refOf } from '../source/document-store.js';
import { pascalCase } from '../support/names.js';
import { compare } from '../support/values.js';
import { checkKeywords } from './check-keywords.js';
import { discriminated, reportIdle, reportUnchecked } from './discriminators.js';
import type { Warning } from './schema-finding.js';

/** Callbacks of the schema collector that {@link normaliseSchema} uses. */
export interface NormaliseContext {
  readonly store: DocumentStore;
  /**
   * Normalises an inner schema.
   * @param words Candidate path segments for its name; the first free one is used.
   * @param kind `part` if its properties belong to the enclosing schema, `hidden` if it does not appear in a type.
   * @param implied The type that the enclosing schema requires of an alternative.
   */
  readonly inner: (at: NodeRef, words: readonly string[], kind: InnerKind, implied?: JsonValue) => JsonSchema;
  /** The target of a schema's `$ref`: its place, until every schema has its name. */
  readonly reference: (at: NodeRef) => string | undefined;
  readonly warn: (...warning: Warning) => void;
}

export type InnerKind = 'named' | 'part' | 'hidden';

/**
 * Converts a schema of any draft from 04 to 2020-12 to the vocabulary of 2020-12. The order of its keywords and properties
 * does not depend on the order in the catalog.
 * @param kind The role of the schema in the enclosing schema. `hidden` also applies to everything inside it.
 * @param implied The type that the enclosing schema requires of an alternative.
 */
export function normaliseSchema(
  at: NodeRef,
  kind: InnerKind,
  context: NormaliseContext,
  implied?: JsonValue,
): JsonSchema {
  if (typeof at.value === 'boolean') return at.value;
  const fields = fieldsOf(at.value);
  const result = keywordsOf(at, kind, context, fields.type ?? implied);
  const discriminators = {
    ...context,
    warn: (...[where, message, hint]: Warning) => context.warn(where, message, hint, 'KEYWORD_IDLE'),
  };
  checkKeywords(at, context.store, context.warn);
  for (const inner of valuesOf(at, context.store)) reportUnchecked(inner, discriminators);
  const reference = context.reference(at);
  if (reference !== undefined) result.set('$ref', reference);
  olderRanges(result);
  for (const keyword of choiceKeywords) {
    const branches = result.get(keyword);
    if (Array.isArray(branches)) result.set(keyword, discriminated(at, keyword, branches, discriminators));
  }
  reportIdle(at, discriminators);
  if (implied !== undefined && !result.has('type') && needsType(result)) result.set('type', implied);
  const nullable = fields.nullable === true ? withNull(at, result, context) : result;
  return Object.fromEntries([...ordered(nullable)]);
}

/** The keywords of a schema, each in the vocabulary of 2020-12. @param type The type of the schema. */
function keywordsOf(
  at: NodeRef,
  kind: InnerKind,
  context: NormaliseContext,
  type: JsonValue | undefined,
): Map<string, JsonValue> {
  const result = new Map<string, JsonValue>();
  const fields = fieldsOf(at.value);
  for (const keyword of Object.keys(fields)) {
    const here = context.store.child(at, keyword);
    if (here === undefined) continue;
    const { kind: own, word = pascalCase(keyword) } = innerOf(keyword);
    const inner = lower(own, kind);
    const held = holds(keyword);
    if (held === 'map' && isInModel(keyword)) result.set(keyword, mapOf(here, keyword, inner, context));
    else if (keyword === 'items' && Array.isArray(here.value))
      result.set('prefixItems', listOf(here, 'prefixItems', inner, context));
    else if (held === 'list' && Array.isArray(here.value))
      result.set(keyword, listOf(here, keyword, inner, context, keyword === 'prefixItems' ? undefined : type));
    else if (held === 'schema' && isSchema(here.value)) {
      if (isInModel(keyword)) result.set(keyword, context.inner(here, [word], inner));
      else if (keyword === 'additionalItems' && Array.isArray(fields.items))
        result.set('items', context.inner(here, [word], inner));
    } else if (keyword === 'dependencies') dependencies(here, result, context);
    else if (keyword === 'pattern') {
      if (isPattern(here, String(here.value), context)) result.set(keyword, here.value as JsonValue);
    } else if (isInModel(keyword) && keyword !== '$ref') {
      result.set(keyword, sortedData(here.value as JsonValue));
    }
  }
  return result;
}

/** Schemas of properties and items. */
function valuesOf(at: NodeRef, store: DocumentStore): NodeRef[] {
  const { properties } = fieldsOf(at.value);
  const own = Object.keys(fieldsOf(properties)).flatMap((name) => store.child(at, 'properties', name) ?? []);
  return [...own, ...['items', 'additionalProperties'].flatMap((keyword) => store.child(at, keyword) ?? [])];
}

function lower(own: InnerKind, around: InnerKind): InnerKind {
  return around === 'hidden' ? 'hidden' : own;
}

/** Whether a schema has keywords of objects or arrays, so that its TypeScript type depends on `type`. */
function needsType(result: ReadonlyMap<string, JsonValue>): boolean {
  const has = (keyword: string) => result.has(keyword);
  return [...objectTypeKeywords, ...arrayTypeKeywords].some(has) && !completeKeywords.some(has);
}

/** Schemas by name. The mapping itself may be a reference. */
function mapOf(here: NodeRef, keyword: string, kind: InnerKind, context: NormaliseContext): JsonValue {
  const map = refOf(here.value) === undefined ? here : context.store.follow(here);
  const entries = Object.keys(fieldsOf(map.value)).flatMap((name): [string, JsonValue][] => {
    const at = context.store.child(map, name);
    if (at === undefined || (keyword === 'patternProperties' && !isPattern(at, name, context))) return [];
    const word = pascalCase(name) || 'Property';
    return [[name, context.inner(at, [keyword === 'patternProperties' ? 'Value' : word], kind)]];
  });
  return Object.fromEntries(entries) as JsonValue;
}

function listOf(
  here: NodeRef,
  keyword: string,
  kind: InnerKind,
  context: NormaliseContext,
  implied?: JsonValue,
): JsonValue {
  const list = here.value as readonly unknown[];
  return list.map((_, index) => {
    const at = context.store.child(here, String(index)) ?? here;
    const byPlace = `${keyword === 'prefixItems' ? 'Item' : pascalCase(keyword)}${index + 1}`;
    return context.inner(at, [...branchWords(at), byPlace], kind, implied);
  });
}

/** Name of a branch: from its title, or from a property with a single value. */
function branchWords({ value }: NodeRef): string[] {
  const { title, properties } = fieldsOf(value);
  const words = typeof title === 'string' && title.length <= 40 ? [pascalCase(title)] : [];
  for (const property of Object.values(fieldsOf(properties))) {
    const { const: only, enum: choices } = fieldsOf(property);
    const tag = only ?? (Array.isArray(choices) && choices.length === 1 ? choices[0] : undefined);
    if (typeof tag === 'string' && tag.length <= 40) words.push(pascalCase(tag));
  }
  return words.filter((word) => word !== '' && !word.startsWith('_')).slice(0, 1);
}

/** Whether JavaScript supports a pattern. An unsupported pattern, such as `(?i)`, is omitted with a warning. */
function isPattern(at: NodeRef, pattern: string, context: NormaliseContext): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    const message = `the pattern ${JSON.stringify(pattern)} is not a JavaScript regular expression; it is not checked`;
    context.warn(at, message, 'write it in the syntax of ECMA-262, which JSON Schema requires');
    return false;
  }
}

function dependencies(here: NodeRef, result: Map<string, JsonValue>, context: NormaliseContext): void {
  const required: [string, JsonValue][] = [];
  const schemas: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(fieldsOf(here.value))) {
    const at = context.store.child(here, name) ?? here;
    if (Array.isArray(value)) required.push([name, value as JsonValue]);
    else if (typeof value === 'string') required.push([name, [value]]);
    else schemas.push([name, context.inner(at, [pascalCase(name)], 'hidden')]);
  }
  const add = (keyword: string, entries: [string, JsonValue][]) => {
    if (entries.length === 0) return;
    result.set(keyword, Object.fromEntries([...entries, ...Object.entries(fieldsOf(result.get(keyword)))]));
  };
  add('dependentRequired', required);
  add('dependentSchemas', schemas);
}

/** Converts ranges of drafts before 06, where `exclusiveMinimum: true` modifies `minimum`. */
function olderRanges(result: Map<string, JsonValue>): void {
  for (const bound of ['minimum', 'maximum'] as const) {
    const keyword = bound === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
    const exclusive = result.get(keyword);
    if (typeof exclusive !== 'boolean') continue;
    const limit = result.get(bound);
    result.delete(keyword);
    if (!exclusive || limit === undefined) continue;
    result.delete(bound);
    result.set(keyword, limit);
  }
}

/** Converts OpenAPI's `nullable`. */
function withNull(at: NodeRef, result: Map<string, JsonValue>, { warn }: NormaliseContext): Map<string, JsonValue> {
  const type = result.get('type');
  const values = result.has('const') ? [result.get('const')] : result.get('enum');
  if (Array.isArray(values) && !values.includes(null)) {
    warn(at, '`nullable` has no effect here: the values do not include null', 'add null to `enum`', 'KEYWORD_IDLE');
  }
  const isComposed = ['$ref', ...compositionKeywords].some((keyword) => result.has(keyword));
  if (!isComposed && (typeof type === 'string' || Array.isArray(type))) {
    return result.set('type', [...new Set([...(Array.isArray(type) ? type : [type]), 'null'])] as JsonValue);
  }
  if (!isComposed) {
    if (type === undefined && !Array.isArray(values)) {
      warn(at, '`nullable` has no effect here: without a type, null is allowed', 'add a `type`', 'KEYWORD_IDLE');
    }
    return result;
  }
  const annotations = [...result].filter(([keyword]) => isAnnotation(keyword));
  const rest = new Map([...result].filter(([keyword]) => !isAnnotation(keyword)));
  return new Map<string, JsonValue>([...annotations, ['anyOf', [Object.fromEntries(ordered(rest)), { type: 'null' }]]]);
}

/** Sorts keywords in the order of the model, and properties in the order of `required`, then by name. */
function ordered(result: Map<string, JsonValue>): [string, JsonValue][] {
  const required = result.get('required');
  const first = Array.isArray(required) ? required : [];
  const place = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length);
  const sorted = (value: JsonValue, order: (a: string, b: string) => number) =>
    Object.fromEntries(Object.entries(fieldsOf(value)).sort(([a], [b]) => order(a, b))) as JsonValue;
  return [...result]
    .map(([keyword, value]): [string, JsonValue] => {
      if (keyword === 'properties') return [keyword, sorted(value, (a, b) => place(a) - place(b) || compare(a, b))];
      return holds(keyword) === 'map' ? [keyword, sorted(value, compare)] : [keyword, value];
    })
    .sort(([a], [b]) => rankOf(a) - rankOf(b) || compare(a, b));
}

/** Data with its properties sorted by name, so that their order does not depend on the catalog. */
export function sortedData(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortedData);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sortedData(inner as JsonValue)])) as JsonValue;
}
