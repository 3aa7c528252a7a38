import { infiniteQueryOptions, keepPreviousData, useQueryClient } from '@tanstack/react-query';
import { ask } from '../client.js';
import { byCursor } from './operations.js';

/** Refresh interval for each page that is shown, in milliseconds. */
const refreshMs = 3_000;
const pageSize = 100;
const queryKey = ['ops', 'parked'] as const;

/** Parked deliveries. @param group Only of this consumer group. */
export const parkedQuery = (group: string | undefined) =>
  infiniteQueryOptions({
    queryKey: [...queryKey, group],
    queryFn: ({ pageParam, signal }) =>
      ask('GET /admin/events/parked', { query: { group, limit: pageSize, cursor: pageParam } }, signal),
    ...byCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => refreshMs * (state.data?.pages.length ?? 1),
  });

/** Returns a function that requests the parked deliveries again after a change. */
export function useRefreshParked(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey });
}
