import { expect, it } from 'vitest';
import { sumByVersion, totalOf } from '../../../../runtime/event/parked-version.js';

const one = (version: string, count: number, type = 'a.b.c') => ({ type, version, count });

it('counts of several handlers are added up by version, the largest first, without empty sets', () => {
  const counts = [one('2.0.0', 1), one('3.0.0', 5), one('2.0.0', 2), one('4.0.0', 0), one('2.0.0', 3, 'x.y.z')];
  expect(sumByVersion(counts)).toEqual([one('3.0.0', 5), one('2.0.0', 3), one('2.0.0', 3, 'x.y.z')]);
  expect(totalOf(counts)).toBe(11);
});

it('at most 100 versions are listed, and all are counted', () => {
  const counts = Array.from({ length: 1_000 }, (_, n) => one(`${n}.0.0`, n));
  expect(sumByVersion(counts)).toHaveLength(100);
  expect(sumByVersion(counts)[0]).toEqual(one('999.0.0', 999));
  expect(totalOf(counts)).toBe(499_500);
});
