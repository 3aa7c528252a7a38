import { type Position, positionOf, streamIdOf } from '../database/positions.js';
import { AdminError } from '../errors.js';

/** Reads the cursor of a listing whose rows are in the order of stream ids. @throws AdminError `CURSOR_INVALID` */
export function readCursor(cursor: string): Position {
  const position = positionOf(cursor);
  if (position !== undefined) return position;
  throw new AdminError('CURSOR_INVALID', 'the cursor is none that a listing gave', {
    field: 'query.cursor',
    expected: 'the cursor of the page before',
  });
}

/** The cursor after a full page; undefined on the last. */
export function nextCursor(rows: readonly Position[], limit: number): string | undefined {
  const last = rows.at(-1);
  return last === undefined || rows.length < limit ? undefined : streamIdOf(last);
}
