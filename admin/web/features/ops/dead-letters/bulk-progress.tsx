import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { BulkJob } from '../../../../answers.js';
import { bulkJobQuery, useRefreshLists } from '../../../api/queries/dead-letters.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { BulkJobItem } from './bulk-job-item.js';

/** How far a job is that was just started. Closing it lets the job go on. */
export function BulkProgress({ first, onClose }: { readonly first: BulkJob; readonly onClose: () => void }) {
  const query = useQuery(bulkJobQuery(first));
  const job = query.data;
  const isOver = job.status !== 'running';
  const refreshLists = useRefreshLists();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it ends
  useEffect(() => {
    if (isOver) refreshLists();
  }, [isOver]);
  return (
    <div className="bulk">
      <QueryProblem query={query} />
      <BulkJobItem job={job} />
      <div className="letter-actions">
        <Button variant="default" onClick={onClose}>
          {isOver ? 'Close' : 'Close (the job continues)'}
        </Button>
      </div>
    </div>
  );
}
