import type { Findings } from './facts/findings.js';
import type { History } from './facts/index-history.js';
import { entriesOf, isCompleted, isLost } from './facts/obligations.js';
import type { Transition } from './history.js';
import type { HistoryCounts } from './report.js';

/** Counts what happened in a history. */
export function countHistory(history: History, { repeated, violations }: Findings): HistoryCounts {
  const { publications, events, transitions, runs, deliveries } = history;
  const outcomes = (outcome: string) => publications.filter((each) => each.outcome === outcome).length;
  const lines = (change: Transition['change']) => transitions.filter((line) => line.change === change).length;
  const all = [...events.values()];
  const ran = new Set(runs.map(({ start }) => start.eventId));
  const isWritten = (eventId: string) => history.positions.has(eventId) || ran.has(eventId);
  const withoutCause = violations.filter(({ rule }) => rule === 'repeated-with-cause').length;
  return {
    published: publications.length,
    acknowledged: outcomes('acknowledged'),
    rejected: outcomes('rejected'),
    unknown: outcomes('unknown'),
    written: all.filter(({ eventId, acknowledged }) => acknowledged.length > 0 || isWritten(eventId)).length,
    runs: runs.length,
    handled: [...deliveries.all()].filter(isCompleted).length,
    repeated: [...repeated.values()].reduce((sum, count) => sum + count, withoutCause),
    dead: lines('dead'),
    discarded: lines('discarded'),
    expired: lines('expired'),
    lost: all.flatMap(entriesOf).filter(({ position }) => isLost(history, position)).length,
    outOfOrder: violations.filter(({ rule }) => rule === 'key-starts-in-order').length,
  };
}
