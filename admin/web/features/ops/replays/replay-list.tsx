import { Skeleton } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { Replay, ReplayPage } from '../../../../answers.js';
import { ask, send } from '../../../api/client.js';
import { ListEnd } from '../../../ui/list-end.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { isOpen } from './replay.js';
import { ReplayCard } from './replay-card.js';

/** While one runs, and while none does, in milliseconds. */
const [soonMs, laterMs] = [1_000, 10_000];
const pageSize = 20;

/** Replays, the newest first, each with how far it is. */
export function ReplayList() {
  const asked = useInfiniteQuery({
    queryKey: ['ops', 'replays'],
    queryFn: ({ pageParam, signal }) =>
      ask<ReplayPage>('admin/events/replay', { limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ cursor }) => cursor,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ replays }) => replays.some(isOpen)) === true ? soonMs : laterMs,
  });
  const { data, error } = asked;
  if (data === undefined) return error === null ? <Skeleton height={200} aria-busy /> : <QueryProblem query={asked} />;
  const replays = data.pages.flatMap((page) => page.replays);
  return (
    <>
      <QueryProblem query={asked} />
      {replays.length === 0 ? (
        <p className="empty">Nothing was replayed yet.</p>
      ) : (
        <ul className="replays">
          {replays.map((replay) => (
            <Item key={replay.jobId} replay={replay} />
          ))}
        </ul>
      )}
      <ListEnd query={asked} />
    </>
  );
}

function Item({ replay }: { readonly replay: Replay }) {
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (action: 'cancel' | 'resume') =>
      send<Replay>(`admin/events/replay/${encodeURIComponent(replay.jobId)}/${action}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['ops', 'replays'] }),
  });
  return (
    <ReplayCard
      {...{ replay, busy: change.isPending, problem: change.error?.message }}
      onCancel={() => change.mutate('cancel')}
      onResume={() => change.mutate('resume')}
    />
  );
}
