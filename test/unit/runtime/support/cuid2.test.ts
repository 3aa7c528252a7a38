import { createId, init, isCuid } from '@paralleldrive/cuid2';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isCuid2 } from '../../../../runtime/support/cuid2.js';
import { fuzzSeed } from '../../../support/hostile.js';

it('isCuid2 accepts what the package makes', () => {
  for (const length of [2, 10, 24, 32]) {
    const create = init({ length });
    for (let i = 0; i < 20; i += 1) expect(isCuid2(create())).toBe(true);
  }
  expect(isCuid2(createId())).toBe(true);
});

it('isCuid2 is the same as isCuid of the package, for any text', () => {
  const characters = fc.constantFrom('a', 'z', '0', '9', 'A', '_', '-', ' ', '\n', 'é', '😀');
  const texts = fc.array(characters, { maxLength: 34 }).map((parts) => parts.join(''));
  const almost = fc.stringMatching(/^[a-z0-9][0-9a-z]{0,33}$/);
  const check = fc.property(fc.oneof(texts, almost), (text) => {
    expect(isCuid2(text)).toBe(isCuid(text));
  });
  fc.assert(check, { seed: fuzzSeed, numRuns: 3_000 });
});
