import type { LiveMessages } from '../../../../answers.js';

/** Live events as the page shows them, newest first. */
export interface Tail<Event> {
  readonly shown: readonly Event[];
  /** Events since the pause, newest first; empty if there is no pause. */
  readonly held: readonly Event[];
  readonly paused: boolean;
  /** Number of events that matched the filter since the tail started, shown or not. */
  readonly passed: number;
  /** How many of them matched since the pause. */
  readonly passedHeld: number;
  /** True once the service reported that it sends only a sample of the events. */
  readonly sampled: boolean;
}

/** The content of one message of the service. */
export type Round<Event> = Omit<LiveMessages['events'], 'events'> & {
  /** Oldest first. */
  readonly events: readonly Event[];
};

export type TailAction<Event> =
  | ({ readonly kind: 'arrived' } & Round<Event>)
  | { readonly kind: 'pause' | 'resume' | 'clear' };

/** Most events in each of `shown` and `held`, so that the memory of an open tab is bounded. */
export const mostShown = 200;

export const emptyTail: Tail<never> = { shown: [], held: [], paused: false, passed: 0, passedHeld: 0, sampled: false };

/** The tail after `action`. */
export function changeTail<Event>(tail: Tail<Event>, action: TailAction<Event>): Tail<Event> {
  const { shown, held, paused } = tail;
  switch (action.kind) {
    case 'arrived': {
      const passed = tail.passed + action.passed;
      const sampled = tail.sampled || action.sampled;
      if (!paused) return { ...tail, passed, sampled, shown: newest(action.events, shown) };
      const passedHeld = tail.passedHeld + action.passed;
      return { ...tail, passed, passedHeld, sampled, held: newest(action.events, held) };
    }
    case 'pause':
      return { ...tail, paused: true };
    case 'resume':
      return { ...tail, shown: [...held, ...shown].slice(0, mostShown), held: [], passedHeld: 0, paused: false };
    case 'clear':
      return { ...emptyTail, paused };
  }
}

function newest<Event>(arrived: readonly Event[], before: readonly Event[]): readonly Event[] {
  return [...arrived.toReversed(), ...before].slice(0, mostShown);
}
