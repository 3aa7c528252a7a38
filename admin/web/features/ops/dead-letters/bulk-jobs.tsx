import { useQuery } from '@tanstack/react-query';
import type { BulkJob } from '../../../../answers.js';
import { ask } from '../../../api/client.js';
import { listsKey } from '../../../api/queries/dead-letters.js';
import { Section } from '../../../ui/page.js';
import { BulkJobItem } from './bulk-job-item.js';

const shown = 5;
const refreshMs = 3_000;

/** The last bulk jobs; nothing where there were none. */
export function BulkJobs() {
  const { data } = useQuery({
    queryKey: [...listsKey, 'bulk jobs'],
    queryFn: ({ signal }) =>
      ask<{ readonly jobs: readonly BulkJob[] }>('admin/events/dlq/bulk', { limit: shown }, signal),
    refetchInterval: ({ state }) => (state.data?.jobs.some(({ status }) => status === 'running') ? refreshMs : false),
  });
  if (data === undefined || data.jobs.length === 0) return null;
  return (
    <Section title="Bulk jobs">
      <ul className="bulk-jobs">
        {data.jobs.map((job) => (
          <li key={job.jobId}>
            <BulkJobItem job={job} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
