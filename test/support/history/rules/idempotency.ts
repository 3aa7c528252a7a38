import { mayHaveLost } from '../facts/causes.js';
import { processClocksMs } from '../facts/clocks.js';
import type { Findings } from '../facts/findings.js';
import { groupBy } from '../facts/group-by.js';
import type { History } from '../facts/index-history.js';
import { comparePositions } from '../facts/positions.js';
import { keyOf, type Publication } from '../facts/publications.js';
import type { DraftRecord } from '../history.js';

const defaultRememberedMs = 24 * 60 * 60 * 1_000;

/** How long the key or the id of a draft is remembered, in milliseconds. */
export function rememberedMsOf({ rememberedMs }: DraftRecord): number {
  return rememberedMs ?? defaultRememberedMs;
}

/** What is published again with the same key or id is written once within its window. */
export function checkIdempotency(history: History, findings: Findings): void {
  const possible = history.publications.filter(({ outcome }) => outcome !== 'rejected');
  const byKey = groupBy(possible, ({ draft }) => keyOf(draft));
  // What was published without an id has the id that its result names.
  const byId = groupBy(possible, ({ eventId }) => eventId);
  for (const [key, all] of byKey) if (key !== undefined) checkWindows(history, key, all, findings);
  for (const [id, all] of byId) if (id !== undefined) checkWindows(history, id, all, findings);
  for (const each of possible) {
    if (each.acknowledged?.duplicate !== true) continue;
    const ofId = each.draft.id === undefined ? [] : (byId.get(each.draft.id) ?? []);
    const key = keyOf(each.draft);
    checkDuplicate(each, key === undefined ? ofId : [...ofId, ...(byKey.get(key) ?? [])], findings);
  }
}

interface Write {
  readonly publication: Publication;
  readonly position: string;
}

/** Two events of one key: the second one was written when the window of the first one had certainly not passed. */
function checkWindows(history: History, key: string, all: readonly Publication[], findings: Findings): void {
  if (all.length < 2) return;
  const writes = all.flatMap((publication) => writeOf(history, publication));
  writes.sort((a, b) => comparePositions(a.position, b.position));
  writes.slice(1).forEach((second, index) => {
    const { publication: first, position = '' } = writes[index] ?? second;
    const { call, result, eventId } = second.publication;
    const writtenBy = result?.at ?? Number.POSITIVE_INFINITY;
    if (writtenBy - first.call.at + processClocksMs >= rememberedMsOf(first.draft)) return;
    if (mayHaveLost(history, first.call.at, writtenBy)) return;
    const text = `${key} has written ${first.eventId} at ${position} and ${eventId} at ${second.position}`;
    findings.violation('one-event-per-key', text, [first.call, first.result, call, result]);
  });
}

/** The event that a publication has written; with an unknown outcome, if no other publication can have written it. */
function writeOf({ events, positions }: History, publication: Publication): Write[] {
  const { acknowledged, eventId = '' } = publication;
  if (acknowledged !== undefined)
    return acknowledged.duplicate ? [] : [{ publication, position: acknowledged.streamId }];
  const writers = events.get(eventId)?.writers ?? [];
  const position = positions.get(eventId);
  return position !== undefined && writers.length === 1 && writers[0] === publication
    ? [{ publication, position }]
    : [];
}

function checkDuplicate(each: Publication, others: readonly Publication[], findings: Findings): void {
  const { call, result, acknowledged } = each;
  const before = others.filter((other) => other !== each && mayBeBefore(other, each));
  const isNamed = before.some((other) =>
    other.acknowledged === undefined
      ? other.eventId === undefined || other.eventId === acknowledged?.eventId
      : other.acknowledged.eventId === acknowledged?.eventId && other.acknowledged.streamId === acknowledged.streamId,
  );
  if (isNamed) return;
  const why =
    before.length === 0
      ? 'nothing was published before with its key or id'
      : 'what was published before has another id or position';
  const records = before.slice(0, 2).flatMap((other) => [other.call, other.result]);
  findings.violation('duplicate-of-published', `${acknowledged?.eventId} is acknowledged as a duplicate, but ${why}`, [
    ...records,
    call,
    result,
  ]);
}

/** Whether it began before the other one had its result; in one call, whether it is the earlier draft. */
function mayBeBefore(other: Publication, { call, result, index }: Publication): boolean {
  if (other.call === call) return other.index < index;
  return other.call.at <= (result?.at ?? Number.POSITIVE_INFINITY) + processClocksMs;
}
