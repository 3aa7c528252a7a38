import { editsBetween, formats } from '@hyvve-events/runtime/codegen';
import { nearestWord } from '../support/nearest.js';
import { type JsonType, jsonTypes } from './json-types.js';

/** The properties of a JSON Schema keyword. */
interface Keyword {
  /** The kind of its value: a schema, a list of schemas, a map of schemas, data that is not a schema, or anything else. */
  readonly holds: 'schema' | 'list' | 'map' | 'data' | 'none';
  /** Whether data can violate it. Other keywords are annotations, or name the schema. */
  readonly asserts: boolean;
  /** Types of the values that it constrains; absent if it constrains values of every type. */
  readonly types?: readonly JsonType[];
  /** Whether its schemas apply to the same value as the enclosing schema. */
  readonly sameValue?: true;
  /**
   * The relation of its schemas to the enclosing schema: `part` if their properties belong to the enclosing schema, `hidden`
   * if no type shows them. Default: they get their own name if they need one.
   */
  readonly inner?: 'part' | 'hidden';
  /** The word for names of its schemas. Default: the keyword. */
  readonly word?: string;
  /** Whether draft 07 cannot express it. */
  readonly draft2020?: true;
  /** Whether the model leaves it out, because it is written with another keyword, resolved, or not supported. */
  readonly leftOut?: true;
  /** Whether a schema with a `$ref` and this keyword is still only a reference. */
  readonly nextToRef?: true;
  /** Whether it can describe the complete value, so that its schema needs no other keyword. */
  readonly complete?: true;
  /** Whether the TypeScript type of an object or an array depends on it. */
  readonly inType?: true;
  /** Whether it describes properties that `properties` does not name. */
  readonly unnamed?: true;
  /**
   * How a shape (`shape.ts`) contains it: as a lower limit, an upper limit, another limit, or unchanged. Absent: in a separate
   * field, or not at all.
   */
  readonly inShape?: 'lower' | 'upper' | 'limit' | 'literal';
  /** Whether it can evaluate properties that a shape does not list. */
  readonly evaluates?: true;
  /** Keywords of which the schema must have one: otherwise this keyword has no effect. */
  readonly needs?: readonly string[];
  /** Whether it restricts values, but validators do not check it. */
  readonly unchecked?: true;
}

const text = { holds: 'none', asserts: true, types: ['string'] } as const;
const number = { holds: 'none', asserts: true, types: ['number', 'integer'] } as const;
const object = { holds: 'none', asserts: true, types: ['object'] } as const;
const list = { holds: 'none', asserts: true, types: ['array'] } as const;
const lower = { inShape: 'lower' } as const;
const upper = { inShape: 'upper' } as const;
const limit = { inShape: 'limit' } as const;
const literal = { inShape: 'literal' } as const;
const ofAnyType = { holds: 'none', asserts: true } as const;
const note = { holds: 'none', asserts: false } as const;
const choices = { holds: 'list', asserts: true, sameValue: true } as const;
const condition = { holds: 'schema', asserts: true, sameValue: true, inner: 'hidden', ...literal } as const;

/**
 * Every keyword that a schema may have, of JSON Schema from draft 04 to 2020-12, of AsyncAPI and of OpenAPI, in the order
 * of the model.
 */
const table = {
  $ref: { ...ofAnyType, nextToRef: true, complete: true },
  title: { ...note, nextToRef: true },
  description: { ...note, nextToRef: true },
  externalDocs: note,
  deprecated: { ...note, nextToRef: true },
  readOnly: { ...note, nextToRef: true },
  writeOnly: { ...note, nextToRef: true },
  default: { holds: 'data', asserts: false, nextToRef: true },
  examples: { holds: 'data', asserts: false, nextToRef: true },
  example: { holds: 'data', asserts: false },
  type: ofAnyType,
  const: { holds: 'data', asserts: true, complete: true },
  enum: { holds: 'data', asserts: true, complete: true },
  format: ofAnyType,
  pattern: text,
  minLength: { ...text, ...lower },
  maxLength: { ...text, ...upper },
  contentEncoding: { ...note, unchecked: true },
  contentMediaType: { ...note, unchecked: true },
  multipleOf: { ...number, ...limit },
  minimum: { ...number, ...lower },
  exclusiveMinimum: { ...number, ...lower },
  maximum: { ...number, ...upper },
  exclusiveMaximum: { ...number, ...upper },
  required: { ...object, inType: true },
  properties: { ...object, holds: 'map', inType: true },
  patternProperties: { ...object, holds: 'map', word: 'Value', inType: true, unnamed: true },
  additionalProperties: { ...object, holds: 'schema', word: 'Value', inType: true, unnamed: true, evaluates: true },
  unevaluatedProperties: {
    ...object,
    holds: 'schema',
    word: 'Value',
    inner: 'hidden',
    draft2020: true,
    unnamed: true,
  },
  propertyNames: { ...object, ...literal, holds: 'schema', inner: 'hidden' },
  minProperties: { ...object, ...lower },
  maxProperties: { ...object, ...upper },
  dependentRequired: { ...object, ...literal },
  dependentSchemas: { ...object, ...literal, holds: 'map', inner: 'hidden', sameValue: true, evaluates: true },
  prefixItems: { ...list, holds: 'list', word: 'Item', inType: true },
  items: { ...list, holds: 'schema', word: 'Item', inType: true },
  unevaluatedItems: { ...list, ...literal, holds: 'schema', word: 'Item', inner: 'hidden', draft2020: true },
  contains: { ...list, ...literal, holds: 'schema', inner: 'hidden' },
  minContains: { ...list, ...literal, draft2020: true, needs: ['contains'] },
  maxContains: { ...list, ...literal, draft2020: true, needs: ['contains'] },
  minItems: { ...list, ...lower },
  maxItems: { ...list, ...upper },
  uniqueItems: { ...list, ...limit },
  allOf: { ...choices, inner: 'part' },
  anyOf: choices,
  oneOf: choices,
  not: condition,
  if: { ...condition, evaluates: true, needs: ['then', 'else', 'unevaluatedProperties', 'unevaluatedItems'] },
  // biome-ignore lint/suspicious/noThenProperty: the name of a keyword; nothing awaits the table.
  then: { ...condition, evaluates: true, needs: ['if'] },
  else: { ...condition, evaluates: true, needs: ['if'] },
  $id: { ...note, leftOut: true, nextToRef: true },
  id: { ...note, leftOut: true, nextToRef: true },
  $schema: { ...note, leftOut: true, nextToRef: true },
  $comment: { ...note, leftOut: true, nextToRef: true },
  $anchor: { ...note, leftOut: true },
  $dynamicAnchor: { ...note, leftOut: true },
  $recursiveAnchor: { ...note, leftOut: true },
  $vocabulary: { ...note, leftOut: true },
  $defs: { ...note, holds: 'map', leftOut: true, nextToRef: true },
  definitions: { ...note, holds: 'map', leftOut: true, nextToRef: true },
  xml: { ...note, leftOut: true },
  contentSchema: { ...note, holds: 'schema', leftOut: true, unchecked: true },
  $dynamicRef: { ...ofAnyType, leftOut: true },
  $recursiveRef: { ...ofAnyType, leftOut: true },
  nullable: { ...ofAnyType, leftOut: true },
  discriminator: { ...ofAnyType, leftOut: true },
  dependencies: { ...object, holds: 'map', leftOut: true },
  additionalItems: { ...list, holds: 'schema', word: 'Item', leftOut: true },
} as const satisfies Record<string, Keyword>;

const keywords: ReadonlyMap<string, Keyword> = new Map(Object.entries(table));

/**
 * Set on a property or its schema: `true` for personal data that may be in events, `false` if only the name resembles
 * personal data.
 */
export const personalDataMark = 'x-personal-data';

/** Set on a property: its name in the previous major version. */
export const renamedFrom = 'x-renamed-from';

/** The extension of this generator that is probably meant by a misspelt one; undefined if the word is another extension. */
export function nearestExtension(word: string): string | undefined {
  const own = [personalDataMark, renamedFrom];
  return word.startsWith('x-') && !own.includes(word) ? nearestWord(word, own) : undefined;
}

/** The keywords with a property, in the order of the model. */
function keywordsWhere(has: (keyword: Keyword) => boolean): readonly string[] {
  return [...keywords].flatMap(([name, keyword]) => (has(keyword) ? [name] : []));
}

/** `allOf` and the choices: lists of schemas for the same value. */
export const compositionKeywords = keywordsWhere(({ holds: kind, sameValue }) => kind === 'list' && sameValue === true);

/** `anyOf` and `oneOf`. */
export const choiceKeywords = compositionKeywords.filter((keyword) => keywords.get(keyword)?.inner !== 'part');

/** Keywords that can describe the complete value: `$ref`, `const`, `enum`. */
export const completeKeywords = keywordsWhere(({ complete }) => complete === true);

/** Keywords of objects on which the TypeScript type depends. */
export const objectTypeKeywords = keywordsWhere(({ inType, types }) => inType === true && types?.[0] === 'object');

/** Keywords of arrays on which the TypeScript type depends. */
export const arrayTypeKeywords = keywordsWhere(({ inType, types }) => inType === true && types?.[0] === 'array');

/** Keywords that describe properties without naming them. */
export const unnamedPropertyKeywords = keywordsWhere(({ unnamed }) => unnamed === true);

/** Keywords that shapes contain unchanged, and that are compared literally. */
export const literalKeywords = keywordsWhere(({ inShape }) => inShape === 'literal');

/** Keywords that can evaluate properties that a shape does not list. */
export const evaluatingKeywords = keywordsWhere(({ evaluates }) => evaluates === true);

const limits: ReadonlyMap<JsonType, readonly string[]> = new Map(
  jsonTypes.map((type) => [
    type,
    keywordsWhere(({ types, inShape }) => types?.includes(type) === true && !['literal', undefined].includes(inShape)),
  ]),
);

/** The keywords that limit the values of a type by a number, or by a flag such as `uniqueItems`. */
export function limitKeywords(type: JsonType): readonly string[] {
  return limits.get(type) ?? [];
}

/** Whether a larger value of a keyword accepts fewer values (`lower`) or more (`upper`); undefined for other keywords. */
export function boundOf(keyword: string): 'lower' | 'upper' | undefined {
  const inShape = keywords.get(keyword)?.inShape;
  return inShape === 'lower' || inShape === 'upper' ? inShape : undefined;
}

/** The keywords of which a schema must have one for this keyword to have an effect; undefined if it needs none. */
export function companionsOf(keyword: string): readonly string[] | undefined {
  return keywords.get(keyword)?.needs;
}

/** Whether a keyword restricts values, but validators do not check it. */
export function isUnchecked(keyword: string): boolean {
  return keywords.get(keyword)?.unchecked === true;
}

const ranks: ReadonlyMap<string, number> = new Map([...keywords.keys()].map((keyword, index) => [keyword, index]));

/** The kind of a keyword's value, including keywords that only occur in catalogs. */
export function holds(keyword: string): Keyword['holds'] {
  return keywords.get(keyword)?.holds ?? 'none';
}

/** The kind of a keyword's value in a schema of the model. */
export function holdsInModel(keyword: string): Keyword['holds'] {
  return isInModel(keyword) ? holds(keyword) : 'none';
}

/** Whether schemas of the model may have a keyword. */
export function isInModel(keyword: string): boolean {
  const known = keywords.get(keyword);
  return known === undefined ? keyword.startsWith('x-') : known.leftOut !== true;
}

/** The position of a keyword in a schema of the model. Extensions (`x-…`) come last. */
export function rankOf(keyword: string): number {
  return ranks.get(keyword) ?? ranks.size;
}

/** Whether a keyword is an annotation, which no data can violate: `title`, `default`, `x-…`. */
export function isAnnotation(keyword: string): boolean {
  return keyword.startsWith('x-') || keywords.get(keyword)?.asserts === false;
}

/** Whether the schemas of a keyword apply to the same value as the enclosing schema. */
export function isSameValue(keyword: string): boolean {
  return keywords.get(keyword)?.sameValue === true;
}

/** Whether draft 07 cannot express a keyword. */
export function needsDraft2020Keyword(keyword: string): boolean {
  return keywords.get(keyword)?.draft2020 === true;
}

/** Whether a schema with a `$ref` and this keyword is still only a reference. */
export function isIgnoredNextToRef(keyword: string): boolean {
  return keyword.startsWith('x-') || keywords.get(keyword)?.nextToRef === true;
}

/** How a schema within a keyword is named and shown. `word` is undefined if the keyword itself names it. */
export function innerOf(keyword: string): {
  readonly kind: 'named' | 'part' | 'hidden';
  readonly word: string | undefined;
} {
  const known = keywords.get(keyword);
  return { kind: known?.inner ?? 'named', word: known?.word };
}

/** Whether a schema may have a keyword: a known keyword, or an extension (`x-…`). */
export function isKeyword(word: string): boolean {
  return keywords.has(word) || word.startsWith('x-');
}

/** Whether validators check a keyword, if the type of its schema allows that. */
export function isChecked(word: string): boolean {
  return keywords.get(word)?.asserts === true;
}

/** Whether a keyword constrains values of one of the types. @param value The value of the keyword. */
export function concerns(word: string, value: unknown, types: readonly string[]): boolean {
  const known = word === 'format' ? typesOfFormat(value) : keywords.get(word)?.types;
  return known === undefined || known.some((type) => types.includes(type));
}

function typesOfFormat(format: unknown): readonly JsonType[] | undefined {
  const check = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
  return check && (check.type === 'string' ? ['string'] : ['number', 'integer']);
}

/** Formats of OpenAPI that describe how a value is shown or stored, and do not constrain it. */
const notes = ['float', 'double', 'password', 'binary'];

/** Whether a format is known. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(formats, format) || notes.includes(format);
}

/** The keyword that is probably meant by an unknown one; undefined if none is similar. @param types The types of its schema. */
export function nearestKeyword(word: string, types: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const near = [...keywords.keys()].flatMap((keyword) => {
    const fits = types.length === 0 || concerns(keyword, undefined, types) ? 0 : 0.5;
    const other = keyword.toLowerCase();
    const isPart = lower.length >= 3 && (other.startsWith(lower) || lower.startsWith(other));
    const edits = editsBetween(lower, other);
    if (edits > Math.max(1, Math.floor(keyword.length / 4)) && !isPart) return [];
    return [{ keyword, distance: (isPart ? Math.min(edits, 2) : edits) + fits }];
  });
  return near.sort((a, b) => a.distance - b.distance || a.keyword.length - b.keyword.length)[0]?.keyword;
}
