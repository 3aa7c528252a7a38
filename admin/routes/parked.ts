import type { ParkedDelivery } from '@hyvve-events/runtime';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AdminContext } from '../context.js';
import { notFound } from '../errors.js';
import { actorOf, identityOf } from '../http/identity.js';
import { errorAnswers, Name, NextCursor, paging } from '../http/schemas.js';
import type { Scope } from '../http/scope.js';

/** A delivery that waits for a build that can read its version. */
export const ParkedAnswer = Type.Object({
  id: Type.String({ description: 'Of the parked delivery' }),
  eventId: Type.String(),
  type: Type.String(),
  version: Type.String({ description: 'What a build must know' }),
  tenantId: Type.String(),
  correlationId: Type.String(),
  group: Type.String(),
  handler: Type.String(),
  parkedAt: Type.String(),
  streamId: Type.String(),
  replayJobId: Type.Optional(Type.String({ description: 'The replay that delivered it' })),
});

export const ParkedPage = Type.Object({ parked: Type.Array(ParkedAnswer), cursor: NextCursor });

/** How many are read from Redis at once, where those of other tenants are passed over. */
const pageSize = 200;

/** Parked deliveries: listed, and discarded. */
export function parkedRoutes(app: Scope, context: AdminContext): void {
  const { parked } = context.operator;
  const tags = ['events'];

  app.get(
    '/admin/events/parked',
    {
      schema: {
        ...{ tags, summary: 'Deliveries that wait for a newer build, the longest parked of each version first' },
        querystring: Type.Object(
          { group: Type.Optional(Name('Consumer group')), ...paging },
          { additionalProperties: false },
        ),
        response: { 200: ParkedPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { limit, cursor, group } = request.query;
      const of = group === undefined ? {} : { group };
      const isBound = identityOf(request).tenantId !== undefined;
      if (!isBound) {
        const page = await parked.list({ ...of, limit, ...(cursor === undefined ? {} : { cursor }) });
        return { parked: page.items.map(parkedAnswer), ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
      }
      // A cursor would be the place of a delivery of another tenant: a bound token is shown the first of its own.
      const own: ParkedDelivery[] = [];
      let after: string | undefined;
      do {
        const page = await parked.list({ ...of, limit: pageSize, ...(after === undefined ? {} : { cursor: after }) });
        own.push(...page.items.filter((one) => isVisibleTo(request, one)));
        after = page.cursor;
      } while (after !== undefined && own.length < limit);
      return { parked: own.slice(0, limit).map(parkedAnswer) };
    },
  );

  app.delete(
    '/admin/events/parked/:id',
    {
      schema: {
        ...{ tags, summary: 'Discard one: its handler does not get the event' },
        params: Type.Object({
          id: Type.String({ minLength: 1, maxLength: 1_000, description: 'Of the parked delivery' }),
        }),
        response: { 200: Type.Object({ success: Type.Boolean() }), ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = await parked.get(id);
      if (found === undefined || !isVisibleTo(request, found)) {
        throw notFound(`parked delivery ${id}`, 'a build took it, it was discarded, or it never was');
      }
      await parked.discard(id, actorOf(request));
      return { success: true };
    },
  );
}

function isVisibleTo(request: FastifyRequest, { tenantId }: ParkedDelivery): boolean {
  const { tenantId: own } = identityOf(request);
  return own === undefined || own === tenantId;
}

/** Without the envelope: what it holds is newer than the catalog that would mask it. */
function parkedAnswer({ envelope: _envelope, ...parked }: ParkedDelivery) {
  return parked;
}
