import { Button, Progress } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { BulkJob } from '../../../../answers.js';
import { ask } from '../../../api/client.js';
import { operations } from '../../../api/queries/operations.js';
import { StatusBadge } from '../../../ui/status-badge.js';
import { Time } from '../../../ui/time.js';
import { ActionProblem } from './action-problem.js';

/** A bulk job: its action, progress and errors, with a button that cancels it. */
export function BulkJobItem({ job }: { readonly job: BulkJob }) {
  const { jobId, action, status, progress, total, succeeded, failed, errors, actor, createdAt } = job;
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => ask('POST /admin/events/dlq/bulk/:jobId/cancel', { path: { jobId } }),
    onSettled: () => queries.invalidateQueries(operations),
  });
  const name = `${action === 'retry' ? 'Retry' : 'Delete'} ${total.toLocaleString()}`;
  return (
    <div className="bulk-job">
      <p>
        <b>{name}</b> <StatusBadge status={status} />{' '}
        <span className="muted">
          by {actor}, <Time iso={createdAt} />
        </span>
      </p>
      <Progress.Root size="lg">
        <Progress.Section value={progress * 100} aria-label={`${name}: progress`} />
      </Progress.Root>
      <p role="status">
        {succeeded.toLocaleString()} done{failed > 0 && `, ${failed.toLocaleString()} failed`} of{' '}
        {total.toLocaleString()}
      </p>
      {errors.length > 0 && (
        <ul className="edit-problems" aria-label="What went wrong">
          {[...new Set(errors)].map((error) => (
            <li key={error}>{error}</li>
          ))}
        </ul>
      )}
      <ActionProblem error={cancel.error} />
      {status === 'running' && (
        <Button size="compact-sm" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel job
        </Button>
      )}
    </div>
  );
}
