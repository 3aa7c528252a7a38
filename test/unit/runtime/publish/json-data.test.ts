import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonDataOf } from '../../../../runtime/publish/json-data.js';
import { fuzzSeed, hostile } from '../../../support/hostile.js';

it('JSON values are copied unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      expect(jsonDataOf(plain, 1e6)).toEqual({ kind: 'data', data: plain });
    }),
    { seed: fuzzSeed },
  );
});

it('any value: the copy survives JSON unchanged, or each problem has a path', () => {
  fc.assert(
    fc.property(hostile, (make) => {
      const found = jsonDataOf(make(), 100_000);
      if (found.kind === 'data') {
        const json = JSON.stringify(found.data);
        expect(json.length).toBeLessThanOrEqual(1_000_000);
        // JSON writes -0 as 0.
        expect(JSON.stringify(JSON.parse(json))).toBe(json);
      } else if (found.kind === 'problems') {
        expect(found.problems.length).toBeGreaterThan(0);
        for (const { path, message } of found.problems) {
          expect(path).toMatch(/^\$/);
          expect(message).toContain('cannot be written as JSON');
        }
      }
    }),
    { seed: fuzzSeed, numRuns: 500 },
  );
});

it('a hundred thousand invalid items: only the first twenty are reported', () => {
  const found = jsonDataOf(
    Array.from({ length: 100_000 }, () => Number.NaN),
    1e6,
  );
  expect(found).toMatchObject({ kind: 'problems' });
  if (found.kind === 'problems') expect(found.problems).toHaveLength(20);
});
