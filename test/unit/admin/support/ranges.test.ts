import { expect, it } from 'vitest';
import { listOf, rangesOf } from '../../../../admin/support/ranges.js';

it.each([
  [[], ''],
  [[3], '3'],
  [[0, 1], '0, 1'],
  [[0, 4, 5, 6, 7, 9], '0, 4–7, 9'],
])('%j is %s', (indexes, text) => {
  expect(listOf(indexes)).toBe(text);
});

it('adjacent ranges of slots are joined', () => {
  const slots = [
    { from: 0, to: 99 },
    { from: 100, to: 199 },
    { from: 300, to: 300 },
  ];
  expect(rangesOf(slots)).toEqual(['0–199', '300']);
});
