import { Button } from '@mantine/core';

interface QueryProblemProps {
  readonly query: { readonly error: Error | null; readonly refetch: () => unknown };
}

/** The error of a query with a button that requests it again; nothing if there is no error. */
export function QueryProblem({ query: { error, refetch } }: QueryProblemProps) {
  if (error === null) return null;
  return (
    <div className="notice bad" role="alert">
      <span>{error.message}</span>{' '}
      <Button size="compact-sm" variant="default" onClick={() => void refetch()}>
        Try again
      </Button>
    </div>
  );
}
