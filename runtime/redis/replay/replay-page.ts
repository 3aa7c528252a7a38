import { type MarkedEnvelope, markReplayed, type ReplayCandidate } from '../../operate/replay-plan.js';
import type { Link } from '../connection/link.js';
import { readPart } from '../connection/read-range.js';
import type { Keys } from '../store/keys.js';

/** Maximum number of entries that one call reads; their size is limited to about 1 MiB. */
const pageSize = 500;

/** The range of a replay: its first and last stream id. */
export interface ReplayRange {
  readonly from: string;
  readonly to: string;
}

/** An event of a page that the replay selects. */
export interface SelectedEvent extends MarkedEnvelope {
  readonly streamId: string;
}

/** The entries of the range between two cursors. */
export interface ReplayPage {
  readonly events: readonly SelectedEvent[];
  readonly scanned: number;
  readonly unreadable: number;
  /** The last scanned entry: the next page starts after it. */
  readonly cursor: string;
}

/**
 * Reads the entries after `cursor` ('' for the first page) and selects at most `limit` events. Undefined at the end of the
 * range.
 */
export async function readReplayPage(
  connection: Link,
  keys: Keys,
  isSelected: (event: ReplayCandidate) => boolean,
  range: ReplayRange,
  cursor: string,
  jobId: string,
  limit: number,
): Promise<ReplayPage | undefined> {
  const from = cursor === '' ? range.from : `(${cursor}`;
  const part = { from, to: range.to, limit: pageSize };
  const { entries } = await connection.ask(() => readPart(connection, keys.events, part));
  const events: SelectedEvent[] = [];
  let last: string | undefined;
  let scanned = 0;
  let unreadable = 0;
  for (const [streamId, fields] of entries) {
    if (events.length >= limit) break;
    last = streamId;
    scanned += 1;
    const marked = markReplayed(fields[0] === 'e' ? fields[1] : undefined, jobId);
    if (marked === undefined) unreadable += 1;
    else if (isSelected(marked)) events.push({ ...marked, streamId });
  }
  return last === undefined ? undefined : { events, scanned, unreadable, cursor: last };
}
