import type { Filters } from '../../../ui/address-filter.js';

/** What dead letters are searched by, as the service names it. */
export const deadLetterFilterNames = [
  ...(['text', 'type', 'group', 'handler', 'reason', 'fingerprint', 'eventId', 'correlationId'] as const),
  ...(['tenantId', 'from', 'to'] as const),
] as const;

export type DeadLetterFilter = Filters<(typeof deadLetterFilterNames)[number]>;

/** Why there are dead letters, as the runtime names it. */
export const reasons = [
  ...['RETRIES_EXHAUSTED', 'NON_RETRYABLE', 'CRASHED', 'NOT_JSON', 'NOT_ENVELOPE', 'TOO_LARGE', 'SCHEMA'],
  ...['VERSION_AHEAD', 'VERSION_RETIRED', 'HANDLER_RETIRED'],
] as const;
