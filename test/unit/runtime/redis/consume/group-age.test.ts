import { describe, expect, it } from 'vitest';
import { ageOfGroup, type GroupAge, startPosition } from '../../../../../runtime/redis/consume/group-age.js';

describe('⚑ the age of a group, by what the other partitions know', () => {
  const growths = [{ count: 4, atMs: 1_000 }];
  it.each<readonly [string, number, readonly GroupAge[], number | undefined]>([
    ['none knows it: it is new', 0, ['new', 'new', 'new', 'new'], undefined],
    ['the partition itself does not count', 1, ['new', 50, 'new', 'new'], undefined],
    ['the oldest one counts', 1, [7, 'new', 90, 'away'], 90],
    ['its parent is away: it may be old', 3, ['new', 'away', 'new', 'new'], Number.POSITIVE_INFINITY],
    ['its parent is away, and another partition knows it', 3, [7, 'away', 'new', 'new'], 7],
    ['a partition is away that never had its keys', 1, ['away', 'new', 'away', 'away'], undefined],
    ['nothing was asked', 3, [], undefined],
  ])('%s', (_what, index, ages, expected) => {
    expect(ageOfGroup(index, ages, growths)).toBe(expected);
  });
});

it.each<readonly [string, string, number | undefined, string]>([
  ['a new group', '$', undefined, '$'],
  ['a group that exists for 400 ms', '$', 400, '599'],
  ['since an earlier time', '500', 400, '500'],
  ['since a later time', '700', 400, '599'],
  ['from the first entry', '0', 400, '0'],
  ['an unknown age', '$', Number.POSITIVE_INFINITY, '0'],
])('the start position of %s, at the time 1000.5', (_what, startFrom, age, expected) => {
  expect(startPosition(startFrom, age, 1_000.5)).toBe(expected);
});
