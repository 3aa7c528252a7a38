import type { Filters } from '../../../ui/address-filter.js';

/** What the page of events is narrowed by; `live` shows them as they pass. */
export const eventFilterNames = [
  ...(['id', 'correlationId', 'tenantId', 'type', 'source', 'status', 'from', 'to', 'live'] as const),
] as const;

export type EventFilter = Filters<(typeof eventFilterNames)[number]>;
