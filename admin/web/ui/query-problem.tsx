import { Button } from '@mantine/core';
import { RequestError } from '../api/request.js';
import { PageError } from '../shell/page-error.js';

interface QueryProblemProps {
  readonly query: { readonly error: Error | null; readonly refetch: () => unknown };
}

/** What could not be asked for, with a button that asks again; nothing while all is well. */
export function QueryProblem({ query: { error, refetch } }: QueryProblemProps) {
  if (error === null) return null;
  const again = () => void refetch();
  if (error instanceof RequestError && (error.status === 401 || error.status === 403))
    return <PageError error={error} reset={again} />;
  return (
    <div className="notice bad" role="alert">
      <span>{error.message}</span>{' '}
      <Button size="compact-sm" variant="default" onClick={again}>
        Try again
      </Button>
    </div>
  );
}
