import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory } from '../../support/history/check-history.js';
import { formatReport } from '../../support/history/report.js';
import { mutations } from '../../support/history/simulated/mutations.js';
import { simulateHistory } from '../../support/history/simulated/simulate.js';
import { propertyTimeoutMs } from '../../support/property-timeout.js';
import { seededRandom } from '../../support/random.js';

const runs = Number(process.env.FUZZ_RUNS ?? 40);
const seed = Number(process.env.FUZZ_SEED ?? 20_261_130);

/** The histories of systems that keep their promises. */
const histories = fc
  .record({ seed: fc.integer({ min: 0 }), steps: fc.integer({ min: 0, max: 150 }), losses: fc.boolean() })
  .map(({ seed: drawn, steps, losses }) => simulateHistory({ random: seededRandom(drawn), steps, losses }));

it('checkHistory: accepts every history of a system that keeps its promises', { timeout: propertyTimeoutMs }, () => {
  fc.assert(
    fc.property(histories, (records) => {
      const report = checkHistory(records);
      expect(report.violations, formatReport(report)).toEqual([]);
    }),
    { seed, numRuns: runs },
  );
});

describe('checkHistory: refuses', { timeout: propertyTimeoutMs }, () => {
  const drawn = fc.sample(histories, { seed, numRuns: Math.min(runs, 500) });

  it.each(mutations)('$what', ({ rule, apply }) => {
    const changed = drawn.flatMap((records) => {
      const mutated = apply(records);
      return mutated === undefined ? [] : [mutated];
    });
    expect(changed.length).toBeGreaterThan(0);
    for (const records of changed) {
      const report = checkHistory(records);
      const rules = report.violations.map((violation) => violation.rule);
      expect(rules, `FUZZ_SEED=${seed}: ${formatReport(report)}`).toContain(rule);
    }
  });
});
