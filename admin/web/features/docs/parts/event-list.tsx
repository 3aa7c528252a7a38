import type { EventModelEntry } from '@hyvve-events/catalog-model';
import { Link } from '@tanstack/react-router';
import { Inline } from '../../../ui/prose.js';

/** Events, a line each. Lines that are not in view are not laid out, so that a thousand scroll like ten. */
export function EventList({ events, empty }: { readonly events: readonly EventModelEntry[]; readonly empty: string }) {
  if (events.length === 0) return <p className="empty">{empty}</p>;
  return (
    <ul className="rows">
      {events.map((event) => (
        <li key={event.type}>
          <Link to="/events/$type" params={{ type: event.type }} className="row-name">
            {event.type}
          </Link>
          <span className="row-words">
            <Inline text={event.summary ?? event.title ?? ''} />
          </span>
          {event.deprecated && <span className="mark warn">deprecated</span>}
          {event.reply && <span className="mark">reply</span>}
          <span className="row-end">{event.version}</span>
        </li>
      ))}
    </ul>
  );
}
