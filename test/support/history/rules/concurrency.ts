import type { Run } from '../facts/deliveries.js';
import type { Findings } from '../facts/findings.js';
import { groupBy } from '../facts/group-by.js';
import type { History } from '../facts/index-history.js';

/** No process handles more events at the same time than its settings allow, in all and for each handler. */
export function checkConcurrency(history: History, findings: Findings): void {
  for (const [name, runs] of groupBy(history.runs, ({ start }) => start.process)) {
    const process = history.starts.get(name);
    if (process === undefined) continue;
    checkLimit(`process ${name}`, process.concurrency, runs, findings);
    for (const [handler, ofHandler] of groupBy(runs, ({ start }) => start.handler)) {
      const limit = process.handlers.find((each) => each.name === handler)?.concurrency ?? Number.POSITIVE_INFINITY;
      if (limit < process.concurrency) checkLimit(`${handler} in process ${name}`, limit, ofHandler, findings);
    }
  }
}

/** @param runs Of one process, in the order of their starts: their times are compared exactly. */
function checkLimit(name: string, limit: number, runs: readonly Run[], findings: Findings): void {
  if (limit === Number.POSITIVE_INFINITY) return;
  let active: Run[] = [];
  for (const run of runs) {
    active = active.filter(({ endedAt }) => endedAt > run.start.at);
    active.push(run);
    if (active.length <= limit) continue;
    // The handlers of one event are one delivery.
    const events = new Set(active.map(({ start }) => `${start.eventId} ${start.replayJobId}`)).size;
    if (events <= limit) continue;
    const text = `${name}: ${events} events at the same time, and the limit is ${limit}`;
    findings.violation(
      'concurrency',
      text,
      active.map(({ start }) => start),
    );
    // One more run is one violation, not one for each run that follows.
    active.shift();
  }
}
