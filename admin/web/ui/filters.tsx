import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';

interface FiltersProps {
  /** Number of filters that are set. */
  readonly count: number;
  readonly children: ReactNode;
}

/** Fields of a search. On a phone they are collapsed, so that the results are visible. */
export function FilterFields({ count, children }: FiltersProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="default"
        size="compact-md"
        className="narrow-only filters-button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {count === 0 ? 'Filters' : `Filters (${count})`}
      </Button>
      <div className={open ? 'filters' : 'filters folded'}>{children}</div>
    </>
  );
}
