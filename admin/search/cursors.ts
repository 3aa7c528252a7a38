import { formatPosition, type Position, positionOf } from '../database/positions.js';
import { AdminError } from '../errors.js';

/** Position of a cursor, in a list that is sorted by stream ids; undefined without one. @throws AdminError `CURSOR_INVALID` */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
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
  return last === undefined || rows.length < limit ? undefined : formatPosition(last);
}
