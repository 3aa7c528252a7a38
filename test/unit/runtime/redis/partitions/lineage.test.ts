import { describe, expect, it } from 'vitest';
import { ancestorsOf } from '../../../../../runtime/redis/partitions/lineage.js';
import { partitionOf } from '../../../../../runtime/redis/partitions/partition-of.js';

const growths = [
  { count: 8, atMs: 100 },
  { count: 16, atMs: 200 },
];

describe('a map that began with 4 partitions and has 16', () => {
  it.each([
    [3, []],
    [5, [{ index: 1, splitAtMs: 100 }]],
    [11, [{ index: 3, splitAtMs: 200 }]],
    [
      13,
      [
        { index: 5, splitAtMs: 200 },
        { index: 1, splitAtMs: 100 },
      ],
    ],
  ])('partition %i: ancestors %j', (index, ancestors) => {
    expect(ancestorsOf(index, growths)).toEqual(ancestors);
  });

  it('⚑ the ancestors of the partition of a key are those that had the key before', () => {
    for (let i = 0; i < 200; i += 1) {
      const had = [16, 8, 4].map((count) => partitionOf(`key-${i}`, count));
      const [present = 0] = had;
      const others = ancestorsOf(present, growths).map(({ index }) => index);
      expect([...new Set(had)]).toEqual([present, ...others]);
    }
  });
});

it('a map that has not grown: no ancestors', () => {
  expect(ancestorsOf(3, [])).toEqual([]);
});
