import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DeadLetter, Retried, WholeEvent } from '../../../../answers.js';
import { ask } from '../../../api/client.js';
import { StatusMark } from '../../../ui/status-badge.js';

const refreshMs = 1_000;
/** Where an event that was retried has come to rest. */
const settled = ['COMPLETED', 'DLQ', 'DISCARDED', 'EXPIRED'];

/** What came of a retry: the event's status until it rests. */
export function FollowUp({ retried, letter }: { readonly retried: Retried; readonly letter: DeadLetter }) {
  const id = retried.newEventId;
  const { data } = useQuery({
    queryKey: ['ops', 'event', id, 'after a retry'],
    queryFn: ({ signal }) => ask<WholeEvent>(`admin/events/${encodeURIComponent(id)}`, {}, signal),
    // The index may not have the new event yet.
    retry: true,
    retryDelay: refreshMs,
    refetchInterval: ({ state }) => (settled.includes(state.data?.event.status ?? '') ? false : refreshMs),
  });
  const own = data?.groups.find(({ group }) => group === letter.group)?.handlers;
  const status = own?.find(({ handler }) => handler === letter.handler)?.status ?? data?.event.status ?? 'PENDING';
  return (
    <p className={`notice ${status === 'COMPLETED' ? 'good' : status === 'DLQ' ? 'bad' : 'open'}`} role="status">
      <span>
        {id === letter.eventId ? 'Sent to be retried: ' : 'Sent with other data, as the event '}
        {id !== letter.eventId && <span className="mono">{id}</span>} {letter.handler} of {letter.group}{' '}
        <StatusMark status={status} />
      </span>
      <Link to="/ops/events/$id" params={{ id }}>
        The event
      </Link>
    </p>
  );
}
