import { type MarkedEnvelope, markReplayed, type ReplayCandidate } from '../../operate/replay-plan.js';
import { readPart } from '../connection/read-range.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Keys } from '../store/keys.js';

/** Most entries read in one call, which is about a MiB of them at most. */
const pageSize = 500;

/** Where a replay reads. */
export interface ReplayRange {
  /** First id, and last id. */
  readonly from: string;
  readonly to: string;
}

/** One event of a page that the replay is for. */
export interface SelectedEvent extends MarkedEnvelope {
  readonly streamId: string;
}

/** A part of the range, from one cursor to the next. */
export interface ReplayPage {
  readonly events: readonly SelectedEvent[];
  readonly scanned: number;
  readonly unreadable: number;
  /** The last entry looked at: the next page starts after it. */
  readonly cursor: string;
}

/**
 * Reads the entries after `cursor` ('' for the first) and picks those that are selected, at most `limit`.
 * Undefined when nothing is left.
 */
export async function readReplayPage(
  connection: RedisConnection,
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
    const completedHandlers = markReplayed(fields[0] === 'e' ? fields[1] : undefined, jobId);
    if (completedHandlers === undefined) unreadable += 1;
    else if (isSelected(completedHandlers)) events.push({ ...completedHandlers, streamId });
  }
  return last === undefined ? undefined : { events, scanned, unreadable, cursor: last };
}
