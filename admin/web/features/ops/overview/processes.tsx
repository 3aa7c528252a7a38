import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { consumersQuery } from '../../../api/queries/consumers.js';
import { formatDuration } from '../../../ui/format-duration.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import { Time } from '../../../ui/time.js';
import { HandlerList } from './handler-list.js';

/** Processes that handle events, with their handlers. */
export function Processes() {
  const query = useQuery(consumersQuery);
  const { data, error } = query;
  if (data === undefined) return error === null ? <Skeleton height={120} /> : <QueryProblem query={query} />;
  if (data.consumers.length === 0) {
    return <p className="empty">No process has sent a heartbeat recently. Start a service that handles events.</p>;
  }
  return (
    <ul className="processes">
      {data.consumers.map(
        ({ consumer, group, host, pid, startedAt, alive, sinceHeartbeatMs, concurrency, handlers }) => (
          <li key={consumer}>
            <p>
              <b>{group}</b>{' '}
              <span className={`mark ${alive ? 'good' : 'bad'}`}>
                {alive ? 'alive' : `no heartbeat for ${formatDuration(sinceHeartbeatMs)}`}
              </span>
            </p>
            <p className="muted">
              {host}, process {pid} · started <Time iso={startedAt} /> · {concurrency} in parallel
            </p>
            <HandlerList handlers={handlers} />
          </li>
        ),
      )}
    </ul>
  );
}
