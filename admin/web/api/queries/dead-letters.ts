import { queryOptions, useQueryClient } from '@tanstack/react-query';
import type { DeadLetter } from '../../../answers.js';
import { ApiError, ask } from '../client.js';

/** How often lists of dead letters are asked for anew, in milliseconds. */
export const refreshMs = 3_000;

/** Where lists of dead letters are kept. */
export const listsKey = ['ops', 'dead-letters'] as const;

/** One dead letter whole, looked at again now and then: somebody else may mend it. */
export const deadLetterQuery = (id: string) =>
  queryOptions({
    queryKey: ['ops', 'dead-letter', id],
    queryFn: ({ signal }) => ask<DeadLetter>(pathOfDeadLetter(id), {}, signal),
    refetchInterval: ({ state }) => (isGone(state.error) ? false : refreshMs),
  });

/** Whether there is no such dead letter, or none any more. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'NOT_FOUND';
}

/** The path of a dead letter at the service. @param id Of the dead letter or of its event. */
export function pathOfDeadLetter(id: string): string {
  return `admin/events/dlq/${encodeURIComponent(id)}`;
}

/** Has every list asked for again, after a change. */
export function useRefreshLists(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: listsKey });
}
