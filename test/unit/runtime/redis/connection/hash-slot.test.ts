import { expect, it } from 'vitest';
import { hashSlot } from '../../../../../runtime/redis/connection/hash-slot.js';

// The values of CLUSTER KEYSLOT.
it.each([
  ['123456789', 12_739],
  ['hyvve:0', 13_488],
  ['foo', 12_182],
  ['', 0],
])('%j has the slot %i', (tag, slot) => {
  expect(hashSlot(tag)).toBe(slot);
});
