import { describe, expect, it } from 'vitest';
import type { PreparedEvent } from '../../../../../runtime/publish/prepare-event.js';
import { askedAncestors } from '../../../../../runtime/redis/publish/ancestors.js';

const minute = 60_000;
const day = 24 * 60 * minute;
const now = 100 * day;
/** A map that began with 1 partition: the key of partition 3 was in 1 until an hour ago, and in 0 until three days ago. */
const growths = [
  { count: 2, atMs: now - 3 * day },
  { count: 4, atMs: now - 60 * minute },
];

const event = (fields: Partial<PreparedEvent>) =>
  ({
    explicitId: false,
    idTime: undefined,
    idempotencyKey: undefined,
    idempotencyTtlMs: day,
    ...fields,
  }) as PreparedEvent;
const keyed = (ttlMs: number) => event({ idempotencyKey: 'key', idempotencyTtlMs: ttlMs });
const madeAt = (idTime: number) => event({ explicitId: true, idTime });
const asked = (...events: readonly PreparedEvent[]) => askedAncestors(events, 3, growths, now);
const [parent, first] = [
  { index: 1, of: [0] },
  { index: 0, of: [0] },
];

describe('the former partitions that a publish asks', () => {
  it.each([
    ['no id and no key: none', event({}), []],
    ['a key: those of the last day, also with a shorter TTL', keyed(minute), [parent]],
    ['a key with a TTL of a week: those of a week', keyed(7 * day), [parent, first]],
    ['an id without a time: as a key', event({ explicitId: true }), [parent]],
    ['an id that was made before a growth: those since then', madeAt(now - 2 * day), [parent]],
    ['an id that was made before all growths', madeAt(now - 4 * day), [parent, first]],
    ['an id that was made after all growths: none', madeAt(now - 30 * minute), []],
    [
      'an id that was made half a minute after a growth: the clocks of servers differ',
      madeAt(now - 59.5 * minute),
      [parent],
    ],
    [
      'an id that was made after all growths, with a key: as the key',
      { ...keyed(day), ...madeAt(now), idempotencyKey: 'key' },
      [parent],
    ],
  ])('%s', (_what, one, expected) => {
    expect(asked(one)).toEqual(expected);
  });

  it('a batch: only for the events that they may have', () => {
    expect(asked(event({}), keyed(day), madeAt(now), keyed(7 * day))).toEqual([
      { index: 1, of: [1, 3] },
      { index: 0, of: [3] },
    ]);
  });

  it('a partition that had its keys from the beginning: none', () => {
    expect(askedAncestors([keyed(day)], 0, growths, now)).toEqual([]);
  });
});
