import type { DeadLetterQuery } from '../../../api/queries/dead-letters.js';
import { type Filters, filterNames } from '../../../ui/address-filter.js';

/** Filters of dead letters: each parameter of the service's query except those of pages. */
export const deadLetterFilterNames = filterNames<Exclude<keyof DeadLetterQuery, 'limit' | 'cursor' | 'page'>>({
  text: true,
  type: true,
  group: true,
  handler: true,
  reason: true,
  fingerprint: true,
  eventId: true,
  correlationId: true,
  tenantId: true,
  from: true,
  to: true,
});

export type DeadLetterFilter = Filters<(typeof deadLetterFilterNames)[number]>;

/** Why there are dead letters, as the runtime names it. */
export const reasons = [
  ...['RETRIES_EXHAUSTED', 'NON_RETRYABLE', 'CRASHED', 'NOT_JSON', 'NOT_ENVELOPE', 'TOO_LARGE', 'SCHEMA'],
  ...['VERSION_AHEAD', 'VERSION_RETIRED', 'HANDLER_RETIRED'],
] as const;
