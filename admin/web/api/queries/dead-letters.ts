import { infiniteQueryOptions, keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query';
import type { BulkJob } from '../../../answers.js';
import { ApiError, ask, type BodyOf, type QueryOf } from '../client.js';
import { byCursor } from './operations.js';

/** Filter of dead letters. */
export type DeadLetterQuery = QueryOf<'GET /admin/events/dlq'>;

/** How often lists of dead letters are requested again, in milliseconds. */
const refreshMs = 3_000;
const bulkProgressMs = 700;
const bulkJobsShown = 5;

const listsKey = ['ops', 'dead-letters'] as const;

/** One dead letter, refreshed regularly: another operator may change it. */
export const deadLetterQuery = (id: string) =>
  queryOptions({
    queryKey: ['ops', 'dead-letter', id],
    queryFn: ({ signal }) => ask('GET /admin/events/dlq/:eventId', { path: { eventId: id } }, signal),
    refetchInterval: ({ state }) => (isGone(state.error) ? false : refreshMs),
  });

/** Whether the error means that the dead letter does not exist or no longer exists. */
export function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'NOT_FOUND';
}

/** Dead letters that match a filter, newest first. Only the first page is refreshed. */
export const deadLettersQuery = (filter: DeadLetterQuery) =>
  infiniteQueryOptions({
    queryKey: [...listsKey, 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      ask('GET /admin/events/dlq', { query: { ...filter, cursor: pageParam } }, signal),
    ...byCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) === 1 ? refreshMs : false),
  });

/** Number of dead letters of an event type. */
export const deadLetterCountQuery = (type: string) =>
  queryOptions({
    queryKey: [...listsKey, 'count', type],
    queryFn: ({ signal }) => ask('GET /admin/events/dlq', { query: { type, limit: 1 } }, signal),
    refetchInterval: 10_000,
  });

/** Dead letters that match a filter, grouped by error. */
export const errorGroupsQuery = (filter: QueryOf<'GET /admin/events/dlq/error-groups'>) =>
  queryOptions({
    queryKey: [...listsKey, 'error groups', filter],
    queryFn: ({ signal }) => ask('GET /admin/events/dlq/error-groups', { query: filter }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  });

/** The latest bulk jobs, refreshed while one of them runs. */
export const bulkJobsQuery = queryOptions({
  queryKey: [...listsKey, 'bulk jobs'],
  queryFn: ({ signal }) => ask('GET /admin/events/dlq/bulk', { query: { limit: bulkJobsShown } }, signal),
  refetchInterval: ({ state }) => (state.data?.jobs.some(({ status }) => status === 'running') ? refreshMs : false),
});

/** Progress of a bulk job, starting with its last known state. */
export const bulkJobQuery = (known: BulkJob) =>
  queryOptions({
    queryKey: ['ops', 'bulk job', known.jobId],
    queryFn: ({ signal }) => ask('GET /admin/events/dlq/bulk/:jobId', { path: { jobId: known.jobId } }, signal),
    initialData: known,
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? bulkProgressMs : false),
  });

/** Number of dead letters that a bulk job would change; counted again each time. */
export const bulkCountQuery = (body: BodyOf<'POST /admin/events/dlq/bulk'>) =>
  queryOptions({
    queryKey: ['ops', 'bulk count', body],
    queryFn: ({ signal }) => ask('POST /admin/events/dlq/bulk', { body: { ...body, dryRun: true } }, signal),
    gcTime: 0,
  });

/** Returns a function that requests every list of dead letters again after a change. */
export function useRefreshLists(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: listsKey });
}
