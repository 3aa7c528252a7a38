import { lazy } from 'react';
import { Event } from './features/docs/pages/event.js';

// A static site has no service to ask, and does not load it.
const EventLive = lazy(() =>
  import('./features/ops/event-live/event-live.js').then((file) => ({ default: file.EventLive })),
);

/** The docs of an event type, with its live figures. */
export function EventPage() {
  return <Event live={EventLive} />;
}
