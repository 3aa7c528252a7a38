import { describe, expect, it } from 'vitest';
import { partitionOf } from '../../../../../runtime/redis/partitions/partition-of.js';
import { partitions } from '../../../../support/events/wire-vectors.js';

describe('partitionOf', () => {
  // Published results of MurmurHash3_x86_32 with seed 0.
  it.each([
    ['', 0],
    ['hello, world', 0x149bbb7f],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ])('hashes %j as murmur3 does', (key, hash) => {
    expect(partitionOf(key, 2 ** 32)).toBe(hash);
  });

  it('the vectors of the wire format: have these hashes', () => {
    for (const { key, hash, partitionOf16 } of partitions) {
      expect([partitionOf(key, 2 ** 32), partitionOf(key, 16), hash % 16]).toEqual([
        hash,
        partitionOf16,
        partitionOf16,
      ]);
    }
  });

  it('hashes the UTF-8 bytes of a key, of every length modulo 4', () => {
    const keys = ['a', 'ab', 'abc', 'abcd', 'ä€😀'];
    // By the package murmurhash3js-revisited.
    expect(keys.map((key) => partitionOf(key, 2 ** 32))).toEqual([
      1009084850, 2613040991, 3017643002, 1139631978, 818139230,
    ]);
  });

  it('spreads tenants evenly, and keeps or moves each by n when the number doubles', () => {
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i += 1) {
      const key = `tenant-${i}`;
      const [before, after] = [partitionOf(key, 8), partitionOf(key, 16)];
      expect([before, before + 8]).toContain(after);
      counts[after] = (counts[after] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
