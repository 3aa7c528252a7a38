import { mayHaveLost, repetitionCause } from '../facts/causes.js';
import { redisClockMs } from '../facts/clocks.js';
import { type Delivery, nameOf } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';
import type { Transition } from '../history.js';

/** What may follow an outcome in the log without an operator's retry. */
const followers: Readonly<Record<string, readonly string[]>> = {
  completed: [],
  // An operator discards or edits it, or its retention ends.
  dead: ['discarded', 'edited', 'expired', 'retried', 'lost'],
  discarded: [],
  edited: [],
  expired: [],
  skipped: [],
};

/** A delivery has one final outcome: an outcome of a process that no longer has the delivery is refused. */
export function checkOutcomes(history: History, findings: Findings): void {
  for (const delivery of history.deliveries.all()) {
    checkLog(history, delivery, findings);
    checkDeadAfterCompleted(history, delivery, findings);
    checkFinalState(history, delivery, findings);
  }
}

function checkLog(history: History, delivery: Delivery, findings: Findings): void {
  let outcome: Transition | undefined;
  for (const line of delivery.transitions) {
    const before = outcome;
    outcome = line;
    const allowed = before === undefined ? undefined : followers[before.change];
    if (before === undefined || allowed === undefined || allowed.includes(line.change)) continue;
    // Redis may forget an outcome.
    if (!mayHaveLost(history, before.at - redisClockMs, line.at + redisClockMs))
      findings.violation('one-outcome', `${nameOf(delivery)}: ${line.change} after ${before.change}`, [before, line]);
  }
}

/** A success in the first run has no line in the log. */
function checkDeadAfterCompleted(history: History, delivery: Delivery, findings: Findings): void {
  const { transitions, runs } = delivery;
  for (const line of transitions.filter(({ change }) => change === 'dead')) {
    const at = line.at - redisClockMs;
    const completed = runs.find(({ end }) => end?.outcome === 'completed' && end.at < at);
    if (completed === undefined || repetitionCause(history, delivery, completed, { at }) !== undefined) continue;
    findings.violation('one-outcome', `${nameOf(delivery)} is dead after it had completed`, [
      completed.start,
      completed.end,
      line,
    ]);
  }
}

function checkFinalState(history: History, delivery: Delivery, findings: Findings): void {
  const { final, transitions } = delivery;
  const last = transitions.at(-1);
  if (final === undefined || last === undefined) return;
  const isContradicted =
    (final.state === 'COMPLETED' && last.change === 'dead') || (final.state === 'DLQ' && last.change === 'completed');
  if (isContradicted && !mayHaveLost(history, last.at - redisClockMs))
    findings.violation('one-outcome', `${nameOf(delivery)} is ${final.state}, and its last line is ${last.change}`, [
      last,
      final,
    ]);
}
