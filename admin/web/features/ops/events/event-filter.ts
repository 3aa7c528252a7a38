import type { EventQuery } from '../../../api/queries/events.js';
import { type Filters, namesOf } from '../../../ui/address-filter.js';

/**
 * Filters of the page of events: each parameter of the service's query except those of pages. `live` shows events as they
 * are published.
 */
export const eventFilterNames = namesOf<Exclude<keyof EventQuery, 'limit' | 'cursor'> | 'live'>({
  id: true,
  correlationId: true,
  tenantId: true,
  type: true,
  version: true,
  source: true,
  status: true,
  from: true,
  to: true,
  live: true,
});

export type EventFilter = Filters<(typeof eventFilterNames)[number]>;
