import { infiniteQueryOptions, useQueryClient } from '@tanstack/react-query';
import type { Replay } from '../../../answers.js';
import { ask } from '../client.js';
import { byCursor } from './operations.js';

/** Refresh intervals in milliseconds: while a replay runs, and while none does. */
const [soonMs, laterMs] = [1_000, 10_000];
const pageSize = 20;
const queryKey = ['ops', 'replays'] as const;

/** Replays, newest first. */
export const replaysQuery = infiniteQueryOptions({
  queryKey,
  queryFn: ({ pageParam, signal }) =>
    ask('GET /admin/events/replay', { query: { limit: pageSize, cursor: pageParam } }, signal),
  ...byCursor,
  refetchInterval: ({ state }) =>
    state.data?.pages.some(({ replays }) => replays.some(isOpen)) === true ? soonMs : laterMs,
});

/** Whether a replay waits or runs: it can be cancelled. */
export function isOpen({ status }: Replay): boolean {
  return status === 'waiting' || status === 'running';
}

/** Returns a function that requests the list of replays again after a change. */
export function useRefreshReplays(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey });
}
