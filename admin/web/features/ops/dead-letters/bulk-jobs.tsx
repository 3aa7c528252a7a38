import { useQuery } from '@tanstack/react-query';
import { bulkJobsQuery } from '../../../api/queries/dead-letters.js';
import { Section } from '../../../ui/page.js';
import { BulkJobItem } from './bulk-job-item.js';

/** The latest bulk jobs; nothing if there are none. */
export function BulkJobs() {
  const { data } = useQuery(bulkJobsQuery);
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
