import { expect, it } from 'vitest';
import { inTreeOrder } from '../../../../../admin/routes/events/trace-tree.js';

const shape = (rows: readonly [eventId: string, causationId: string | null][]) =>
  inTreeOrder(rows.map(([eventId, causationId]) => ({ eventId, causationId }))).map(
    ({ row, depth }) => `${' '.repeat(depth)}${row.eventId}`,
  );

it('has each cause before its effects, depth first, in their order', () => {
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

it('has a root where the cause is not there, and takes circles apart', () => {
  expect(
    shape([
      ['b', 'gone'],
      ['c', 'c'],
      ['x', 'y'],
      ['y', 'x'],
    ]),
  ).toEqual(['b', 'c', 'x', ' y']);
});
