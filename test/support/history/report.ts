import { type RuleName, rules, type Violation } from './facts/findings.js';
import type { HistoryRecord } from './history.js';

/** How much happened in a history. */
export interface HistoryCounts {
  /** Drafts of calls of `publish` and `publishBatch`. */
  readonly published: number;
  readonly acknowledged: number;
  readonly rejected: number;
  /** Rejected with `OUTCOME_UNKNOWN`, or without a result because the process ended. */
  readonly unknown: number;
  /** Events that were written as far as the history shows it. */
  readonly written: number;
  readonly runs: number;
  /** Deliveries with a completed run. */
  readonly handled: number;
  /** Runs of deliveries whose outcome may not have been recorded. Each has a cause, or is a violation. */
  readonly repeated: number;
  readonly dead: number;
  readonly discarded: number;
  readonly expired: number;
  /** Acknowledged events in a reported range of lost events. */
  readonly lost: number;
  readonly outOfOrder: number;
}

/** What the checker found. A history is accepted if there are no violations, and only as far as nothing is undecided. */
export interface HistoryReport {
  readonly violations: readonly Violation[];
  /** What the history does not contain, and what could not be decided for that reason. */
  readonly undecided: readonly string[];
  readonly counts: HistoryCounts;
  /** Number of repeated runs by their cause. */
  readonly repeatedBecause: Readonly<Record<string, number>>;
  /** Time of the first record. */
  readonly startedAt: number;
}

const violationsOfARule = 5;
const recordsOfAViolation = 6;

/** The report as a text: each rule that does not hold, with the records that prove it. Times are seconds since the first record. */
export function formatReport(report: HistoryReport): string {
  const { violations, undecided, counts, repeatedBecause, startedAt } = report;
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const causes = Object.entries(repeatedBecause).map(([cause, count]) => `  ${count} repeated: ${cause}`);
  const names = [...new Set(violations.map(({ rule }) => rule))];
  return [
    violations.length === 0 ? 'No violation.' : `${violations.length} violations of ${names.length} rules.`,
    numbers.join(', '),
    ...causes,
    ...undecided.map((text) => `Not decided: ${text}`),
    ...names.flatMap((rule) => section(rule, violations, startedAt)),
  ].join('\n');
}

function section(rule: RuleName, violations: readonly Violation[], startedAt: number): string[] {
  const found = violations.filter((violation) => violation.rule === rule);
  const more = found.length - violationsOfARule;
  return [
    '',
    `${rule}: ${rules[rule]} (${found.length})`,
    ...found.slice(0, violationsOfARule).flatMap(({ text, records }) => [`  - ${text}`, ...proof(records, startedAt)]),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ];
}

function proof(records: readonly HistoryRecord[], startedAt: number): string[] {
  const more = records.length - recordsOfAViolation;
  return [
    ...records.slice(0, recordsOfAViolation).map((record) => `      ${formatRecord(record, startedAt)}`),
    ...(more > 0 ? [`      … and ${more} more records`] : []),
  ];
}

function formatRecord({ at, kind, ...fields }: HistoryRecord, startedAt: number): string {
  const seconds = ((at - startedAt) / 1_000).toFixed(3);
  const text = JSON.stringify(fields);
  return `${seconds.padStart(9)} s  ${kind}  ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}
