import type { HistoryRecord } from '../history.js';

/** The rules: what must hold in every history. */
export const rules = {
  sound: 'The history itself is complete and free of contradictions.',
  'at-least-once':
    'Every acknowledged event is handled by each handler that was registered for its type, or ends in the log.',
  drained: 'When a history was drained, no delivery is left to do.',
  'completed-by-a-run': 'A delivery is completed only when a run of its handler has completed.',
  'redriven-runs-again': 'What an operator retried or edited runs again, or ends in the log.',
  'run-of-published-event': 'A run belongs to an event whose publishing, edit or replay had begun before.',
  'rejected-not-written':
    'An event whose publishing was rejected with another code than OUTCOME_UNKNOWN is never stored and never run.',
  'content-unchanged': 'An event has the type, tenant, key and data that its publisher wrote.',
  'stream-of-published-events': 'Every event in the stream was published.',
  'acknowledged-in-stream':
    'An acknowledged event is in the stream at the acknowledged position, until it is trimmed or lost.',
  'one-position': 'An event is at one position only.',
  'positions-grow': 'The events of one call, and of calls one after another, have growing positions.',
  'batch-whole': 'A batch is written as a whole or not at all.',
  'one-event-per-key': 'Within its window, an idempotency key of a tenant, or an explicit id, writes one event.',
  'duplicate-of-published':
    'A duplicate is acknowledged with the id and the position of an event that was published before with the same key or id.',
  'repeated-with-cause': 'A delivery runs again after a recorded outcome only with a cause.',
  'overlap-with-cause': 'Two runs of one delivery at the same time have a cause.',
  'one-outcome': 'Between two actions of operators, a delivery has one final outcome.',
  attempts: 'The number of a run grows by one with each failed run, up to the maximum.',
  'retry-not-early': 'A run that is a retry begins when its delay has passed, not before.',
  'right-receiver': 'A handler gets only events that it takes.',
  'replay-requested':
    'A replayed event belongs to a replay that an operator started and that selects the event and the handler.',
  'replay-complete': 'A completed replay has reached each of its handlers with each of its events.',
  'loss-reported': 'An acknowledged event that Redis lost before every handler had it is in a reported range.',
  'loss-with-cause': 'A loss is reported only after a fault that may cause it.',
  'loss-range-empty': 'A reported range contains no event that still exists.',
  concurrency: 'A process runs no more handlers at the same time than its settings allow.',
  'key-starts-in-order':
    'In a handler with an order, an event starts only when its predecessors of the same key have ended there.',
  'key-runs-apart': 'In a handler with an order, events of the same key do not run at the same time.',
  'parked-long-enough': 'A parked delivery is a dead letter VERSION_AHEAD only when maxParkMs has passed.',
  'transitions-logged': 'Every change of state except success in the first run is in the log.',
  'one-operator-succeeds': 'Of several actions of operators on the same dead letter, one succeeds.',
} as const;

export type RuleName = keyof typeof rules;

/** A rule that does not hold. */
export interface Violation {
  readonly rule: RuleName;
  readonly text: string;
  /** The records that prove it, in order of time. */
  readonly records: readonly HistoryRecord[];
}

/** What the rules find in a history. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly undecided = new Set<string>();
  /** Number of repeated runs, by their cause. */
  readonly repeated = new Map<string, number>();

  violation(rule: RuleName, text: string, records: readonly (HistoryRecord | undefined)[]): void {
    const proof = [...new Set(records)].filter((record) => record !== undefined);
    this.violations.push({ rule, text, records: proof.sort((a, b) => a.at - b.at) });
  }

  /** @param text What the history does not contain, and what cannot be decided for that reason. */
  undecidable(text: string): void {
    this.undecided.add(text);
  }

  countRepeated(cause: string): void {
    this.repeated.set(cause, (this.repeated.get(cause) ?? 0) + 1);
  }
}
