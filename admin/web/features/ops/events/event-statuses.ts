import type { EventSummary } from '../../../../answers.js';

/** Where an event stands over all its deliveries, the most urgent first. */
export const eventStatuses: readonly EventSummary['status'][] = [
  ...(['DLQ', 'FAILED', 'PARKED', 'PENDING', 'PROCESSING', 'DISCARDED', 'EXPIRED', 'SKIPPED', 'COMPLETED'] as const),
];
