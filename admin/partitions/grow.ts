import type { Actor, EventOperator, GrowthStep } from '@hyvve-events/runtime';
import { ofAllPartitions } from '../support/of-all-partitions.js';
import { growthLines, nextLines } from './print-growth.js';
import { type AskingTerminal, paintOf } from './terminal.js';

/** Options of `partitions grow`. */
export interface GrowOptions {
  /** Number of partitions after the growth. */
  readonly count: number;
  readonly by: Actor;
  /** Whether to grow without asking. */
  readonly yes: boolean;
  /** Whether to print JSON. */
  readonly json: boolean;
}

/** The command was not confirmed. */
export class NotConfirmedError extends Error {}

/** Time after which progress is printed, in milliseconds. */
const quietMs = 1_000;

/** Runs `hyvve-events-admin partitions grow`. @throws NotConfirmedError; EventBusError as `PartitionOperations.grow` */
export async function runGrow(operator: EventOperator, options: GrowOptions, terminal: AskingTerminal): Promise<void> {
  const { count, by, json } = options;
  const { count: present, growing } = await operator.partitions.map();
  if (count !== present || growing !== undefined) await confirm(present, options, terminal);
  const startedAt = performance.now();
  let width = 0;
  const onStep = ({ count: target, step, partition }: GrowthStep) => {
    if (terminal.isTTY !== true || json || performance.now() - startedAt < quietMs) return;
    const line = `${target / 2} → ${target} partitions: ${step}${partition === undefined ? '' : ` ${partition}`}`;
    terminal.write(`\r${line.padEnd(width)}`);
    width = line.length;
  };
  try {
    const grown = await operator.partitions.grow(count, by, { onStep });
    // The growth has ended, whether or not every partition can be read now.
    const waiting = await ofAllPartitions(operator.partitions.drained());
    if (width > 0) terminal.write(`\r${' '.repeat(width)}\r`);
    const lines = json
      ? [JSON.stringify({ ...grown, waiting }, undefined, 2)]
      : [...growthLines(grown, paintOf(terminal)), ...nextLines(grown, waiting)];
    terminal.write(`${lines.join('\n')}\n`);
  } catch (error) {
    if (width > 0) terminal.write('\n');
    throw error;
  }
}

/** Asks for the number: a growth cannot be undone. */
async function confirm(present: number, { count, yes }: GrowOptions, { ask }: AskingTerminal): Promise<void> {
  if (yes) return;
  const what = `the growth from ${present} to ${count} partitions cannot be undone`;
  if (ask === undefined) throw new NotConfirmedError(`${what}: nothing was changed; fix: confirm it with --yes`);
  const answer = await ask(`${what[0]?.toUpperCase()}${what.slice(1)}. Type ${count} to begin: `);
  if (answer.trim() !== String(count)) throw new NotConfirmedError('not confirmed: nothing was changed');
}
