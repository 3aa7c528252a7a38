import { editsBetween, formats } from '@hyvve-events/runtime/codegen';
import type { JsonType } from './json-schema.js';

interface Keyword {
  /** Types of the values that it says something of; absent where it is of any. */
  readonly types?: readonly JsonType[];
  /** Whether it only describes, and nothing is checked. */
  readonly describes?: true;
}

const any: Keyword = {};
const note: Keyword = { describes: true };
const ofText: Keyword = { types: ['string'] };
const ofNumber: Keyword = { types: ['number', 'integer'] };
const ofObject: Keyword = { types: ['object'] };
const ofList: Keyword = { types: ['array'] };

/** Every keyword that a schema may have: those of JSON Schema from draft 04 to 2020-12, of AsyncAPI and of OpenAPI. */
const keywords: ReadonlyMap<string, Keyword> = new Map(
  Object.entries({
    ...{
      $id: note,
      id: note,
      $schema: note,
      $comment: note,
      $anchor: note,
      $dynamicAnchor: note,
      $recursiveAnchor: note,
    },
    ...{ $vocabulary: note, $defs: note, definitions: note, title: note, description: note, default: note },
    ...{
      examples: note,
      example: note,
      deprecated: note,
      readOnly: note,
      writeOnly: note,
      externalDocs: note,
      xml: note,
    },
    ...{ contentEncoding: note, contentMediaType: note, contentSchema: note },
    ...{ $ref: any, $dynamicRef: any, $recursiveRef: any, type: any, const: any, enum: any, nullable: any },
    ...Object.fromEntries(['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'].map((word) => [word, any])),
    ...{ discriminator: any, format: any },
    ...{ pattern: ofText, minLength: ofText, maxLength: ofText },
    ...{ multipleOf: ofNumber, minimum: ofNumber, maximum: ofNumber },
    ...{ exclusiveMinimum: ofNumber, exclusiveMaximum: ofNumber },
    ...{ required: ofObject, properties: ofObject, patternProperties: ofObject, additionalProperties: ofObject },
    ...{ unevaluatedProperties: ofObject, propertyNames: ofObject, minProperties: ofObject, maxProperties: ofObject },
    ...{ dependencies: ofObject, dependentRequired: ofObject, dependentSchemas: ofObject },
    ...{ prefixItems: ofList, items: ofList, additionalItems: ofList, unevaluatedItems: ofList, contains: ofList },
    ...{ minContains: ofList, maxContains: ofList, minItems: ofList, maxItems: ofList, uniqueItems: ofList },
  }),
);

/** Whether a schema may have a keyword: one that is known, or one of the catalog's own (`x-…`). */
export function isKeyword(word: string): boolean {
  return keywords.has(word) || word.startsWith('x-');
}

/** Whether a keyword is checked in data, where its schema's type lets it. */
export function isChecked(word: string): boolean {
  return keywords.has(word) && keywords.get(word)?.describes !== true;
}

/** Whether a keyword says something of values of one of the types. @param value What the keyword has. */
export function concerns(word: string, value: unknown, types: readonly string[]): boolean {
  const known = word === 'format' ? typesOfFormat(value) : keywords.get(word)?.types;
  return known === undefined || known.some((type) => types.includes(type));
}

function typesOfFormat(format: unknown): readonly JsonType[] | undefined {
  const check = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
  return check && (check.type === 'string' ? ['string'] : ['number', 'integer']);
}

/** Formats of OpenAPI that say how a value is shown or stored, and nothing of what is valid. */
const notes = ['float', 'double', 'password', 'binary'];

/** Whether it is known what a format means. */
export function isKnownFormat(format: string): boolean {
  return Object.hasOwn(formats, format) || notes.includes(format);
}

/** The keyword that a word which is none may stand for; undefined where none is near. @param types Those of its schema. */
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
