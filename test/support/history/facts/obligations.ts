import type { Transition } from '../history.js';
import { mayHaveLost } from './causes.js';
import { processClocksMs, redisClockMs } from './clocks.js';
import type { Delivery } from './deliveries.js';
import { groupBy } from './group-by.js';
import type { History } from './index-history.js';
import { comparePositions, isPosition, timeOfPosition } from './positions.js';
import type { Publication, PublishedEvent } from './publications.js';
import type { RegisteredHandler } from './registrations.js';

/** The changes after which a delivery has ended. */
export const finalChanges: ReadonlySet<string> = new Set(['dead', 'discarded', 'edited', 'expired', 'skipped']);

/** An entry of the stream that was acknowledged. */
export interface AcknowledgedEntry {
  readonly eventId: string;
  readonly position: string;
  readonly type: string;
  /** The first acknowledgement that names it. */
  readonly first: Publication;
  /** When its publishing began. */
  readonly begunAt: number;
}

/** The entries of an event that were acknowledged: one, unless the event was written again after its window. */
export function entriesOf({ eventId, acknowledged, writers }: PublishedEvent): AcknowledgedEntry[] {
  const unknown = writers.filter(({ outcome }) => outcome === 'unknown');
  const byPosition = groupBy(acknowledged, (each) => each.acknowledged?.streamId ?? '');
  return [...byPosition].flatMap(([position, all]) => {
    const [first] = all;
    if (first === undefined) return [];
    const begunAt = Math.min(...[...all, ...unknown].map(({ call }) => call.at));
    const { type } = (writers[0] ?? first).draft;
    return [{ eventId, position, type, first, begunAt }];
  });
}

/** When the publishing of an event began. Infinity if the history does not contain it. */
export function begunAt({ writers, acknowledged }: PublishedEvent): number {
  return Math.min(...[...writers, ...acknowledged].map(({ call }) => call.at));
}

/** Whether the system has reported an event as lost, after a fault that may cause it. */
export function isLost(history: History, position: string): boolean {
  const isReported = isInLostRange(history, position) || isForgotten(history, position);
  return isReported && mayHaveLost(history, writtenAt(position));
}

/** The earliest time at which the entry of a position may have been written. An edited event has no position, and no time. */
export function writtenAt(position: string): number {
  return isPosition(position) ? timeOfPosition(position) - redisClockMs : Number.NEGATIVE_INFINITY;
}

/** Whether a position was before a loss of everything, which a group has reported. */
function isForgotten({ losses, streamAt }: History, position: string): boolean {
  if (streamAt.has(position)) return false;
  return losses.forgotten.some((line) => comparePositions(position, line.position) <= 0);
}

/** Whether a line of the log names a position as lost. */
export function isInLostRange({ losses }: History, position: string): boolean {
  return losses.positions.has(position) || losses.ranges.some((range) => isInRange(range, position));
}

/** Whether a range of lost events contains a position. */
export function isInRange({ after, upTo }: NonNullable<Transition['lost']>, position: string): boolean {
  return comparePositions(after, position) < 0 && comparePositions(position, upTo) <= 0;
}

/** The handlers that must get an entry: they were registered for its type before its publishing began, and were not retired. */
export function receiversOf(history: History, { type, begunAt: publishedAt }: AcknowledgedEntry): RegisteredHandler[] {
  return history.registrations.takersOf(type).filter(({ group, name, starts }) => {
    const registeredAt = starts[0]?.process.at ?? Number.POSITIVE_INFINITY;
    const isForReplaysOnly = starts.some(({ handler }) => handler.replay === 'only');
    const isRetired = history.retired.has(group) || history.retired.has(`${group}/${name}`);
    return registeredAt + processClocksMs <= publishedAt && !isForReplaysOnly && !isRetired;
  });
}

/** Whether a run of the delivery has completed. */
export function isCompleted(delivery: Delivery | undefined): boolean {
  return delivery?.runs.some(({ end }) => end?.outcome === 'completed') ?? false;
}

/** Whether a delivery has ended: a completed run, or a line of the log. An entry that cannot be read ends for all handlers. */
export function hasEnded(
  history: History,
  entry: { readonly eventId: string; readonly position: string },
  receiver: Receiver,
): boolean {
  const { group, handler, replayJobId } = receiver;
  const [own, ofAll] = [handler, '*'].map((name) =>
    history.deliveries.find(entry.eventId, entry.position, group, name, replayJobId),
  );
  return (
    isCompleted(own) || [own, ofAll].some((each) => each?.transitions.some(({ change }) => finalChanges.has(change)))
  );
}

/** A handler, for live events or those of a replay. */
interface Receiver {
  readonly group: string;
  readonly handler: string;
  readonly replayJobId?: string;
}
