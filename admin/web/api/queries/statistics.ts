import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Stats } from '../../../answers.js';
import { ask } from '../client.js';
import { useLive } from '../use-live.js';

const queryKey = ['ops', 'stats'] as const;
/** Refresh interval while the live stream is not connected, in milliseconds. */
const refreshMs = 5_000;
const hourMs = 3_600_000;
/** The service stores hours for 30 days. */
const monthMs = 30 * 24 * hourMs - hourMs;

/** Figures, and how fresh they are. */
export interface FreshStats {
  /** The newest figures; undefined before the first ones. */
  readonly stats: Stats | undefined;
  /** When they arrived, in milliseconds since 1970; 0 before the first ones. */
  readonly at: number;
  /** Why there are no newer ones. */
  readonly problem: string | undefined;
  /** Requests new figures now. */
  readonly refresh: () => void;
}

/** The figures of all tenants: from the live stream, or requested while it is not connected. */
export function useStats(): FreshStats {
  const queries = useQueryClient();
  const [reported, setReported] = useState({ message: '', at: 0 });
  const live = useLive({}, ({ event, data }) => {
    if (event === 'stats') queries.setQueryData(queryKey, data);
    if (event === 'problem') setReported({ message: data.message, at: Date.now() });
  });
  const { data, error, dataUpdatedAt, refetch } = useQuery({
    queryKey,
    queryFn: ({ signal }) => ask('GET /admin/events/stats', {}, signal),
    refetchInterval: live === 'live' ? false : refreshMs,
    staleTime: refreshMs,
  });
  const problem = error?.message ?? (reported.at > dataUpdatedAt ? reported.message : undefined);
  return { stats: data, at: dataUpdatedAt, problem, refresh: () => void refetch() };
}

/** Throughput of a type in the last 24 hours, by hour. */
export const typeSeriesQuery = (type: string) =>
  queryOptions({
    queryKey: ['ops', 'series', type],
    queryFn: ({ signal }) => ask('GET /admin/events/series', { query: { every: 'hour', type } }, signal),
    refetchInterval: 10_000,
  });

/** Throughput of all types in the last 30 days, by hour. */
export const monthSeriesQuery = queryOptions({
  queryKey: ['ops', 'series of a month'],
  queryFn: ({ signal }) => {
    const from = new Date(Date.now() - monthMs).toISOString();
    return ask('GET /admin/events/series', { query: { every: 'hour', from } }, signal);
  },
  refetchInterval: 60_000,
});
