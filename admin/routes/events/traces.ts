import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { notFound } from '../../errors.js';
import { identityOf } from '../../http/identity.js';
import { errorAnswers, Name } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { deliveriesOf, eventsOfTrace, missingReasons, statusOfRow } from '../../search/events.js';
import { EventSummary, eventSummary } from './event-answers.js';
import { inTreeOrder } from './trace-tree.js';

/** Maximum number of events of a trace. */
const maxEvents = 1_000;

export const Trace = Type.Object({
  correlationId: Type.String(),
  startedAt: Type.String(),
  endedAt: Type.String({ description: 'Time of writing the last event' }),
  durationMs: Type.Number(),
  truncated: Type.Boolean({ description: `True if the trace has more than ${maxEvents} events` }),
  events: Type.Array(
    Type.Object({
      ...EventSummary.properties,
      depth: Type.Integer({ description: 'Number of causes above the event' }),
      offsetMs: Type.Number({ description: 'Time since the start of the trace' }),
      effects: Type.Array(Type.String(), { description: 'Ids of the events that it caused' }),
    }),
    { description: 'Each cause before its effects, depth first' },
  ),
});

/** Traces: the events of one correlation id. */
export function traceRoutes(app: Scope, { indexer, positions }: AdminContext): void {
  app.get(
    '/admin/traces/:correlationId',
    {
      schema: {
        tags: ['events'],
        summary: 'The tree of causes and effects of one correlation id',
        params: Type.Object({ correlationId: Name('Correlation id') }),
        response: { 200: Trace, ...errorAnswers },
      },
    },
    async (request) => {
      const { correlationId } = request.params;
      const { db } = indexer;
      const found = await eventsOfTrace(db, correlationId, identityOf(request).tenantId, maxEvents + 1);
      const [first] = found;
      if (first === undefined) throw notFound(`trace ${correlationId}`, missingReasons);
      const rows = found.slice(0, maxEvents);
      const deliveries = await deliveriesOf(
        db,
        rows.map(({ eventId }) => eventId),
      );
      const groups = await positions();
      const last = Math.max(...rows.map(({ ms }) => ms));
      return {
        correlationId,
        startedAt: new Date(first.ms).toISOString(),
        endedAt: new Date(last).toISOString(),
        durationMs: last - first.ms,
        truncated: found.length > maxEvents,
        events: inTreeOrder(rows).map(({ row, depth, effects }) => {
          const own = deliveries.get(row.eventId) ?? [];
          return {
            ...eventSummary(row, own, statusOfRow(row, own, groups)),
            depth,
            offsetMs: row.ms - first.ms,
            effects: [...effects],
          };
        }),
      };
    },
  );
}
