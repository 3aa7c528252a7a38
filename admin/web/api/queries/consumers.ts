import { queryOptions } from '@tanstack/react-query';
import { ask } from '../client.js';

/** The processes that handle events. Not for tokens that are bound to a tenant. */
export const consumersQuery = queryOptions({
  queryKey: ['ops', 'consumers'],
  queryFn: ({ signal }) => ask('GET /admin/consumers', {}, signal),
  refetchInterval: 10_000,
});
