import { expect, it } from 'vitest';
import { inTreeOrder } from '../../../../../admin/routes/events/trace-tree.js';

const shape = (rows: readonly [eventId: string, causationId: string | null][]) =>
  inTreeOrder(rows.map(([eventId, causationId]) => ({ eventId, causationId }))).map(
    ({ row, depth }) => `${' '.repeat(depth)}${row.eventId}`,
  );

it('inTreeOrder: each cause is before its effects, depth first', () => {
  expect(
    shape([
      ['a', null],
      ['b', 'a'],
      ['c', 'a'],
      ['d', 'b'],
      ['e', null],
    ]),
  ).toEqual(['a', ' b', '  d', ' c', 'e']);
});

it('inTreeOrder: an event whose cause is missing or itself is a root, and cycles are broken', () => {
  expect(
    shape([
      ['b', 'gone'],
      ['c', 'c'],
      ['x', 'y'],
      ['y', 'x'],
    ]),
  ).toEqual(['b', 'c', 'x', ' y']);
});
