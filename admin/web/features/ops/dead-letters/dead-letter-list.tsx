import { Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DeadLetterSummary } from '../../../../answers.js';
import { deadLettersQuery } from '../../../api/queries/dead-letters.js';
import { formatDuration } from '../../../ui/format-duration.js';
import { ListEnd } from '../../../ui/list-end.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { Time } from '../../../ui/time.js';
import type { DeadLetterFilter } from './dead-letter-filter.js';

/** A notice appears if the index is further behind, in milliseconds. */
const behindMs = 5_000;

/** Dead letters that match a filter, newest first. New ones appear automatically. */
export function DeadLetterList({ filter }: { readonly filter: DeadLetterFilter }) {
  const found = useInfiniteQuery(deadLettersQuery(filter));
  const { data, error } = found;
  if (data === undefined) return error === null ? <Skeleton height={320} /> : <QueryProblem query={found} />;
  const letters = data.pages.flatMap(({ events }) => events);
  const [first] = data.pages;
  const { total = 0, indexBehindMs = 0 } = first ?? {};
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <>
      <QueryProblem query={found} />
      {indexBehindMs > behindMs && (
        <p className="notice warn">
          The index is {formatDuration(indexBehindMs)} behind: newer dead letters are not shown yet.
        </p>
      )}
      {letters.length === 0 ? (
        <p className="empty">
          {isFiltered
            ? 'No dead letters match these filters. Remove a filter.'
            : 'No dead letters: every handler has succeeded or will be retried automatically.'}
        </p>
      ) : (
        <Table letters={letters} filter={filter} />
      )}
      <ListEnd query={found}>
        {letters.length === total ? '' : `${letters.length.toLocaleString()} of `}
        {total.toLocaleString()} {total === 1 ? 'dead letter' : 'dead letters'}
      </ListEnd>
    </>
  );
}

interface TableProps {
  readonly letters: readonly DeadLetterSummary[];
  readonly filter: DeadLetterFilter;
}

function Table({ letters, filter }: TableProps) {
  return (
    <table className="records dead-letters">
      <caption className="visually-hidden">Dead letters, newest first</caption>
      <thead>
        <tr>
          <th scope="col" className="wide-only">
            Time
          </th>
          <th scope="col">Event</th>
          <th scope="col" className="wide-only">
            Group and handler
          </th>
          <th scope="col" className="wide-only">
            Runs
          </th>
          <th scope="col" className="wide-only">
            Tenant
          </th>
        </tr>
      </thead>
      <tbody>
        {letters.map(({ id, type, error, group, handler, reason, attempts, tenantId, deadAt }) => (
          <tr key={id}>
            <td className="when wide-only">
              <Time iso={deadAt} />
            </td>
            <td>
              <Link to="/ops/dead-letters" search={{ ...filter, open: id }} resetScroll={false} className="mono">
                {type === '' ? 'no envelope' : type}
              </Link>
              <span className="narrow-only muted">
                {group} / {handler} · <Time iso={deadAt} />
              </span>
              <span className="dead-error">
                {error.name}: {error.message}
              </span>
            </td>
            <td className="wide-only">
              {group} / {handler}
              <span className="record-id">{reason}</span>
            </td>
            <td className="number wide-only">{attempts}</td>
            <td className="wide-only">{tenantId}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
