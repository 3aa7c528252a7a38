import { mayHaveLost } from '../facts/causes.js';
import { clockRate, redisClockMs } from '../facts/clocks.js';
import type { Findings } from '../facts/findings.js';
import { groupBy } from '../facts/group-by.js';
import type { History } from '../facts/index-history.js';
import { type AcknowledgedEntry, entriesOf, hasEnded, isInLostRange, receiversOf } from '../facts/obligations.js';
import { comparePositions, isPosition, partitionOfPosition, timeOfPosition } from '../facts/positions.js';
import type { Publication } from '../facts/publications.js';
import type { RunStart, StreamEntry } from '../history.js';
import { rememberedMsOf } from './idempotency.js';

const defaultEventsMs = 30 * 24 * 60 * 60 * 1_000;

/** The stream contains what was acknowledged, where it was acknowledged. */
export function checkStream(history: History, findings: Findings): void {
  const oldest = new Map(history.stream.toReversed().map((entry) => [partitionOfPosition(entry.streamId), entry]));
  for (const event of history.events.values()) {
    for (const entry of entriesOf(event)) {
      checkStored(history, entry, oldest.get(partitionOfPosition(entry.position)), findings);
    }
  }
  for (const [eventId, entries] of groupBy(history.stream, (entry) => entry.eventId))
    if (eventId !== undefined) checkEntries(history, eventId, entries, findings);
  for (const { start } of history.runs) checkRun(history, start, findings);
  checkOrder(history, findings);
  checkBatches(history, findings);
}

/** @param firstEntry The oldest entry of its partition; undefined if the partition is empty. */
function checkStored(
  history: History,
  acknowledged: AcknowledgedEntry,
  firstEntry: StreamEntry | undefined,
  findings: Findings,
): void {
  const { eventId, position, first } = acknowledged;
  const entry = history.streamAt.get(position);
  if (entry?.eventId === eventId) return;
  const proof = [first.call, first.result, entry];
  if (entry !== undefined) {
    const text = `${eventId} was acknowledged at ${position}, where ${entry.eventId ?? 'no event'} is`;
    findings.violation('acknowledged-in-stream', text, proof);
  } else if (!mayBeTrimmed(history, position, firstEntry) && !isInLostRange(history, position)) {
    if (!mayHaveLost(history, first.call.at))
      findings.violation('acknowledged-in-stream', `${eventId} is not in the stream`, proof);
    else if (!isEndedEverywhere(history, acknowledged))
      findings.violation('loss-reported', `${eventId} was lost, and no line of the log reports it`, proof);
  }
}

/** Entries that are older than the first one were trimmed, which the rules of deliveries check; all entries only after their retention. */
function mayBeTrimmed(
  { starts, end, stream }: History,
  position: string,
  firstEntry: StreamEntry | undefined,
): boolean {
  // A history without its final state.
  if (stream.length === 0) return true;
  if (firstEntry !== undefined) return comparePositions(position, firstEntry.streamId) <= 0;
  const retentionMs = Math.min(...[...starts.values()].map(({ eventsMs = defaultEventsMs }) => eventsMs));
  return end === undefined || timeOfPosition(position) + retentionMs * (1 - clockRate) <= end.at + redisClockMs;
}

function isEndedEverywhere(history: History, entry: AcknowledgedEntry): boolean {
  return receiversOf(history, entry).every(({ group, name }) => hasEnded(history, entry, { group, handler: name }));
}

/** A run names the position of its event. */
function checkRun({ events, edits, streamAt }: History, start: RunStart, findings: Findings): void {
  const event = events.get(start.eventId);
  if (event === undefined || edits.has(start.eventId) || !isPosition(start.streamId)) return;
  const entry = streamAt.get(start.streamId);
  const positions = event.acknowledged.map(({ acknowledged }) => acknowledged?.streamId);
  const isElsewhere = positions.length > 0 && !positions.includes(start.streamId);
  if (!isElsewhere && (entry?.eventId === undefined || entry.eventId === start.eventId)) return;
  const text = `${start.eventId} ran as the entry ${start.streamId}`;
  findings.violation('one-position', text, [event.acknowledged[0]?.result, entry, start]);
}

/** An id is written again only when its publisher's window has passed. */
function checkEntries(history: History, eventId: string, entries: readonly StreamEntry[], findings: Findings): void {
  const event = history.events.get(eventId);
  const windowMs = Math.min(...(event?.writers ?? []).map(({ draft }) => rememberedMsOf(draft)));
  entries.slice(1).forEach((entry, index) => {
    const before = entries[index];
    if (before === undefined) return;
    const [firstAt, secondAt] = [timeOfPosition(before.streamId), timeOfPosition(entry.streamId)];
    if (secondAt - firstAt >= windowMs) return;
    if (mayHaveLost(history, firstAt - redisClockMs, secondAt + redisClockMs)) return;
    findings.violation('one-position', `${eventId} is in the stream more than once`, [before, entry]);
  });
}

/** The publications of each process in each partition, in the order in which they were written. */
function checkOrder(history: History, findings: Findings): void {
  const written = history.publications.filter(({ acknowledged }) => acknowledged?.duplicate === false);
  const placeOf = (each: Publication) => `${each.call.process} ${partitionOfPosition(positionOfAck(each))}`;
  for (const ofPlace of groupBy(written, placeOf).values()) checkGrowth(history, ofPlace, findings);
}

/** The last position that was acknowledged before each call began, and the draft before it in its own call. */
function checkGrowth(history: History, written: readonly Publication[], findings: Findings): void {
  const acknowledged = [...written].sort((a, b) => timeOf(a) - timeOf(b));
  let next = 0;
  let last: Publication | undefined;
  let previous: Publication | undefined;
  for (const each of written) {
    for (let done = acknowledged[next]; done !== undefined && timeOf(done) < each.call.at; done = acknowledged[next]) {
      if (last === undefined || comparePositions(positionOfAck(last), positionOfAck(done)) < 0) last = done;
      next += 1;
    }
    const before = previous?.call === each.call ? previous : last;
    if (
      before !== undefined &&
      comparePositions(positionOfAck(before), positionOfAck(each)) >= 0 &&
      !mayHaveLost(history, before.call.at, timeOf(each))
    ) {
      const text = `${each.eventId} was published after ${before.eventId}, and is before it in the stream`;
      findings.violation('positions-grow', text, [before.call, before.result, each.call, each.result]);
    }
    previous = each;
  }
}

function timeOf({ result }: Publication): number {
  return result?.at ?? Number.POSITIVE_INFINITY;
}

function positionOfAck({ acknowledged }: Publication): string {
  return acknowledged?.streamId ?? '';
}

/** A batch whose outcome is unknown, and whose drafts all have an id that no other call has. */
function checkBatches(history: History, findings: Findings): void {
  if (history.stream.length === 0) return;
  const stored = new Map(history.stream.map((entry) => [entry.eventId, entry]));
  const [first] = history.stream;
  const unknown = history.publications.filter(({ outcome, call }) => outcome === 'unknown' && call.drafts.length > 1);
  for (const [call, drafts] of groupBy(unknown, (each) => each.call)) {
    const events = drafts.map(({ draft }) => (draft.id === undefined ? undefined : history.events.get(draft.id)));
    const isOwn = events.every((event) => event?.writers.length === 1 && event.writers[0]?.call === call);
    const isNew = first !== undefined && call.at >= timeOfPosition(first.streamId);
    if (!isOwn || !isNew || mayHaveLost(history, call.at)) continue;
    const entries = events.map((event) => stored.get(event?.eventId));
    if (entries.some((entry) => entry === undefined) && entries.some((entry) => entry !== undefined))
      findings.violation('batch-whole', 'a part of the batch is in the stream', [call, drafts[0]?.result, ...entries]);
  }
}
