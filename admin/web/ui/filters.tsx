import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { Filters } from './address-filter.js';

interface FiltersProps<Name extends string> {
  /** Names of the filters that are set. */
  readonly given: readonly Name[];
  /** Called with the filters to change; an empty text removes a filter. */
  readonly onChange: (part: Filters<Name>) => void;
  readonly children: ReactNode;
}

/** Fields of a search, and a button that removes all filters. On a phone they are collapsed, so that the results are visible. */
export function FilterFields<Name extends string>({ given, onChange, children }: FiltersProps<Name>) {
  const [open, setOpen] = useState(false);
  const clear = () => onChange(Object.fromEntries(given.map((name) => [name, ''])) as Filters<Name>);
  return (
    <>
      <Button
        variant="default"
        size="compact-md"
        className="narrow-only filters-button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {given.length === 0 ? 'Filters' : `Filters (${given.length})`}
      </Button>
      <div className={open ? 'filters' : 'filters folded'}>
        {children}
        {given.length > 0 && (
          <Button variant="default" className="filters-clear" onClick={clear}>
            Clear filters
          </Button>
        )}
      </div>
    </>
  );
}
