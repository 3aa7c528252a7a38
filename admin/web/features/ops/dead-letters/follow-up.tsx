import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { DeadLetter, Retried } from '../../../../answers.js';
import { retriedEventQuery } from '../../../api/queries/events.js';
import { StatusBadge } from '../../../ui/status-badge.js';

/** Result of a retry: the event's status, refreshed until it is final. */
export function FollowUp({ retried, letter }: { readonly retried: Retried; readonly letter: DeadLetter }) {
  const id = retried.newEventId;
  const { data } = useQuery(retriedEventQuery(id));
  const own = data?.groups.find(({ group }) => group === letter.group)?.handlers;
  const status = own?.find(({ handler }) => handler === letter.handler)?.status ?? data?.event.status ?? 'PENDING';
  return (
    <p className={`notice ${status === 'COMPLETED' ? 'good' : status === 'DLQ' ? 'bad' : 'open'}`} role="status">
      <span>
        {id === letter.eventId ? 'Sent to be retried: ' : 'Sent with other data, as the event '}
        {id !== letter.eventId && <span className="mono">{id}</span>} {letter.handler} of {letter.group}{' '}
        <StatusBadge status={status} />
      </span>
      <Link to="/ops/events/$id" params={{ id }}>
        Show the event
      </Link>
    </p>
  );
}
