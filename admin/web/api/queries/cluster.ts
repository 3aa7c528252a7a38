import { queryOptions } from '@tanstack/react-query';
import { ask } from '../client.js';

/** The servers and the partitions. Not for tokens that are bound to a tenant. */
export const clusterQuery = queryOptions({
  queryKey: ['ops', 'cluster'],
  queryFn: ({ signal }) => ask('GET /admin/cluster', {}, signal),
  refetchInterval: 5_000,
});
