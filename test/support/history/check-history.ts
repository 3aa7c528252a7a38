import { countHistory } from './count-history.js';
import { Findings } from './facts/findings.js';
import { type History, indexHistory } from './facts/index-history.js';
import type { HistoryRecord } from './history.js';
import type { HistoryReport } from './report.js';
import { checkAtLeastOnce } from './rules/at-least-once.js';
import { checkAttempts } from './rules/attempts.js';
import { checkConcurrency } from './rules/concurrency.js';
import { checkIdempotency } from './rules/idempotency.js';
import { checkKeyOrder } from './rules/key-order.js';
import { checkLog } from './rules/log.js';
import { checkLosses } from './rules/losses.js';
import { checkOutcomes } from './rules/outcomes.js';
import { checkParking } from './rules/parking.js';
import { checkPublishedEvents } from './rules/published-events.js';
import { checkReceivers } from './rules/receivers.js';
import { checkRepetition } from './rules/repetition.js';
import { checkReplays } from './rules/replays.js';
import { checkSound } from './rules/sound.js';
import { checkStream } from './rules/stream.js';

const checks: readonly ((history: History, findings: Findings) => void)[] = [
  ...[checkSound, checkPublishedEvents, checkStream, checkIdempotency, checkReceivers, checkAtLeastOnce],
  ...[checkRepetition, checkOutcomes, checkAttempts, checkConcurrency, checkReplays, checkLosses, checkParking],
  ...[checkKeyOrder, checkLog],
];

/** Decides from the records of a history whether the system kept its promises. The records may be in any order. */
export function checkHistory(records: readonly HistoryRecord[]): HistoryReport {
  const history = indexHistory(records);
  const findings = new Findings();
  for (const check of checks) check(history, findings);
  return {
    violations: findings.violations,
    undecided: [...findings.undecided],
    counts: countHistory(history, findings),
    repeatedBecause: Object.fromEntries(findings.repeated),
    startedAt: history.records[0]?.at ?? 0,
  };
}
