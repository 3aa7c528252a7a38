import { mayHaveLost } from '../facts/causes.js';
import { type Delivery, nameOf } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import { writtenAt } from '../facts/obligations.js';
import type { FinalDelivery } from '../history.js';

/** The lines of which one must be in the log for a final state. */
const linesOf: Readonly<Partial<Record<FinalDelivery['state'], readonly string[]>>> = {
  DLQ: ['dead'],
  PARKED: ['parked'],
  DISCARDED: ['discarded', 'edited'],
  EXPIRED: ['expired'],
};

/** The log has a line for each change of state, and a dead letter is changed by one operator only. */
export function checkLog(history: History, findings: Findings): void {
  for (const delivery of history.deliveries.all()) {
    // Redis may forget lines.
    if (mayHaveLost(history, delivery.runs[0]?.start.at ?? writtenAt(delivery.position))) continue;
    checkLines(history, delivery, findings);
    checkOperators(history, delivery, findings);
  }
}

function checkLines(history: History, delivery: Delivery, findings: Findings): void {
  const { final, runs, transitions, eventId, position, group } = delivery;
  const count = (...changes: readonly string[]) => transitions.filter(({ change }) => changes.includes(change)).length;
  const expected = final === undefined ? undefined : linesOf[final.state];
  const ofAll = history.deliveries.find(eventId, position, group, '*')?.transitions ?? [];
  if (expected !== undefined && count(...expected) === 0 && !ofAll.some(({ change }) => expected.includes(change)))
    findings.violation('transitions-logged', `${nameOf(delivery)} is ${final?.state}, and the log has no line for it`, [
      final,
    ]);
  const last = runs.at(-1);
  if (count('retried') === 0 && last !== undefined && count('failed') < last.start.attempt - 1) {
    const text = `${nameOf(delivery)}: run ${last.start.attempt}, and the log has ${count('failed')} failures`;
    findings.violation('transitions-logged', text, [...runs.flatMap(({ start, end }) => [start, end]), ...transitions]);
  }
  if (final?.state === 'COMPLETED' && (last?.start.attempt ?? 1) > 1 && count('completed') === 0)
    findings.violation(
      'transitions-logged',
      `${nameOf(delivery)} has completed in a retry, and the log has no line for it`,
      [last?.start, last?.end, final],
    );
}

/** The actions of operators and the dead letters that they need. */
function checkOperators(history: History, delivery: Delivery, findings: Findings): void {
  const { eventId, group, handler, actions } = delivery;
  // A call does not say whether it is for the live event or for a replayed one.
  const all = history.deliveries.of(eventId).filter((each) => each.group === group && each.handler === handler);
  if (all[0] !== delivery) return;
  const changes = actions.filter(
    (call) => ['retry', 'edit', 'discard'].includes(call.action) && call.handler === handler,
  );
  const letters = all.flatMap(({ transitions }) => transitions.filter(({ change }) => change === 'dead'));
  if (changes.length > letters.length) {
    const text = `${nameOf(delivery)}: ${changes.length} actions of operators on ${letters.length} dead letters`;
    findings.violation('one-operator-succeeds', text, [...changes, ...letters]);
  }
}
