import { Button } from '@mantine/core';
import { useQueryClient, useQueryErrorResetBoundary } from '@tanstack/react-query';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { needsOtherToken } from '../api/client.js';
import { docsQuery } from '../api/queries/catalog.js';
import { operations } from '../api/queries/operations.js';
import { signOut } from '../api/token.js';
import { SignIn } from './sign-in.js';

/** What a page shows when it cannot be shown, and what to do. */
export function PageError({ error, reset }: Pick<ErrorComponentProps, 'error' | 'reset'>) {
  const boundary = useQueryErrorResetBoundary();
  const queries = useQueryClient();
  const again = () => {
    boundary.reset();
    reset();
  };
  const asAnother = () => {
    // What one was shown, another need not be allowed to see.
    queries.removeQueries(operations);
    // What was refused to the last token would else be thrown again where it is next needed.
    void queries.resetQueries({ predicate: ({ state }) => state.status === 'error' });
    void queries.prefetchQuery(docsQuery);
    again();
  };
  if (needsOtherToken(error)) {
    return <SignIn refused={error.status === 403} onSignedIn={asAnother} onSignOut={signOut} />;
  }
  return (
    <div className="page" role="alert">
      <h1>This page could not be loaded</h1>
      <p className="lead">{error instanceof Error ? error.message : String(error)}</p>
      <Button onClick={again}>Try again</Button>
    </div>
  );
}
