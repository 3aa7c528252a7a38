import { formatPosition, type Position, positionOf } from '../database/positions.js';
import { cursorInvalid } from '../errors.js';

/** Parses the cursor of a list that is sorted by position; undefined without a cursor. @throws AdminError `CURSOR_INVALID` */
export function readCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const position = positionOf(cursor);
  if (position !== undefined) return position;
  throw cursorInvalid();
}

/** Returns the cursor of the next page; undefined if the page is not full. */
export function nextCursor(rows: readonly Position[], limit: number): string | undefined {
  const last = rows.at(-1);
  return last === undefined || rows.length < limit ? undefined : formatPosition(last);
}
