import { queryOptions } from '@tanstack/react-query';
import { ask } from '../client.js';

/** The processes that handle events. Not for tokens that are bound to a tenant. */
export const consumersQuery = queryOptions({
  queryKey: ['ops', 'consumers'],
  queryFn: ({ signal }) => ask('GET /admin/consumers', { query: {} }, signal),
  refetchInterval: 10_000,
});

/** The processes with a handler of an event type. */
export const consumersOfTypeQuery = (type: string) =>
  queryOptions({
    queryKey: ['ops', 'consumers', type],
    queryFn: ({ signal }) => ask('GET /admin/consumers', { query: { type } }, signal),
    refetchInterval: 10_000,
  });
