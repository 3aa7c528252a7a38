import type { EventOperator } from '@hyvve-events/runtime';
import { planLines } from './print-plan.js';
import { paintOf, type Terminal } from './terminal.js';

/** Options of `partitions plan`. */
export interface PlanOptions {
  /** Number of partitions after the growth. */
  readonly count: number;
  /** Addresses of the masters that get partitions. Default: all. */
  readonly masters: readonly string[] | undefined;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** Exit code of `partitions plan` when there are slots to move. */
const movesExitCode = 3;

/** Runs `hyvve-events-admin partitions plan`. @returns The exit code: 0 when nothing has to be moved, else 3 */
export async function runPlan(operator: EventOperator, options: PlanOptions, terminal: Terminal): Promise<number> {
  const plan = await operator.partitions.plan(options.count, options.masters);
  const lines = options.json ? [JSON.stringify(plan, undefined, 2)] : planLines(plan, paintOf(terminal));
  terminal.write(`${lines.join('\n')}\n`);
  return plan.moves.length === 0 ? 0 : movesExitCode;
}
