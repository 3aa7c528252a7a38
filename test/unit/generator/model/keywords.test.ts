import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  arrayTypeKeywords,
  boundOf,
  choiceKeywords,
  companionsOf,
  completeKeywords,
  compositionKeywords,
  evaluatingKeywords,
  holds,
  holdsInModel,
  isAnnotation,
  isInModel,
  isKeyword,
  isUnchecked,
  limitKeywords,
  literalKeywords,
  objectTypeKeywords,
  rankOf,
  unnamedPropertyKeywords,
} from '../../../../generator/model/keywords.js';

const ajv = dirname(createRequire(import.meta.url).resolve('ajv/package.json'));
const meta = join(ajv, 'dist/refs/json-schema-2020-12/meta');

/** The properties of a meta schema: the keywords of its vocabulary. */
function keywordsIn(file: string): Record<string, { readonly [keyword: string]: unknown }> {
  return (JSON.parse(readFileSync(join(meta, file), 'utf8')) as { properties: ReturnType<typeof keywordsIn> })
    .properties;
}

describe.each(readdirSync(meta))('vocabulary %s of draft 2020-12', (file) => {
  it.each(Object.keys(keywordsIn(file)))('%s is in the table', (keyword) => {
    expect(isKeyword(keyword)).toBe(true);
  });

  it('the table has the same kinds of values as the meta schema', () => {
    const schema = Object.entries(keywordsIn(file)).map(([keyword, value]) => [keyword, expectedOf(value)] as const);
    const known = schema.filter(([, expected]) => expected !== undefined);
    expect(known.map(([keyword]) => [keyword, holds(keyword)])).toEqual(known);
  });
});

/** The kind of a keyword's value according to the meta schema. */
function expectedOf(value: { readonly [keyword: string]: unknown }): string | undefined {
  const { $dynamicRef, $ref, type, additionalProperties } = value;
  if ($dynamicRef !== undefined) return 'schema';
  if ($ref === '#/$defs/schemaArray') return 'list';
  const isMap = type === 'object' && JSON.stringify(additionalProperties) === '{"$dynamicRef":"#meta"}';
  return isMap ? 'map' : undefined;
}

it('isAnnotation: extensions, and keywords that no data can violate', () => {
  expect(['x-note', 'title', 'default', 'contentMediaType'].every(isAnnotation)).toBe(true);
  expect(['type', 'format', '$ref', 'unknown'].some(isAnnotation)).toBe(false);
});

it('the model: extensions are last, and keywords that it writes with other keywords do not occur', () => {
  expect(['x-a', 'else', 'type', '$ref'].sort((a, b) => rankOf(a) - rankOf(b))).toEqual([
    '$ref',
    'type',
    'else',
    'x-a',
  ]);
  expect(['dependencies', 'additionalItems', 'definitions', 'nullable'].some(isInModel)).toBe(false);
  expect(holdsInModel('dependencies')).toBe('none');
});

it('keywords by their role, in the order of the model', () => {
  expect(compositionKeywords).toEqual(['allOf', 'anyOf', 'oneOf']);
  expect(choiceKeywords).toEqual(['anyOf', 'oneOf']);
  expect(completeKeywords).toEqual(['$ref', 'const', 'enum']);
  expect(objectTypeKeywords).toEqual(['required', 'properties', 'patternProperties', 'additionalProperties']);
  expect(arrayTypeKeywords).toEqual(['prefixItems', 'items']);
  expect(unnamedPropertyKeywords).toEqual(['patternProperties', 'additionalProperties', 'unevaluatedProperties']);
  expect(evaluatingKeywords).toEqual(['additionalProperties', 'dependentSchemas', 'if', 'then', 'else']);
  expect(literalKeywords).toEqual([
    ...['propertyNames', 'dependentRequired', 'dependentSchemas', 'unevaluatedItems'],
    ...['contains', 'minContains', 'maxContains', 'not', 'if', 'then', 'else'],
  ]);
});

it('limits: each type has its own, with their direction', () => {
  const limits = (['number', 'string', 'array', 'object', 'boolean'] as const).map((type) =>
    limitKeywords(type).map((keyword) => `${keyword} ${boundOf(keyword) ?? '-'}`),
  );
  expect(limits).toEqual([
    [...['multipleOf -', 'minimum lower', 'exclusiveMinimum lower'], ...['maximum upper', 'exclusiveMaximum upper']],
    ['minLength lower', 'maxLength upper'],
    ['minItems lower', 'maxItems upper', 'uniqueItems -'],
    ['minProperties lower', 'maxProperties upper'],
    [],
  ]);
});

it('keywords without effect or check', () => {
  expect(companionsOf('then')).toEqual(['if']);
  expect(companionsOf('type')).toBeUndefined();
  expect(['contentEncoding', 'contentSchema', 'format'].map(isUnchecked)).toEqual([true, true, false]);
});
