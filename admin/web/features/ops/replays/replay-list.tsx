import { Skeleton } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import type { Replay } from '../../../../answers.js';
import { ask } from '../../../api/client.js';
import { replaysQuery, useRefreshReplays } from '../../../api/queries/replays.js';
import { ListEnd } from '../../../ui/list-end.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { ReplayCard } from './replay-card.js';

/** Replays with their progress, newest first. */
export function ReplayList() {
  const found = useInfiniteQuery(replaysQuery);
  const { data, error } = found;
  if (data === undefined) return error === null ? <Skeleton height={200} aria-busy /> : <QueryProblem query={found} />;
  const replays = data.pages.flatMap((page) => page.replays);
  return (
    <>
      <QueryProblem query={found} />
      {replays.length === 0 ? (
        <p className="empty">No replays yet.</p>
      ) : (
        <ul className="replays">
          {replays.map((replay) => (
            <Item key={replay.jobId} replay={replay} />
          ))}
        </ul>
      )}
      <ListEnd query={found} />
    </>
  );
}

function Item({ replay }: { readonly replay: Replay }) {
  const refresh = useRefreshReplays();
  const change = useMutation({
    mutationFn: (action: 'cancel' | 'resume') =>
      ask(`POST /admin/events/replay/:jobId/${action}`, { path: { jobId: replay.jobId } }),
    onSettled: refresh,
  });
  return (
    <ReplayCard
      replay={replay}
      busy={change.isPending}
      problem={change.error?.message}
      onCancel={() => change.mutate('cancel')}
      onResume={() => change.mutate('resume')}
    />
  );
}
