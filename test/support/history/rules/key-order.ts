import { processClocksMs } from '../facts/clocks.js';
import type { Delivery, Run } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { heldUntil, isLostBy, isRepetition, type Lane, type LaneEntry, lanesOf } from '../facts/lanes.js';

/** In a handler with an order, the events of a key run one after another, in the order of the stream. */
export function checkKeyOrder(history: History, findings: Findings): void {
  for (const lane of lanesOf(history, findings)) {
    checkStarts(lane, findings);
    checkApart(history, lane, findings);
  }
}

function checkStarts({ name, entries }: Lane, findings: Findings): void {
  let blocker: LaneEntry | undefined;
  for (const entry of entries) {
    const start = entry.firstRun?.start;
    if (start !== undefined && blocker !== undefined) {
      const { left } = blocker;
      const toleranceMs = left?.process === start.process ? 0 : processClocksMs;
      if (left === undefined || left.at > start.at + toleranceMs) {
        const text = `${name}: ${entry.eventId} started before ${blocker.eventId}, which is before it, had ended`;
        const last = blocker.deliveries.flatMap(({ runs }) => runs).at(-1);
        findings.violation('key-starts-in-order', text, [blocker.firstRun?.start, last?.start, last?.end, start]);
      }
    }
    if (blocker === undefined || leftAt(entry) >= leftAt(blocker)) blocker = entry;
  }
}

function leftAt({ left }: LaneEntry): number {
  return left?.at ?? Number.POSITIVE_INFINITY;
}

interface LaneRun {
  readonly entry: LaneEntry;
  readonly delivery: Delivery;
  readonly run: Run;
}

function checkApart(history: History, { name, order, entries }: Lane, findings: Findings): void {
  const all = entries.flatMap((entry) =>
    entry.deliveries.flatMap((delivery) => delivery.runs.map((run) => ({ entry, delivery, run }))),
  );
  let active: LaneRun[] = [];
  for (const next of all.sort((a, b) => a.run.start.at - b.run.start.at)) {
    const { at } = next.run.start;
    if (isRepetition(next.delivery, next.run) || isLostBy(history, next.delivery, next.run, at)) continue;
    active = active.filter(({ entry, run }) => isHeldAt(heldUntil(entry, run, order), run, next.run));
    const other = active.find((each) => each.entry !== next.entry && !isOver(history, each, at));
    if (other !== undefined) {
      const isRunning = isHeldAt(other.run.endedAt, other.run, next.run);
      const text = `${name}: ${next.entry.eventId} started while ${other.entry.eventId} ${isRunning ? 'was running' : 'held the key'}`;
      findings.violation('key-runs-apart', text, [other.run.start, other.run.end, next.run.start]);
    }
    active.push(next);
  }
}

function isHeldAt(until: number, { start }: Run, next: Run): boolean {
  return until > next.start.at + (start.process === next.start.process ? 0 : processClocksMs);
}

/** Whether a run does not count any more at a time: a later run of the delivery has ended, or its process had lost the delivery. */
function isOver(history: History, { delivery, run }: LaneRun, at: number): boolean {
  const isTakenOver = delivery.runs.some(
    (each) => each.start.at > run.start.at && each.end !== undefined && each.end.at <= at + processClocksMs,
  );
  return isTakenOver || isLostBy(history, delivery, run, at);
}
