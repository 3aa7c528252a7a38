import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';
import { checkHistory } from '../history/check-history.js';
import type { RuleName } from '../history/facts/findings.js';
import type { Effect } from '../history/history.js';
import { formatReport } from '../history/report.js';
import { type Stage, useStage } from '../processes/chaos.js';
import { type OperatorPlan, type OperatorProcess, startOperator } from '../processes/operator.js';
import type { EndFault } from './faults.js';
import { type KilledCall, recordFinalState } from './final-state.js';
import { TestHistory } from './test-history.js';

/** A stage whose tests are recorded: the history of each test is checked when it has ended. */
export interface RecordedStage extends Stage {
  /**
   * Declares a fault that the stage does not notice by itself. It lasts until the returned function is called.
   * @param effects The narrowest ones that are true: what a fault may cause, the checker cannot find.
   */
  fault(name: string, effects: readonly Effect[]): EndFault;
  /** Starts an operator process. If it is killed, the log shows whether its call has succeeded. */
  startOperator(plan: OperatorPlan): Promise<OperatorProcess>;
  /** Says why a test publishes nothing and handles nothing. */
  recordsNothing(reason: string): void;
  /** Says that the test breaks a rule on purpose: the checker must find it. */
  breaks(rule: RuleName): void;
}

interface Expected {
  readonly isEmpty: string | undefined;
  readonly broken: RuleName | undefined;
  /** Whether the test has failed before. */
  readonly hasFailed: boolean;
}

/** Checks the history of a test that has ended. A history that is refused is kept. */
function judge(recorded: TestHistory, { isEmpty, broken, hasFailed }: Expected): void {
  const records = recorded.read();
  const report = checkHistory(records);
  const found = new Set(report.violations.map(({ rule }) => rule));
  const expected = new Set(broken === undefined ? [] : [broken]);
  const hasContent = records.some(({ kind }) => kind === 'publish' || kind === 'run-start');
  const isRefused = !isDeepStrictEqual(found, expected) || report.undecided.length > 0;
  if (!isRefused && !hasFailed && process.env.KEEP_HISTORIES !== '1') recorded.discard();
  else {
    const text = `${formatReport(report)}\nThe history: ${recorded.keep()}`;
    if (isRefused && !hasFailed) throw new Error(`${broken ?? 'no rule'} is broken on purpose. ${text}`);
    console.log(text);
  }
  expect(hasContent, 'a test that publishes nothing and handles nothing says why').toBe(isEmpty === undefined);
}

/** Sets up a recorded stage for the tests in a file. */
export function useRecordedStage(redisArgs: readonly string[] = []): RecordedStage {
  let history: TestHistory | undefined;
  let isEmpty: string | undefined;
  let killed: KilledCall[] = [];
  let broken: RuleName | undefined;
  const need = (): TestHistory => {
    if (history === undefined) throw new Error('a test is recorded only while it runs');
    return history;
  };
  // Before the stage's own hook, so that everything that it makes is recorded.
  beforeEach(() => {
    history = new TestHistory();
    isEmpty = undefined;
    killed = [];
    broken = undefined;
  });
  const stage = useStage(redisArgs, () => history);
  // Before the stage's own hook, too: the last hook that is added runs first.
  afterEach(async ({ task }) => {
    const recorded = need();
    await stage.stop();
    recorded.faults.record();
    await recordFinalState(recorded.recorder, stage.operator, stage.redis, recorded.read(), killed);
    recorded.stop();
    history = undefined;
    judge(recorded, { isEmpty, broken, hasFailed: task.result?.state === 'fail' });
  });
  return Object.assign(stage, {
    fault: (name: string, effects: readonly Effect[]) => need().faults.begin(name, effects),
    startOperator: async (plan: OperatorPlan) => {
      const { recorder } = need();
      const change = ({ retry: 'retried', edit: 'edited', discard: 'discarded' } as const)[plan.does];
      const at = recorder.now();
      const started = await startOperator(plan);
      void started.ended.then((code) => {
        if (code === null) killed.push({ deadLetterId: plan.id, change, at, until: recorder.now() });
      });
      return started;
    },
    recordsNothing: (reason: string) => {
      isEmpty = reason;
    },
    breaks: (rule: RuleName) => {
      broken = rule;
    },
  });
}
