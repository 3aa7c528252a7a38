import type { Filters } from '../../data/filters.js';

/** What dead letters are searched by, as the service names it. */
export const deadLetterFilterNames = [
  ...(['text', 'type', 'group', 'handler', 'reason', 'fingerprint', 'eventId', 'correlationId'] as const),
  ...(['tenantId', 'from', 'to'] as const),
] as const;

export type DeadLetterFilter = Filters<(typeof deadLetterFilterNames)[number]>;
