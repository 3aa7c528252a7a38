/** Status of an event over all its deliveries, the most urgent first: the first that applies to a delivery decides. */
export const eventStatuses = [
  'DLQ',
  'FAILED',
  'PARKED',
  'PENDING',
  'PROCESSING',
  'DISCARDED',
  'EXPIRED',
  'SKIPPED',
  'COMPLETED',
] as const;

export type EventStatus = (typeof eventStatuses)[number];
