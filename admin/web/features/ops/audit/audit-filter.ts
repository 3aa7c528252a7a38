import type { Filters } from '../../../ui/address-filter.js';

/** What the audit is narrowed by. */
export const auditFilterNames = [
  ...(['actor', 'action', 'eventId', 'type', 'group', 'tenantId', 'from', 'to'] as const),
] as const;

export type AuditFilter = Filters<(typeof auditFilterNames)[number]>;
