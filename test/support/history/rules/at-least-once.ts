import { processClocksMs, redisClockMs } from '../facts/clocks.js';
import { type Delivery, nameOf } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import {
  type AcknowledgedEntry,
  entriesOf,
  finalChanges,
  hasEnded,
  isCompleted,
  isLost,
  receiversOf,
} from '../facts/obligations.js';
import type { FinalDelivery, HistoryRecord, OperatorCall, Transition } from '../history.js';

const unfinished: ReadonlySet<FinalDelivery['state']> = new Set(['PENDING', 'PROCESSING', 'FAILED', 'WAITING']);
/** Unfinished, or waiting for a person or for another build. */
const waiting: ReadonlySet<FinalDelivery['state']> = new Set([...unfinished, 'PARKED', 'DLQ']);

/** Every acknowledged event reaches its handlers, and what is reported as finished is finished. */
export function checkAtLeastOnce(history: History, findings: Findings): void {
  for (const event of history.events.values()) {
    for (const entry of entriesOf(event)) {
      if (isLost(history, entry.position)) continue;
      for (const { group, name } of receiversOf(history, entry)) checkReceived(history, entry, group, name, findings);
    }
  }
  for (const delivery of history.deliveries.all()) {
    if (isLost(history, delivery.position)) continue;
    checkDrained(history, delivery, findings);
    checkCompleted(delivery, findings);
    checkRedriven(history, delivery, findings);
  }
}

function checkReceived(
  history: History,
  entry: AcknowledgedEntry,
  group: string,
  handler: string,
  findings: Findings,
): void {
  if (hasEnded(history, entry, { group, handler })) return;
  const { eventId, position, first } = entry;
  const delivery = history.deliveries.find(eventId, position, group, handler);
  const state = delivery?.final?.state;
  // The rule of completed deliveries refuses COMPLETED.
  if (state !== undefined && (waiting.has(state) || state === 'COMPLETED')) return;
  if (history.end?.drained !== true && !history.hasFinalStates) {
    findings.undecidable('no final state, and the history was not drained: whether the rest is still to be done');
    return;
  }
  const what = state === undefined ? 'it has no final state' : `its final state is ${state}`;
  const text = `${eventId} in ${group}/${handler}: no run has completed, and ${what}`;
  findings.violation('at-least-once', text, [first.call, first.result, ...proofOf(delivery)]);
}

function checkDrained({ end, retired }: History, delivery: Delivery, findings: Findings): void {
  const { final, group, handler } = delivery;
  const isRetired = retired.has(group) || retired.has(`${group}/${handler}`);
  if (end?.drained !== true || final === undefined || !unfinished.has(final.state) || isRetired) return;
  findings.violation('drained', `${nameOf(delivery)} is ${final.state} at the end`, [...proofOf(delivery), end]);
}

function checkCompleted(delivery: Delivery, findings: Findings): void {
  const { final, transitions } = delivery;
  const isReported = final?.state === 'COMPLETED' || transitions.some(({ change }) => change === 'completed');
  if (!isReported || isCompleted(delivery)) return;
  const text = `${nameOf(delivery)} is completed, and no run of it has completed`;
  findings.violation('completed-by-a-run', text, proofOf(delivery));
}

function checkRedriven(history: History, delivery: Delivery, findings: Findings): void {
  if (history.end?.drained !== true) return;
  const { eventId, group, handler, actions } = delivery;
  for (const call of actions) {
    if (call.action !== 'retry' && call.action !== 'edit') continue;
    // A call does not say whether it is for the live event or for a replayed one.
    const redriven = history.deliveries.of(call.newEventId ?? eventId);
    const own = redriven.filter((each) => each.group === group && each.handler === handler);
    if (own.some((each) => isDoneAfter(each, call))) continue;
    const text = `${nameOf(delivery)} did not run after an operator's ${call.action}`;
    findings.violation('redriven-runs-again', text, [call, ...proofOf(delivery)]);
  }
}

/** Whether a delivery ran, or ended in the log, after an operator's action. */
function isDoneAfter({ runs, transitions }: Delivery, call: OperatorCall): boolean {
  if (runs.some(({ start }) => start.at + processClocksMs >= call.at)) return true;
  // An edited event has a log of its own.
  const isAction = ({ change, at }: Transition) => change === 'retried' && at + redisClockMs >= call.at;
  const first = call.newEventId === undefined ? transitions.findIndex(isAction) : 0;
  return first >= 0 && transitions.slice(first).some(({ change }) => finalChanges.has(change));
}

/** The records of a delivery. */
function proofOf(delivery: Delivery | undefined): (HistoryRecord | undefined)[] {
  if (delivery === undefined) return [];
  const runs = delivery.runs.flatMap(({ start, end }) => [start, end]);
  return [...runs, ...delivery.actions, ...delivery.transitions, delivery.final];
}
