import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../support/history/check-history.js';
import type { RuleName } from '../../support/history/facts/findings.js';
import { deliveryCases } from '../../support/history/forged/delivery-cases.js';
import type { ForgedCase } from '../../support/history/forged/forged-case.js';
import { orderCases } from '../../support/history/forged/order-cases.js';
import { publishCases } from '../../support/history/forged/publish-cases.js';
import { receiverCases } from '../../support/history/forged/receiver-cases.js';
import { runCases } from '../../support/history/forged/run-cases.js';
import type { HistoryRecord } from '../../support/history/history.js';
import { formatReport } from '../../support/history/report.js';

// A rule without a case is an error of types.
const cases: Readonly<Record<RuleName, readonly ForgedCase[]>> = {
  ...deliveryCases,
  ...publishCases,
  ...runCases,
  ...receiverCases,
  ...orderCases,
};

function brokenRules(records: readonly HistoryRecord[]): {
  readonly rules: readonly string[];
  readonly report: string;
} {
  const report = checkHistory(records);
  return { rules: [...new Set(report.violations.map(({ rule }) => rule))], report: formatReport(report) };
}

describe.each(Object.entries(cases))('%s', (rule, forged) => {
  it.each(forged)('refuses: $what', ({ bad, also }) => {
    const { rules, report } = brokenRules(bad());
    expect([...rules].sort(), report).toEqual([rule, ...also].sort());
  });

  it.each(forged)('accepts what is within the rule: $what', ({ good }) => {
    const { rules, report } = brokenRules(good());
    expect(rules, report).toEqual([]);
  });
});
