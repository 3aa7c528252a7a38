import type { AuditQuery } from '../../../api/queries/audit.js';
import { type Filters, namesOf } from '../../../ui/address-filter.js';

/** Filters of the audit log: each parameter of the service's query except those of pages. */
export const auditFilterNames = namesOf<Exclude<keyof AuditQuery, 'limit' | 'cursor'>>({
  actor: true,
  action: true,
  eventId: true,
  type: true,
  group: true,
  tenantId: true,
  from: true,
  to: true,
});

export type AuditFilter = Filters<(typeof auditFilterNames)[number]>;
