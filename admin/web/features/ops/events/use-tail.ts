import { useCallback, useEffect, useReducer } from 'react';
import { changeTail, emptyTail, type Round, type Tail, type TailAction } from './tail.js';

interface UsedTail<Event> {
  readonly tail: Tail<Event>;
  readonly arrived: (round: Round<Event>) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** A tail that starts again when `filter` changes. */
export function useTail<Event>(filter: string): UsedTail<Event> {
  const [tail, change] = useReducer(
    (before: Tail<Event>, action: TailAction<Event>) => changeTail(before, action),
    emptyTail,
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: events of the last filter do not belong to the new one
  useEffect(() => change({ kind: 'clear' }), [filter]);
  return {
    tail,
    arrived: useCallback((round) => change({ kind: 'arrived', ...round }), []),
    pause: useCallback(() => change({ kind: 'pause' }), []),
    resume: useCallback(() => change({ kind: 'resume' }), []),
  };
}
