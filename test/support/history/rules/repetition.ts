import { overlapCause, repetitionCause } from '../facts/causes.js';
import { processClocksMs } from '../facts/clocks.js';
import { type Delivery, nameOf, type Run } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';

/** A delivery runs again, or twice at the same time, only with a cause. */
export function checkRepetition(history: History, findings: Findings): void {
  for (const delivery of history.deliveries.all()) {
    delivery.runs.forEach((run, index) => {
      for (const before of delivery.runs.slice(0, index)) checkPair(history, delivery, before, run, findings);
    });
  }
}

function checkPair(history: History, delivery: Delivery, before: Run, run: Run, findings: Findings): void {
  if (isActiveAt(before, run)) {
    const cause = overlapCause(history, before, run);
    if (cause === undefined) {
      const text = `${nameOf(delivery)} ran twice at the same time, and no fault explains it`;
      findings.violation('overlap-with-cause', text, [before.start, before.end, run.start, run.end]);
    }
    return;
  }
  if (!isRepetition(before, run)) return;
  const { at, process } = run.start;
  const cause = repetitionCause(history, delivery, before, { at, process });
  if (cause === undefined) {
    const text = `${nameOf(delivery)} ran again after run ${before.start.run} (${before.end?.outcome}), and nothing explains it`;
    findings.violation('repeated-with-cause', text, [before.start, before.end, run.start, run.end]);
  } else findings.countRepeated(cause);
}

/** Whether a run is still going on when another one begins. */
function isActiveAt(run: Run, { start }: Run): boolean {
  return run.endedAt > start.at + (run.start.process === start.process ? 0 : processClocksMs);
}

/** Whether a run is one that the outcome of an earlier run, once recorded, rules out. */
function isRepetition({ start, end }: Run, again: Run): boolean {
  if (end === undefined) return false;
  return end.outcome !== 'failed' || start.attempt >= again.start.attempt;
}
