import { Button } from '@mantine/core';
import { useQueryClient, useQueryErrorResetBoundary } from '@tanstack/react-query';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { needsOtherToken } from '../api/client.js';
import { docsQuery } from '../api/queries/catalog.js';
import { operations } from '../api/queries/operations.js';
import { signOut } from '../api/token.js';
import { SignIn } from './sign-in.js';

/** Shown instead of a page that failed: the error with a button to try again, or the sign-in form. */
export function PageError({ error, reset }: Pick<ErrorComponentProps, 'error' | 'reset'>) {
  const boundary = useQueryErrorResetBoundary();
  const queries = useQueryClient();
  const retry = () => {
    boundary.reset();
    reset();
  };
  const onSignedIn = () => {
    // The new user may not be allowed to see the answers for the last one.
    queries.removeQueries(operations);
    // Otherwise the errors of the last token would be thrown again.
    void queries.resetQueries({ predicate: ({ state }) => state.status === 'error' });
    void queries.prefetchQuery(docsQuery);
    retry();
  };
  if (needsOtherToken(error)) {
    return <SignIn refused={error.status === 403} onSignedIn={onSignedIn} onSignOut={signOut} />;
  }
  return (
    <div className="page" role="alert">
      <h1>This page could not be loaded</h1>
      <p className="lead">{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={retry}>Try again</Button>
    </div>
  );
}
