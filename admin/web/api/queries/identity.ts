import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query';
import type { SignedInUser } from '../../../answers.js';
import { ask } from '../client.js';
import { currentToken, useToken } from '../token.js';

export type { SignedInUser };

const signedInUserQuery = (token: string | undefined) =>
  queryOptions({
    queryKey: ['session', token],
    queryFn: ({ signal }) => ask('GET /admin/identity', {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Asks who is signed in, where a token is kept, before a page needs to know. */
export async function prefetchSignedInUser(queries: QueryClient): Promise<void> {
  const token = currentToken();
  if (token !== undefined) await queries.prefetchQuery(signedInUserQuery(token));
}

/** Who is signed in; asks for a token where nobody is. */
export function useSignedInUser(): SignedInUser {
  return useSuspenseQuery(signedInUserQuery(useToken())).data;
}

/** Who is signed in; undefined while that is not known, and where nobody is. */
export function useKnownUser(): SignedInUser | undefined {
  const token = useToken();
  return useQuery({ ...signedInUserQuery(token), enabled: token !== undefined, throwOnError: false }).data;
}
