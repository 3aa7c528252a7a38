import type { Effect, Fault } from '../history.js';
import { aftermathMs, processClocksMs, recordingMs, redisClockMs } from './clocks.js';
import type { Delivery, Run } from './deliveries.js';
import type { History } from './index-history.js';

/**
 * Whether Redis may have lost something by a time that was not written before another time: a loss leaves what is written after it.
 */
export function mayHaveLost({ faults }: History, writtenAt: number, by = Number.POSITIVE_INFINITY): boolean {
  return faults.some(
    ({ effects, at, until = Number.POSITIVE_INFINITY }) =>
      effects.includes('loss') && at <= by + processClocksMs && until + processClocksMs >= writtenAt,
  );
}

/**
 * When operators retried a delivery: the earliest time that each action may have had its effect. The log is evidence too, because an
 * action whose reply was lost is not recorded as a call. Its times are not exact: they count only if there are more lines than calls.
 */
export function redrivenAt({ actions, transitions }: Delivery): number[] {
  const calls = actions.filter(({ action }) => action === 'retry').map(({ at }) => at);
  const lines = transitions.filter(({ change }) => change === 'retried').map(({ at }) => at - redisClockMs);
  return (lines.length > calls.length ? [...calls, ...lines] : calls).sort((a, b) => a - b);
}

/** A fault with one of the effects, for one of the processes, whose effects may begin between two times. */
export function faultBetween(
  history: History,
  effects: readonly Effect[],
  processes: readonly (string | undefined)[],
  from: number,
  to: number,
): Fault | undefined {
  const tail = aftermathMs(leaseOf(history, processes));
  return history.faults.find(
    ({ at, until = Number.POSITIVE_INFINITY, process, effects: possible }) =>
      at <= to + processClocksMs &&
      until + tail >= from &&
      (process === undefined || processes.includes(process)) &&
      effects.some((effect) => possible.includes(effect)),
  );
}

/**
 * Why a run may be repeated at a time although it has ended: an operator's action, a fault between the start of the run and that
 * time, or the death of its process before the outcome was recorded. Two processes that run the same delivery, and a Redis that loses
 * outcomes, are causes as well. The process that runs it again may be the one that was away: it holds a delivery that another one
 * has finished in the meantime.
 */
export function repetitionCause(
  history: History,
  delivery: Delivery,
  run: Run,
  again: { readonly at: number; readonly process?: string },
): string | undefined {
  const { process, at: from } = run.start;
  const to = again.at + processClocksMs;
  // Later than that, its outcome is recorded: only a loss can undo it.
  const recordedBy = Math.min(again.at, run.endedAt + recordingMs);
  if (redrivenAt(delivery).some((at) => at >= from && at <= to)) return 'an action of an operator';
  const fault =
    faultBetween(history, ['repeat', 'overlap'], [process, again.process], from, recordedBy) ??
    faultBetween(history, ['loss'], [process, again.process], from, again.at);
  if (fault !== undefined) return fault.name;
  const end = history.ends.get(process);
  // A process that closes records the outcomes of all runs that have ended.
  if (end?.how === 'killed' && end.at >= from && end.at <= to && end.at <= run.endedAt + recordingMs)
    return 'the death of its process';
  return undefined;
}

/** Why a delivery may begin to run at a time although a run of another process has not ended. */
export function overlapCause(history: History, run: Run, again: Run): string | undefined {
  const { process, at: from } = run.start;
  const to = again.start.at;
  const fault = faultBetween(history, ['overlap', 'loss'], [process, again.start.process], from, to);
  if (fault !== undefined) return fault.name;
  const end = history.ends.get(process);
  // It returned its deliveries while the handler was still running.
  if (end?.how === 'closed' && end.at >= to && end.at <= to + recordingMs) return 'its process was closing';
  return undefined;
}

/** The longest lease of the processes, in milliseconds: one loses its lease, another one takes over when its own would have expired. */
function leaseOf({ starts }: History, processes: readonly (string | undefined)[]): number {
  return Math.max(0, ...processes.map((process = '') => starts.get(process)?.leaseMs ?? 0));
}
