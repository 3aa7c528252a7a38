import { clockRate, processClocksMs, redisClockMs } from '../facts/clocks.js';
import { type Delivery, nameOf, type Run } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import type { History } from '../facts/index-history.js';

/** The numbers of runs, and the delays between them. */
export function checkAttempts(history: History, findings: Findings): void {
  for (const delivery of history.deliveries.all()) {
    // The log says for which delivery an operator's retry was; a call does not.
    const retried = delivery.transitions.filter(({ change }) => change === 'retried');
    delivery.runs.forEach((run, index) => {
      checkLimit(history, delivery, run, findings);
      if (run.start.attempt === 1) return;
      // An operator's retry begins with run 1 again.
      const since = retried.findLast(({ at }) => at + redisClockMs <= run.start.at)?.at ?? 0;
      const before = delivery.runs.slice(0, index).filter(({ start }) => start.at + redisClockMs >= since);
      const failed = before.filter(
        ({ start, end }) => end?.outcome === 'failed' && start.attempt === run.start.attempt - 1,
      );
      checkGrowth(delivery, run, before, failed, findings);
      checkDelay(delivery, run, failed, findings);
    });
  }
}

/** A deployment may have changed the maximum: the largest one counts. */
function checkLimit({ registrations }: History, delivery: Delivery, { start, end }: Run, findings: Findings): void {
  const registered = registrations.find(delivery.group, delivery.handler);
  if (registered === undefined) return;
  const most = Math.max(...registered.starts.map(({ handler }) => handler.maxRetries)) + 1;
  if (start.attempt > most || (start.attempt === most && end?.outcome === 'failed')) {
    const text = `${nameOf(delivery)}: run ${start.attempt} ${end?.outcome ?? ''}, and the maximum is ${most}`;
    findings.violation('attempts', text, [start, end]);
  }
}

/** Run 3 needs a run 2 that has failed before. */
function checkGrowth(
  delivery: Delivery,
  { start }: Run,
  before: readonly Run[],
  failed: readonly Run[],
  findings: Findings,
): void {
  if (failed.some(({ end }) => (end?.at ?? 0) <= start.at + processClocksMs)) return;
  const text = `${nameOf(delivery)}: run ${start.attempt} without a failed run ${start.attempt - 1}`;
  findings.violation('attempts', text, [...before.flatMap((run) => [run.start, run.end]), start]);
}

function checkDelay(delivery: Delivery, { start }: Run, failed: readonly Run[], findings: Findings): void {
  // If several failed, one of them was recorded.
  const dueAt = Math.min(...failed.map(dueAtOf));
  if (failed.length === 0 || start.at >= dueAt) return;
  const text = `${nameOf(delivery)}: run ${start.attempt} began ${Math.round(dueAt - start.at)} ms before its delay had passed`;
  findings.violation('retry-not-early', text, [...failed.flatMap((run) => [run.start, run.end]), start]);
}

/** Due times are Redis's. */
function dueAtOf({ end }: Run): number {
  const delayMs = end?.retryInMs ?? 0;
  return (end?.at ?? 0) + delayMs * (1 - clockRate) - processClocksMs;
}
