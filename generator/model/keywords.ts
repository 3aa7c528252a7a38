import { editsBetween, formats } from '@hyvve-events/runtime/codegen';
import type { JsonType } from './json-types.js';

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
  readonly besideRef?: true;
}

const text = { holds: 'none', asserts: true, types: ['string'] } as const;
const number = { holds: 'none', asserts: true, types: ['number', 'integer'] } as const;
const object = { holds: 'none', asserts: true, types: ['object'] } as const;
const list = { holds: 'none', asserts: true, types: ['array'] } as const;
const ofAnyType = { holds: 'none', asserts: true } as const;
const note = { holds: 'none', asserts: false } as const;
const choices = { holds: 'list', asserts: true, sameValue: true } as const;
const condition = { holds: 'schema', asserts: true, sameValue: true, inner: 'hidden' } as const;

/**
 * Every keyword that a schema may have, of JSON Schema from draft 04 to 2020-12, of AsyncAPI and of OpenAPI, in the order
 * of the model.
 */
const table = {
  $ref: { ...ofAnyType, besideRef: true },
  title: { ...note, besideRef: true },
  description: { ...note, besideRef: true },
  externalDocs: note,
  deprecated: { ...note, besideRef: true },
  readOnly: { ...note, besideRef: true },
  writeOnly: { ...note, besideRef: true },
  default: { holds: 'data', asserts: false, besideRef: true },
  examples: { holds: 'data', asserts: false, besideRef: true },
  example: { holds: 'data', asserts: false },
  type: ofAnyType,
  const: { holds: 'data', asserts: true },
  enum: { holds: 'data', asserts: true },
  format: ofAnyType,
  pattern: text,
  minLength: text,
  maxLength: text,
  contentEncoding: note,
  contentMediaType: note,
  multipleOf: number,
  minimum: number,
  exclusiveMinimum: number,
  maximum: number,
  exclusiveMaximum: number,
  required: object,
  properties: { ...object, holds: 'map' },
  patternProperties: { ...object, holds: 'map', word: 'Value' },
  additionalProperties: { ...object, holds: 'schema', word: 'Value' },
  unevaluatedProperties: { ...object, holds: 'schema', word: 'Value', inner: 'hidden', draft2020: true },
  propertyNames: { ...object, holds: 'schema', inner: 'hidden' },
  minProperties: object,
  maxProperties: object,
  dependentRequired: object,
  dependentSchemas: { ...object, holds: 'map', inner: 'hidden', sameValue: true },
  prefixItems: { ...list, holds: 'list', word: 'Item' },
  items: { ...list, holds: 'schema', word: 'Item' },
  unevaluatedItems: { ...list, holds: 'schema', word: 'Item', inner: 'hidden', draft2020: true },
  contains: { ...list, holds: 'schema', inner: 'hidden' },
  minContains: { ...list, draft2020: true },
  maxContains: { ...list, draft2020: true },
  minItems: list,
  maxItems: list,
  uniqueItems: list,
  allOf: { ...choices, inner: 'part' },
  anyOf: choices,
  oneOf: choices,
  not: condition,
  if: condition,
  // biome-ignore lint/suspicious/noThenProperty: the name of a keyword; nothing awaits the table.
  then: condition,
  else: condition,
  $id: { ...note, leftOut: true, besideRef: true },
  id: { ...note, leftOut: true, besideRef: true },
  $schema: { ...note, leftOut: true, besideRef: true },
  $comment: { ...note, leftOut: true, besideRef: true },
  $anchor: { ...note, leftOut: true },
  $dynamicAnchor: { ...note, leftOut: true },
  $recursiveAnchor: { ...note, leftOut: true },
  $vocabulary: { ...note, leftOut: true },
  $defs: { ...note, holds: 'map', leftOut: true, besideRef: true },
  definitions: { ...note, holds: 'map', leftOut: true, besideRef: true },
  xml: { ...note, leftOut: true },
  contentSchema: { ...note, holds: 'schema', leftOut: true },
  $dynamicRef: { ...ofAnyType, leftOut: true },
  $recursiveRef: { ...ofAnyType, leftOut: true },
  nullable: { ...ofAnyType, leftOut: true },
  discriminator: { ...ofAnyType, leftOut: true },
  dependencies: { ...object, holds: 'map', leftOut: true },
  additionalItems: { ...list, holds: 'schema', word: 'Item', leftOut: true },
} as const satisfies Record<string, Keyword>;

const keywords: ReadonlyMap<string, Keyword> = new Map(Object.entries(table));

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
export function isIgnoredBesideRef(keyword: string): boolean {
  return keyword.startsWith('x-') || keywords.get(keyword)?.besideRef === true;
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
