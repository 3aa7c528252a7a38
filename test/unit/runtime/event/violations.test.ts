import { describe, expect, it } from 'vitest';
import { jsonPath, violationsOf } from '../../../../runtime/event/violations.js';

describe('jsonPath', () => {
  it.each([
    ['', '$'],
    ['/itemId', '$.itemId'],
    ['/a/0/weird name', '$.a[0]["weird name"]'],
    ['/items/12/$ref', '$.items[12].$ref'],
    ['/a~1b/c~0d', '$["a/b"]["c~d"]'],
    ['/~01', '$["~1"]'],
    ['/', '$[""]'],
    ['/quote"d', '$["quote\\"d"]'],
    ['/größe', '$["größe"]'],
  ])('%s is %s', (pointer, path) => {
    expect(jsonPath(pointer)).toBe(path);
  });
});

describe('violationsOf', () => {
  const at = (keyword: string, params: Record<string, unknown>, message?: string) => [
    { instancePath: '/a', schemaPath: '#', keyword, params, ...(message === undefined ? {} : { message }) },
  ];

  it.each([
    ['additionalProperties', { additionalProperty: 'extra' }, 'must not have the property "extra"'],
    ['unevaluatedProperties', { unevaluatedProperty: 'extra' }, 'must not have the property "extra"'],
    ['enum', { allowedValues: ['low', 3, null] }, 'must be one of "low", 3, null'],
    ['const', { allowedValue: 'x' }, 'must be "x"'],
  ])('%s: the message names the requirement', (keyword, params, message) => {
    expect(violationsOf(at(keyword, params, 'a vague text'))).toEqual([{ path: '$.a', message }]);
  });

  it('other keywords: the message of the validator is used', () => {
    expect(violationsOf(at('minimum', { limit: 0 }, 'must be >= 0'))).toEqual([
      { path: '$.a', message: 'must be >= 0' },
    ]);
    expect(violationsOf(at('custom', {}))).toEqual([{ path: '$.a', message: 'breaks custom' }]);
  });
});
