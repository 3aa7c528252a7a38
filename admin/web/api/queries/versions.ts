import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { ask } from '../client.js';

/** Who reads and publishes which versions. Not for tokens that are bound to a tenant. */
export const versionRegistryQuery = queryOptions({
  queryKey: ['ops', 'versions'],
  queryFn: ({ signal }) => ask('GET /admin/events/versions', { query: {} }, signal),
  refetchInterval: 10_000,
});

/** The stored events of a type by their versions, in parts: counting them reads every entry, so it is repeated only on request. */
export const storedVersionsQuery = (type: string) =>
  infiniteQueryOptions({
    queryKey: ['ops', 'versions', type],
    queryFn: ({ pageParam, signal }) =>
      ask('GET /admin/events/versions/:type', { path: { type }, query: { cursor: pageParam } }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ stored }) => stored.cursor,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
