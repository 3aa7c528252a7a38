import { EventBusError } from '@hyvve-events/runtime';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type AdminContext, maskerFor } from '../../context.js';
import { formatPosition } from '../../database/positions.js';
import type { EventRow } from '../../database/tables.js';
import { AdminError } from '../../errors.js';
import { identityOf, maySeeTenant, tenantOf } from '../../http/identity.js';
import { knownType, readRange } from '../../http/parameters.js';
import { errorAnswers, Name, NextCursor, paging, timeRange } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { withoutIndex } from '../../http/without-index.js';
import { envelopeOf } from '../../projection/event-rows.js';
import { nextCursor } from '../../search/cursors.js';
import { type Delivery, deliveriesOf, type EventFilter, searchEvents, statusOfRow } from '../../search/events.js';
import { logEntriesOfEvent } from '../../search/log.js';
import { logDetailOf } from '../../search/log-detail.js';
import type { EveryField } from '../../support/every-field.js';
import { present } from '../../support/present.js';
import {
  AttemptAnswer,
  attemptAnswer,
  deliveryAnswer,
  EventReplayAnswer,
  EventSummary,
  eventReplayAnswer,
  eventSummary,
  Groups,
  groupAnswer,
  Received,
  receivedAnswer,
  Status,
} from './event-answers.js';
import { type FoundEvent, findEvent } from './find-event.js';

/** Query of `GET /admin/events`. */
export const EventQuery = Type.Object(
  {
    id: Type.Optional(Name('Event id')),
    correlationId: Type.Optional(Name('Correlation id')),
    tenantId: Type.Optional(Name('Tenant')),
    type: Type.Optional(Name('Event type')),
    version: Type.Optional(Name('Version of the event, exactly; requires `type`')),
    source: Type.Optional(Name('Service that published it')),
    status: Type.Optional(Status),
    ...timeRange,
    ...paging,
  },
  { additionalProperties: false },
);

export const EventPage = Type.Object({
  events: Type.Array(EventSummary),
  cursor: NextCursor,
  indexBehindMs: Type.Number({ description: 'How far the index is behind the stream' }),
});

export const WholeEvent = Type.Object({
  event: EventSummary,
  envelope: Type.Optional(Type.Unknown({ description: 'Absent if the stream no longer contains the event' })),
  received: Type.Optional(Received),
  groups: Groups,
  attempts: Type.Array(AttemptAnswer, {
    description:
      'Log entries, oldest first. Success at the first attempt is not logged. Empty while the index is not available',
  }),
  replays: Type.Array(EventReplayAnswer, { description: 'Replays that have delivered the event again, newest first' }),
});

/** Search for events, and one event with its details. */
export function eventRoutes(app: Scope, context: AdminContext): void {
  const { indexer, catalog, positions, positionsNow, operator } = context;
  const tags = ['events'];

  app.get(
    '/admin/events',
    {
      schema: {
        tags,
        summary: 'Search, newest first',
        querystring: EventQuery,
        response: { 200: EventPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { id, correlationId, version, source, status, limit, cursor, ...query } = request.query;
      const tenantId = tenantOf(request, query.tenantId);
      const type = knownType(catalog, query.type, 'query.type');
      const range = readRange(query.from, query.to);
      const groups = await positions();
      if (version !== undefined && type === undefined) {
        throw new AdminError('PARAMETER_INVALID', 'query.version requires query.type', { field: 'query.version' });
      }
      const ids = { eventId: id, correlationId, tenantId };
      const filter: EveryField<EventFilter> = { ...ids, type, version, source, status, ...range };
      const rows = await searchEvents(indexer.db, filter, groups, { limit, cursor });
      const deliveries = await deliveriesOf(
        indexer.db,
        rows.map(({ eventId }) => eventId),
      );
      return present({
        events: rows.map((row) => {
          const own = deliveries.get(row.eventId) ?? [];
          return eventSummary(row, own, statusOfRow(row, own, groups));
        }),
        indexBehindMs: indexer.status.eventsBehindMs,
        cursor: nextCursor(rows, limit),
      });
    },
  );

  app.get(
    '/admin/events/:id',
    {
      schema: {
        tags,
        summary: 'One event: its envelope, its delivery status and its log entries',
        params: Type.Object({ id: Name('Event id') }),
        response: { 200: WholeEvent, ...errorAnswers },
      },
    },
    async (request) => {
      const identity = identityOf(request);
      const { id } = request.params;
      const found = await findEvent(context, id, identity.tenantId);
      const { row, deliveries } = found;
      const [entries, groups] = await Promise.all([
        // Optional: the event itself is shown while the index is not available.
        withoutIndex(async () => logEntriesOfEvent(indexer.db, id)),
        // Not from the cache: before opening one event, an operator has often just changed something.
        positionsNow(),
      ]);
      const envelope = await envelopeNow(context, row);
      const view = maskerFor(context, identity);
      return present({
        event: eventSummary(row, deliveries, statusOfRow(row, deliveries, groups)),
        groups: row.edited ? byGroup(deliveries) : await groupsNow(found),
        attempts: (entries ?? []).map(attemptAnswer),
        replays: await replaysNow(request, row),
        envelope: envelope === undefined ? undefined : view.envelope(envelope),
        received: envelope === undefined ? undefined : receivedAnswer(context, view, envelope),
      });
    },
  );

  /** Replays that the token may see. An event from an edited dead letter is not in a stream, so no replay delivers it. */
  async function replaysNow(request: FastifyRequest, row: EventRow) {
    if (row.edited) return [];
    const found = await operator.replaysOf({ streamId: formatPosition(row), type: row.type, tenantId: row.tenantId });
    return found.filter(({ replay }) => maySeeTenant(request, replay.plan.tenantId)).map(eventReplayAnswer);
  }

  /** From Redis if the stream still contains the event, else from the log. */
  async function groupsNow({ row, deliveries, groups }: FoundEvent) {
    try {
      return (groups ?? (await operator.status({ streamId: formatPosition(row) }))).map(groupAnswer);
    } catch (error) {
      if (error instanceof EventBusError && error.code === 'NOT_FOUND') return byGroup(deliveries);
      throw error;
    }
  }
}

async function envelopeNow(
  { operator }: AdminContext,
  row: EventRow,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (!row.edited) return envelopeOf((await operator.feed.entry(formatPosition(row)))?.envelope);
  const edit = await logDetailOf(operator, row);
  if (edit === undefined) return undefined;
  const { dataAfter } = edit;
  const { eventId: id, type, tenantId, correlationId, causationId, publishedAt } = row;
  return { id, type, timestamp: publishedAt?.toISOString(), correlationId, causationId, tenantId, data: dataAfter };
}

function byGroup(deliveries: readonly Delivery[]) {
  const groups = [...new Set(deliveries.map(({ group }) => group))].sort();
  return groups.map((group) => ({
    group,
    handlers: deliveries.filter((delivery) => delivery.group === group).map(deliveryAnswer),
  }));
}
