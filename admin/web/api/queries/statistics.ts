import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Stats } from '../../../answers.js';
import { ask } from '../client.js';
import { useLive } from '../use-live.js';

const queryKey = ['ops', 'stats'] as const;
/** While the live stream is away, the figures are asked for, in milliseconds. */
const askEveryMs = 5_000;

/** Figures, and how fresh they are. */
export interface FreshStats {
  /** The last there are; undefined before the first. */
  readonly stats: Stats | undefined;
  /** When they came, as `Date.now()` gives it; 0 before the first. */
  readonly at: number;
  /** Why there are none that are newer. */
  readonly problem: string | undefined;
  /** Asks for them now. */
  readonly again: () => void;
}

/** The figures of every tenant: from the live stream, or asked for while there is none. */
export function useStats(): FreshStats {
  const queries = useQueryClient();
  const [told, setTold] = useState({ message: '', at: 0 });
  const live = useLive({}, ({ event, data }) => {
    if (event === 'stats') queries.setQueryData(queryKey, data as Stats);
    if (event === 'problem') setTold({ message: (data as { readonly message: string }).message, at: Date.now() });
  });
  const { data, error, dataUpdatedAt, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => ask<Stats>('admin/events/stats', {}, signal),
    refetchInterval: live === 'live' ? false : askEveryMs,
    staleTime: askEveryMs,
  });
  const problem = error?.message ?? (told.at > dataUpdatedAt ? told.message : undefined);
  return { stats: data, at: dataUpdatedAt, problem, again: () => void refetch() };
}
