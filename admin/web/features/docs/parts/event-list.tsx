import type { EventModelEntry } from '@hyvve-events/catalog-model';
import { Link } from '@tanstack/react-router';
import { Inline } from '../../../ui/prose.js';

/** A list of events, one line each. The browser does not lay out lines out of view, so that long lists scroll fast. */
export function EventList({ events, empty }: { readonly events: readonly EventModelEntry[]; readonly empty: string }) {
  if (events.length === 0) return <p className="empty">{empty}</p>;
  return (
    <ul className="rows">
      {events.map((event) => (
        <li key={event.type}>
          <Link to="/events/$type" params={{ type: event.type }} className="row-name">
            {event.type}
          </Link>
          <span className="row-text">
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
