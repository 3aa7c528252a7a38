import { Button } from '@mantine/core';
import type { ReactNode } from 'react';

interface ListEndProps {
  /** State of the query of pages. */
  readonly query: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => unknown;
  };
  /** Label of the button. Default `Older`. */
  readonly more?: string;
  /** How many items there are, if that is known. */
  readonly children?: ReactNode;
}

/** The end of a list of pages: how many are shown, and a button for the next page. */
export function ListEnd({
  query: { hasNextPage, isFetchingNextPage, fetchNextPage },
  more = 'Older',
  children,
}: ListEndProps) {
  if (!hasNextPage && children === undefined) return null;
  return (
    <p className="list-end">
      {children !== undefined && <span role="status">{children}</span>}
      {hasNextPage && (
        <Button variant="default" size="compact-md" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {more}
        </Button>
      )}
    </p>
  );
}
