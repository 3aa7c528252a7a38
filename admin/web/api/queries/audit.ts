import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { ask, type QueryOf } from '../client.js';
import { byCursor } from './operations.js';

/** Filter of the audit log. */
export type AuditQuery = QueryOf<'GET /admin/audit'>;

const refreshMs = 10_000;

/** Entries of the audit log, newest first. Only the first page is refreshed. */
export const auditQuery = (filter: AuditQuery) =>
  infiniteQueryOptions({
    queryKey: ['ops', 'audit', filter],
    queryFn: ({ pageParam, signal }) => ask('GET /admin/audit', { query: { ...filter, cursor: pageParam } }, signal),
    ...byCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? refreshMs : false),
  });
