import { expect, it } from 'vitest';
import { Homes } from '../../../../../runtime/redis/consume/homes.js';
import { Places } from '../../../../../runtime/redis/consume/places.js';
import { ReadTurns } from '../../../../../runtime/redis/consume/read-turns.js';
import { upTo } from '../../../../support/ordered.js';

const turnsOf = (concurrency: number, partitions: number) =>
  new ReadTurns(new Places(concurrency), new Homes('one'), partitions, 5_000);
const busy = { lastMs: 100, previousMs: 900 };
const once = { lastMs: 100, previousMs: Number.POSITIVE_INFINITY };
const idle = { lastMs: 60_000, previousMs: 61_000 };

it('after a growth, reads that wait share the places with those of the new partitions', () => {
  const turns = turnsOf(8, 1);
  expect(turns.waitsFor(0, idle)).toBe(true);
  expect(turns.next()).toEqual({ places: 6, blockMs: 5_000 });
  turns.resize(4);
  // Not all partitions can wait at the same time any more.
  expect(turns.waitsFor(0, idle)).toBe(false);
  expect(turns.next()).toEqual({ places: 2, blockMs: 1_000 });
});

it('⚑ with more partitions than places to wait, only those wait in which there are events, and their number is limited', () => {
  const turns = turnsOf(50, 1_024);
  const waiting = (activity: typeof busy) => upTo(1_024).filter((index) => turns.waitsFor(index, activity));
  expect(waiting(idle)).toEqual([]);
  expect(waiting(once)).toEqual([]);
  expect(waiting(busy)).toEqual(upTo(19));
  // They keep their seats, and give them back when nothing comes any more.
  expect(waiting(once)).toEqual(upTo(19));
  expect(turns.waitsFor(3, idle)).toBe(false);
  expect(turns.waitsFor(700, busy)).toBe(true);
  expect(turns.waitsFor(701, busy)).toBe(false);
});

it('⚑ with one place and several partitions, none waits: it would keep the place from the others', () => {
  const turns = turnsOf(1, 16);
  expect(upTo(16).filter((index) => turns.waitsFor(index, busy))).toEqual([]);
});

it('⚑ a process makes about 1,000 polls per second, however many partitions there are', () => {
  for (const [partitions, shortest, longest] of [
    [16, 150, 200],
    [200, 150, 200],
    [1_024, 768, 1_024],
  ] as const) {
    const waits = upTo(100).map(() => turnsOf(10, partitions).pollMs);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(shortest);
    expect(Math.max(...waits)).toBeLessThanOrEqual(longest);
  }
});
