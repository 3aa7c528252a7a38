import { Type } from 'typebox';
import { type AdminContext, maskerFor } from '../../context.js';
import { identityOf, tenantOf } from '../../http/identity.js';
import { knownType, readRange } from '../../http/parameters.js';
import { errorAnswers, Name, NextCursor, paging, timeRange } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { nextCursor } from '../../search/cursors.js';
import { type AuditFilter, searchAudit } from '../../search/log.js';
import { logDetailOf } from '../../search/log-detail.js';
import type { EveryField } from '../../support/every-field.js';
import { present } from '../../support/present.js';
import { AuditEntry, auditEntry } from './audit-answers.js';

/** Query of `GET /admin/audit`. */
export const AuditQuery = Type.Object(
  {
    actor: Type.Optional(Name('Operator')),
    action: Type.Optional(Name('Kind of change: retried, edited, discarded, replay-started, group-retired, …')),
    tenantId: Type.Optional(Name('Tenant')),
    eventId: Type.Optional(Name('Event id')),
    type: Type.Optional(Name('Event type')),
    group: Type.Optional(Name('Consumer group')),
    ...timeRange,
    ...paging,
  },
  { additionalProperties: false },
);

export const AuditPage = Type.Object({ entries: Type.Array(AuditEntry), cursor: NextCursor });

/** The audit log. */
export function auditRoutes(app: Scope, context: AdminContext): void {
  const { indexer, catalog, operator } = context;
  app.get(
    '/admin/audit',
    {
      schema: {
        tags: ['audit'],
        summary: 'Changes by operators, with the state before and after; newest first',
        querystring: AuditQuery,
        response: { 200: AuditPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { actor, action, eventId, group, limit, cursor, ...query } = request.query;
      const tenantId = tenantOf(request, query.tenantId);
      const type = knownType(catalog, query.type, 'query.type');
      const range = readRange(query.from, query.to);
      const filter: EveryField<AuditFilter> = { actor, kind: action, eventId, group, tenantId, type, ...range };
      const rows = await searchAudit(indexer.db, filter, { limit, cursor });
      const view = maskerFor(context, identityOf(request));
      const entries = rows.map(async (row) => {
        const edit = row.kind === 'edited' ? await logDetailOf(operator, row) : undefined;
        return auditEntry(row, view, edit);
      });
      return present({ entries: await Promise.all(entries), cursor: nextCursor(rows, limit) });
    },
  );
}
