import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { Session } from '../../../answers.js';
import { ask } from '../client.js';
import { currentToken, useToken } from '../token.js';

export type { Session };

const sessionOf = (token: string | undefined) =>
  queryOptions({
    queryKey: ['session', token],
    queryFn: ({ signal }) => ask('GET /admin/session', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Asks who is signed in, where a token is kept, before a page needs to know. */
export async function prefetchSession(queries: QueryClient): Promise<void> {
  const token = currentToken();
  if (token !== undefined) await queries.prefetchQuery(sessionOf(token));
}

/** Who is signed in; asks for a token where nobody is. */
export function useSession(): Session {
  return useSuspenseQuery(sessionOf(useToken())).data;
}

/** Who is signed in; undefined while that is not known, and where nobody is. */
export function useKnownSession(): Session | undefined {
  const token = useToken();
  return useQuery({ ...sessionOf(token), enabled: token !== undefined, throwOnError: false }).data;
}
