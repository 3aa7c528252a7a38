import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../support/history/check-history.js';
import type { RuleName } from '../../support/history/facts/findings.js';
import { deliveryCases } from '../../support/history/forged/delivery-cases.js';
import { Forge, type ForgedEvent } from '../../support/history/forged/forge.js';
import type { ForgedCase } from '../../support/history/forged/forged-case.js';
import { idempotencyCases } from '../../support/history/forged/idempotency-cases.js';
import { logCases } from '../../support/history/forged/log-cases.js';
import { orderCases } from '../../support/history/forged/order-cases.js';
import { publishCases } from '../../support/history/forged/publish-cases.js';
import { receiverCases } from '../../support/history/forged/receiver-cases.js';
import { repetitionCases } from '../../support/history/forged/repetition-cases.js';
import { runCases } from '../../support/history/forged/run-cases.js';
import { streamCases } from '../../support/history/forged/stream-cases.js';
import type { HistoryRecord } from '../../support/history/history.js';
import { formatReport } from '../../support/history/report.js';

// A rule without a case is an error of types.
const cases: Readonly<Record<RuleName, readonly ForgedCase[]>> = {
  ...deliveryCases,
  ...publishCases,
  ...runCases,
  ...receiverCases,
  ...streamCases,
  ...idempotencyCases,
  ...repetitionCases,
  ...logCases,
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

describe('undecided', () => {
  const noStream = 'no entry of the stream: whether acknowledged events were stored';
  const noStates = 'no final state of a delivery: whether the reported states are true';
  const handledOne = (forge: Forge) => {
    const event = forge.publish();
    forge.run(event);
    return event;
  };

  it.each<[what: string, records: readonly HistoryRecord[], undecided: readonly string[]]>([
    ['nothing was published', new Forge().process().end(), []],
    ['everything is there', handleOne(new Forge().process(), handledOne).end(), []],
    ['no process handles events', handleOne(new Forge(), (forge) => forge.publish()).end(), []],
    ['no entry', unstored(new Forge(), (forge) => forge.publish()).end(), [noStream]],
    ['no entry and no state', unstored(new Forge().process(), handledOne).end(), [noStream, noStates]],
    [
      'a process without a start',
      handleOne(new Forge(), handledOne).end(),
      ['process p1 has runs and no start: what its handlers take'],
    ],
    [
      'different orders',
      new Forge()
        .process('p1', {}, { order: { whenFailed: 'hold', whenDead: 'hold' } })
        .process('p2')
        .end(),
      ['processes of billing/bill have different orders at the same time: the order of its events'],
    ],
    [
      'not drained',
      unstored(new Forge().process(), (forge) => forge.publish()).end({ drained: false }),
      [noStream, noStates, 'no final state, and the history was not drained: whether the rest is still to be done'],
    ],
  ])('%s', (_, records, undecided) => {
    expect(checkHistory(records)).toMatchObject({ violations: [], undecided });
  });
});

function handleOne(forge: Forge, step: (forge: Forge) => ForgedEvent): Forge {
  step(forge);
  return forge;
}

function unstored(forge: Forge, step: (forge: Forge) => ForgedEvent): Forge {
  return forge.unstore(step(forge));
}
