import { lazy } from 'react';
import { Event } from './features/docs/pages/event.js';

// Loaded only when it is shown: a static site has no service with live figures.
const EventLive = lazy(() =>
  import('./features/ops/event-live/event-live.js').then((file) => ({ default: file.EventLive })),
);

/** The docs of an event type, with its live figures. */
export function EventPage() {
  return <Event live={EventLive} />;
}
