import { expect, it } from 'vitest';
import {
  decimalOf,
  isEqual,
  isMultipleOf,
  isMultipleOfDecimal,
  patternOf,
  repeatedItems,
  textLength,
} from '../../../../runtime/validation/values.js';

it('textLength: counts characters, not code units', () => {
  expect(['', 'abc', 'é', '😀😀'].map(textLength)).toEqual([0, 3, 1, 2]);
});

it.each([
  [1, 1, true],
  ['1', 1, false],
  [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: undefined }, { b: undefined }, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [Number.NaN, Number.NaN, true],
])('isEqual: %j and %j: %j', (a, b, expected) => {
  expect(isEqual(a, b)).toBe(expected);
});

it.each([
  [8.7, 0.01, true],
  [8.705, 0.01, false],
  [1e21, 7, false],
  [0.3, 0.1, true],
  [5, 0, false],
  [Number.POSITIVE_INFINITY, 1, false],
])('isMultipleOf: %d of %d: %j', (value, step, expected) => {
  expect(isMultipleOf(value, step)).toBe(expected);
});

it('isMultipleOfDecimal: agrees with isMultipleOf', () => {
  for (const value of [0, 8.7, -8.7, 8.705, 1e15, 123456789012345.67]) {
    expect(isMultipleOfDecimal(value, 1, 100), String(value)).toBe(isMultipleOf(value, 0.01));
  }
});

it('decimalOf: digits and the power of ten that divides them', () => {
  expect(decimalOf(-1.25)).toEqual({ digits: -125n, scale: 100n });
  expect(decimalOf(2e21)).toEqual({ digits: 2n * 10n ** 21n, scale: 1n });
});

it('patternOf: has the flag u if the pattern is valid with it', () => {
  expect([patternOf('\\p{L}').flags, patternOf('[\\w-.]').flags]).toEqual(['u', '']);
  expect(() => patternOf('(')).toThrow(SyntaxError);
});

it.each([
  [[1, '1', null, 'null', [1], { a: 1 }], undefined],
  [
    [1, 2, 1],
    [2, 0],
  ],
  [
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [1, 0],
  ],
  [
    [
      [1, 2],
      [2, 1],
      [1, 2],
    ],
    [2, 0],
  ],
])('repeatedItems: %j: %j', (items, expected) => {
  expect(repeatedItems(items)).toEqual(expected);
});
