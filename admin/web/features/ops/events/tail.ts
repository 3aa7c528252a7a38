import type { LiveMessages } from '../../../../answers.js';

/** What passes, as it is shown: the newest first. */
export interface Tail<Event> {
  readonly shown: readonly Event[];
  /** What has passed since the pause, newest first; empty while nothing is paused. */
  readonly held: readonly Event[];
  readonly paused: boolean;
  /** Events that passed the filter since the tail began, shown or not. */
  readonly passed: number;
  /** Of those, how many since the pause. */
  readonly passedHeld: number;
  /** True once the service said that it sends a part of what passes. */
  readonly sampled: boolean;
}

/** What the service sends at once. */
export type Round<Event> = Omit<LiveMessages['events'], 'events'> & {
  /** Oldest first. */
  readonly events: readonly Event[];
};

export type TailAction<Event> =
  | ({ readonly kind: 'arrived' } & Round<Event>)
  | { readonly kind: 'pause' | 'resume' | 'clear' };

/** Events kept, shown and held each: a tab that is left open does not grow. */
export const mostKept = 200;

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
      return { ...tail, shown: [...held, ...shown].slice(0, mostKept), held: [], passedHeld: 0, paused: false };
    case 'clear':
      return { ...emptyTail, paused };
  }
}

function newest<Event>(arrived: readonly Event[], before: readonly Event[]): readonly Event[] {
  return [...arrived.toReversed(), ...before].slice(0, mostKept);
}
