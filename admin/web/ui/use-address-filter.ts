import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback } from 'react';
import { type Filters, readFilters, withPart } from './address-filter.js';

/** The filters in the page's address, and a function that changes some of them: an empty text removes a filter. */
export function useFilters<Name extends string>(
  names: readonly Name[],
): readonly [Filters<Name>, (part: Filters<Name>) => void] {
  const search = useRouterState({ select: ({ location }) => location.search as Readonly<Record<string, unknown>> });
  const navigate = useNavigate();
  const change = useCallback(
    (part: Filters<Name>) => {
      void navigate({ to: '.', search: (before) => withPart<typeof before>(before, part), replace: true });
    },
    [navigate],
  );
  return [readFilters(names)(search), change];
}
