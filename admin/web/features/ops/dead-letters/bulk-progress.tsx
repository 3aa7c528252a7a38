import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { BulkJob } from '../../../../answers.js';
import { bulkJobQuery, useRefreshLists } from '../../../api/queries/dead-letters.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { BulkJobItem } from './bulk-job-item.js';

/** Progress of a job that was just started. The job continues when this is closed. */
export function BulkProgress({ first, onClose }: { readonly first: BulkJob; readonly onClose: () => void }) {
  const query = useQuery(bulkJobQuery(first));
  const job = query.data;
  const hasEnded = job.status !== 'running';
  const refreshLists = useRefreshLists();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the job ends
  useEffect(() => {
    if (hasEnded) refreshLists();
  }, [hasEnded]);
  return (
    <div className="bulk">
      <QueryProblem query={query} />
      <BulkJobItem job={job} />
      <div className="letter-actions">
        <Button variant="default" onClick={onClose}>
          {hasEnded ? 'Close' : 'Close (the job continues)'}
        </Button>
      </div>
    </div>
  );
}
