import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyInData, orderingKeyOf } from '../../../../runtime/event/ordering-key.js';
import { partitionOf } from '../../../../runtime/redis/partitions/partition-of.js';
import { ItemApproved } from '../../../support/events/items.js';
import { orderingKeys } from '../../../support/events/wire-vectors.js';
import { propertyTimeoutMs } from '../../../support/property-timeout.js';

const seed = Number(process.env.FUZZ_SEED ?? 20_261_130);
const numRuns = Number(process.env.FUZZ_RUNS ?? 3_000);

describe('orderingKeyOf', () => {
  /** Texts of few characters, which the escapes use too: two pairs are often nearly the same. */
  const part = fc.string({ unit: fc.constantFrom('%', '\n', '2', '5', '0', 'A', 'ä'), maxLength: 4 });
  const pair = fc.tuple(part, part);

  it(
    '⚑ two pairs of tenant and key never have the same text',
    () => {
      const seen = new Map<string, string>();
      fc.assert(
        fc.property(pair, ([tenantId, key]) => {
          const text = orderingKeyOf(tenantId, key);
          const own = JSON.stringify([tenantId, key]);
          expect(seen.get(text) ?? own).toBe(own);
          seen.set(text, own);
          expect(text.split('\n')).toHaveLength(2);
        }),
        { seed, numRuns },
      );
      expect(seen.size).toBeGreaterThan(numRuns / 10);
    },
    propertyTimeoutMs,
  );

  it('the vectors of the wire format: have these texts, and these partitions', () => {
    for (const { tenantId, key, partitionKey, hash, partitionOf16 } of orderingKeys) {
      expect(orderingKeyOf(tenantId, key)).toBe(partitionKey);
      expect([partitionOf(partitionKey, 2 ** 32), partitionOf(partitionKey, 16)]).toEqual([hash, partitionOf16]);
    }
  });
});

describe('keyInData', () => {
  const read = (value: unknown) => keyInData({ ...ItemApproved, orderingKey: () => value as string }, {});

  it('a string is the key as it is, an integer in decimal digits', () => {
    expect(['', 'a\n', 0, -0, -7, 1e21, 2 ** 53].map(read)).toEqual([
      ...['', 'a\n', '0', '0', '-7', '1000000000000000000000', '9007199254740992'],
    ]);
  });

  it('anything else is none, also if reading throws', () => {
    expect([undefined, null, 1.5, Number.NaN, true, {}].map(read)).toEqual(new Array(6).fill(undefined));
    expect(keyInData(ItemApproved, { itemId: 'i' })).toBeUndefined();
    const nested = { ...ItemApproved, orderingKey: (data: unknown) => (data as { item: { id: string } }).item.id };
    expect(keyInData(nested, {})).toBeUndefined();
  });
});
