import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { isExactInJson } from '../../../../generator/support/exact-json.js';

const twice = { a: 1 };
const sparse = [1];
sparse[2] = 3;

it.each([
  [true, { a: [1, -2.5, 1e300, 'x\ud800', true, null, { b: {} }] }],
  [true, JSON.parse('{"__proto__": 1, "constructor": [2]}')],
  [false, { a: Number.NaN }],
  [false, [Number.POSITIVE_INFINITY]],
  [false, -0],
  [false, { a: undefined }],
  [false, sparse],
  [false, 1n],
  [false, new Date(0)],
  [false, new Map()],
  [false, Object.create({ a: 1 })],
  [false, { toJSON: () => 1 }],
  [false, [twice, twice]],
])('%s: %o', (expected, value) => {
  expect(isExactInJson(value)).toBe(expected);
  if (expected) expect(isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value)).toBe(true);
});
