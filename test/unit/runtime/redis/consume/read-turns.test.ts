import { expect, it } from 'vitest';
import { Homes } from '../../../../../runtime/redis/consume/homes.js';
import { Places } from '../../../../../runtime/redis/consume/places.js';
import { ReadTurns } from '../../../../../runtime/redis/consume/read-turns.js';

it('after a growth, reads that wait share the places with those of the new partitions', () => {
  const turns = new ReadTurns(new Places(8), new Homes('one'), 1, 5_000);
  expect(turns.begin(0, false)).toEqual({ places: 6, blockMs: 5_000 });
  turns.end();
  turns.resize(4);
  // Not all partitions can wait at the same time any more: they take turns.
  expect(turns.begin(0, true)).toEqual({ places: 2, blockMs: 200 });
});
