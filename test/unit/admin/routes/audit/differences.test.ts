import { expect, it } from 'vitest';
import { differencesOf } from '../../../../../admin/routes/audit/differences.js';

it.each([
  [{ a: 1 }, { a: 1 }, []],
  [{ a: 1, b: [1, 2] }, { a: 2, b: [1, 3, 4] }, ['$.a', '$.b[1]', '$.b[2]']],
  [{ 'a b': null }, {}, ['$["a b"]']],
  [[], {}, ['$']],
  [1, { a: 1 }, ['$']],
])('differencesOf(%j, %j): returns the paths of all differences', (before, after, paths) => {
  expect(differencesOf(before, after).map(({ path }) => path)).toEqual(paths);
});
