import { expect, it } from 'vitest';
import { PendingBytes } from '../../../../../runtime/redis/publish/pending-bytes.js';

it('a partition that is away may hold its share of the limit, by the present number of partitions', () => {
  const pending = new PendingBytes(1_000, 2);
  expect(pending.refusal(500, 0, false)).toBeUndefined();
  expect(pending.refusal(501, 0, false)).toMatchObject({ code: 'OVERLOADED' });
  pending.partitions = 4;
  expect(pending.refusal(250, 0, false)).toBeUndefined();
  expect(pending.refusal(251, 0, false)).toMatchObject({ code: 'OVERLOADED' });
  expect(pending.refusal(1_000, 0, true)).toBeUndefined();
});
