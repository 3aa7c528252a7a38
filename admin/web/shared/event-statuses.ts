/** Status of an event over all its deliveries, most urgent first. The first one that a delivery has is the status of the event. */
export const eventStatuses = [
  'DLQ',
  'FAILED',
  'PARKED',
  'WAITING',
  'PENDING',
  'PROCESSING',
  'DISCARDED',
  'EXPIRED',
  'SKIPPED',
  'COMPLETED',
] as const;

export type EventStatus = (typeof eventStatuses)[number];
