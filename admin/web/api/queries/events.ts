import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { ask, type QueryOf } from '../client.js';
import { byCursor } from './operations.js';

/** Filter of events. */
export type EventQuery = QueryOf<'GET /admin/events'>;

/** Refresh intervals in milliseconds: while the event can still change, and afterwards. */
const [soonMs, laterMs] = [2_000, 15_000];
const listMs = 10_000;
const traceMs = 5_000;
const retryMs = 1_000;

const unfinished = new Set(['PENDING', 'PROCESSING', 'FAILED', 'DLQ']);
const finished = new Set(['COMPLETED', 'DLQ', 'DISCARDED', 'EXPIRED']);

/** Events that match a filter, newest first. Only the first page is refreshed. */
export const eventsQuery = (filter: EventQuery) =>
  infiniteQueryOptions({
    queryKey: ['ops', 'events', filter],
    queryFn: ({ pageParam, signal }) => ask('GET /admin/events', { query: { ...filter, cursor: pageParam } }, signal),
    ...byCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? listMs : false),
  });

/** The newest event of a type. */
export const lastEventQuery = (type: string) =>
  queryOptions({
    queryKey: ['ops', 'events', 'last', type],
    queryFn: ({ signal }) => ask('GET /admin/events', { query: { type, limit: 1 } }, signal),
    refetchInterval: listMs,
  });

/** One event with its deliveries. */
export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ['ops', 'event', id],
    queryFn: ({ signal }) => ask('GET /admin/events/:id', { path: { id } }, signal),
    refetchInterval: ({ state }) => (unfinished.has(state.data?.event.status ?? '') ? soonMs : laterMs),
  });

/** An event whose dead letter was just retried: requested until its outcome is known. */
export const retriedEventQuery = (id: string) =>
  queryOptions({
    queryKey: ['ops', 'event', id, 'after a retry'],
    queryFn: ({ signal }) => ask('GET /admin/events/:id', { path: { id } }, signal),
    // The index may not contain the new event yet.
    retry: true,
    retryDelay: retryMs,
    refetchInterval: ({ state }) => (finished.has(state.data?.event.status ?? '') ? false : retryMs),
  });

/** The events of one correlation id. */
export const traceQuery = (correlationId: string) =>
  queryOptions({
    queryKey: ['ops', 'trace', correlationId],
    queryFn: ({ signal }) => ask('GET /admin/traces/:correlationId', { path: { correlationId } }, signal),
    refetchInterval: traceMs,
  });
