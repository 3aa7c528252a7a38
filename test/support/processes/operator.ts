import { type ChildProcess, spawn } from 'node:child_process';
import { bundle } from './bundle.js';

/** The action of an operator process on one dead letter. */
export interface OperatorPlan {
  readonly redisUrl: string;
  readonly does: 'retry' | 'edit' | 'discard';
  /** The dead letter's id. */
  readonly id: string;
  /** New data, for an edit. */
  readonly data?: unknown;
}

export interface OperatorProcess {
  kill(): void;
  /** Resolves with the exit code; null if the process was killed. */
  readonly ended: Promise<number | null>;
}

let main: Promise<string> | undefined;

/** Starts an operator process. */
export async function startOperator(plan: OperatorPlan): Promise<OperatorProcess> {
  main ??= bundle('test/support/processes/operator-main.ts');
  const child: ChildProcess = spawn(process.execPath, [await main, JSON.stringify(plan)], {
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { kill: () => child.kill('SIGKILL'), ended };
}
