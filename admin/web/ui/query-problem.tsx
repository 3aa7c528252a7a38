import { Button } from '@mantine/core';

interface QueryProblemProps {
  readonly query: { readonly error: Error | null; readonly refetch: () => unknown };
}

/** What could not be asked for, with a button that asks again; nothing while all is well. */
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
