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

/** Requests who is signed in before a page needs it, if there is a token. */
export async function prefetchSignedInUser(queries: QueryClient): Promise<void> {
  const token = currentToken();
  if (token !== undefined) await queries.prefetchQuery(signedInUserQuery(token));
}

/** The signed-in user; shows the sign-in form if there is none. */
export function useSignedInUser(): SignedInUser {
  return useSuspenseQuery(signedInUserQuery(useToken())).data;
}

/** The signed-in user; undefined if there is none, and until the service has answered. */
export function useKnownUser(): SignedInUser | undefined {
  const token = useToken();
  return useQuery({ ...signedInUserQuery(token), enabled: token !== undefined, throwOnError: false }).data;
}
