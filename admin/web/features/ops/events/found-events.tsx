import { Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { eventsQuery } from '../../../api/queries/events.js';
import { formatDuration } from '../../../ui/format-duration.js';
import { ListEnd } from '../../../ui/list-end.js';
import { QueryProblem } from '../../../ui/query-problem.js';
import type { EventFilter } from './event-filter.js';
import { EventTable } from './event-table.js';

/** A notice appears if the index is further behind, in milliseconds. */
const behindMs = 5_000;

/** The results of a search, newest first. */
export function FoundEvents({ filter }: { readonly filter: EventFilter }) {
  const { live: _live, ...query } = filter;
  const found = useInfiniteQuery(eventsQuery(query));
  const { data, error } = found;
  if (data === undefined) return error === null ? <Skeleton height={320} aria-busy /> : <QueryProblem query={found} />;
  const events = data.pages.flatMap((page) => page.events);
  const behind = data.pages.at(-1)?.indexBehindMs ?? 0;
  return (
    <>
      <QueryProblem query={found} />
      {behind > behindMs && (
        <p className="notice warn">
          The index is {formatDuration(behind)} behind: newer events are not found yet. Live shows them.
        </p>
      )}
      {events.length === 0 ? (
        <p className="empty">
          {Object.keys(query).length > 0
            ? 'No events match. Remove a filter or choose a longer time range.'
            : 'No events yet, or all are older than the retention.'}
        </p>
      ) : (
        <EventTable
          caption="Events, newest first"
          rows={events.map((event) => ({ ...event, key: `${event.id} ${event.writtenAt}`, at: event.writtenAt }))}
        />
      )}
      <ListEnd query={found}>
        {events.length} {events.length === 1 ? 'event' : 'events'}
        {found.hasNextPage ? ', there are older ones' : ''}
      </ListEnd>
    </>
  );
}
