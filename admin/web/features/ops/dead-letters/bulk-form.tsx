import { Skeleton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { ask } from '../../../api/client.js';
import { bulkCountQuery, useRefreshLists } from '../../../api/queries/dead-letters.js';
import { ConfirmNumber } from '../../../ui/confirm-number.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { ActionProblem } from './action-problem.js';
import { BulkProgress } from './bulk-progress.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';
import { describeFilter } from './describe-filter.js';

interface BulkFormProps {
  readonly action: 'retry' | 'discard';
  readonly filter: DeadLetterFilter;
  readonly onClose: () => void;
}

/** Counts the dead letters, requires the number as a confirmation, and shows the progress of the job. */
export function BulkForm({ action, filter, onClose }: BulkFormProps) {
  const refreshLists = useRefreshLists();
  // The confirmed filter is used, even if the list changes.
  const body = { action, filter, ...(Object.keys(filter).length === 0 ? { all: true } : {}) };
  const count = useQuery(bulkCountQuery(body));
  const start = useMutation({
    mutationFn: () => ask('POST /admin/events/dlq/bulk', { body }),
    onSettled: refreshLists,
  });
  if (start.isSuccess) return <BulkProgress first={start.data} onClose={onClose} />;
  const { data, error } = count;
  if (data === undefined) return error === null ? <Skeleton height={140} aria-busy /> : <QueryProblem query={count} />;
  if (data.count === 0) return <p className="empty">No dead letters match this filter.</p>;
  return (
    <ConfirmNumber
      number={data.count}
      cancel="Cancel"
      danger={action === 'discard'}
      busy={start.isPending}
      action={`${action === 'retry' ? 'Retry' : 'Delete'} ${data.count.toLocaleString()}`}
      problem={<ActionProblem error={start.error} />}
      onConfirm={() => start.mutate()}
      onClose={onClose}
    >
      <p>
        {action === 'retry' ? 'Runs the failed handlers again for ' : 'Deletes for good '}
        <b>
          {data.count.toLocaleString()} {data.count === 1 ? 'dead letter' : 'dead letters'}
        </b>
        : {describeFilter(filter)}.
      </p>
    </ConfirmNumber>
  );
}
