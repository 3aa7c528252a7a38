import type { DeadLetterReason } from '../../../../answers.js';
import type { DeadLetterQuery } from '../../../api/queries/dead-letters.js';
import { type Filters, namesOf } from '../../../ui/address-filter.js';

/** Filters of dead letters: each parameter of the service's query except those of pages. */
export const deadLetterFilterNames = namesOf<Exclude<keyof DeadLetterQuery, 'limit' | 'cursor' | 'page'>>({
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

/** All reasons of dead letters that the runtime knows. */
export const reasons = namesOf<DeadLetterReason>({
  RETRIES_EXHAUSTED: true,
  NON_RETRYABLE: true,
  CRASHED: true,
  NOT_JSON: true,
  NOT_ENVELOPE: true,
  TOO_LARGE: true,
  SCHEMA: true,
  VERSION_AHEAD: true,
  VERSION_RETIRED: true,
  UPCAST_FAILED: true,
  HANDLER_RETIRED: true,
});
