import { EventBusError, type Page, type ParkedDelivery, type ParkedQuery } from '@hyvve-events/runtime';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { cursorInvalid, notFound } from '../../errors.js';
import { actorOf, identityOf, maySeeTenant } from '../../http/identity.js';
import { errorAnswers, Name, NextCursor, ParkedId, paging, type SchemasOf } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { present } from '../../support/present.js';
import { maxParkedDiscards } from '../../web/shared/limits.js';

/** A delivery that waits for a build that can read its version. */
export const ParkedAnswer = Type.Object({
  ...({
    id: Type.String({ description: 'Id of the parked delivery' }),
    eventId: Type.String(),
    type: Type.String(),
    version: Type.String({ description: 'Version that a build must be able to read' }),
    tenantId: Type.String(),
    correlationId: Type.String(),
    group: Type.String(),
    handler: Type.String(),
    parkedAt: Type.String(),
    streamId: Type.String(),
    replayJobId: Type.Optional(Type.String({ description: 'The replay that delivered it' })),
  } satisfies SchemasOf<Omit<ParkedDelivery, 'envelope'>>),
  reason: Type.String({ description: 'Why it is parked: VERSION_AHEAD' }),
  message: Type.String({ description: 'Explanation of the reason, and how to fix it' }),
});

export const ParkedPage = Type.Object({ parked: Type.Array(ParkedAnswer), cursor: NextCursor });

/** Result of discarding several parked deliveries. */
export const DiscardedAnswer = Type.Object({
  discarded: Type.Integer(),
  gone: Type.Integer({
    description: 'Number of those that were not parked any more: handled by a build, or already discarded',
  }),
});

/** Parked deliveries that are read from Redis in one call when those of other tenants are skipped. */
const pageSize = 200;

/** Query of `GET /admin/events/parked`. */
export const ParkedPageQuery = Type.Object(
  {
    group: Type.Optional(Name('Consumer group')),
    limit: paging.limit,
    cursor: Type.Optional(ParkedId('Cursor from the previous page')),
  },
  { additionalProperties: false },
);

/** Body of `POST /admin/events/parked/discard`. */
export const DiscardBody = Type.Object(
  { ids: Type.Array(ParkedId('Id of a parked delivery'), { minItems: 1, maxItems: maxParkedDiscards }) },
  { additionalProperties: false },
);

/** Answer of `DELETE /admin/events/parked/:id`. */
export const DiscardedOne = Type.Object({ success: Type.Boolean() });

/** Parked deliveries: lists, and discarding. */
export function parkedRoutes(app: Scope, context: AdminContext): void {
  const { parked } = context.operator;
  const tags = ['events'];

  app.get(
    '/admin/events/parked',
    {
      schema: {
        tags,
        summary: 'Deliveries that wait for a newer build, the longest parked of each version first',
        querystring: ParkedPageQuery,
        response: { 200: ParkedPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { limit, cursor, group } = request.query;
      const isBound = identityOf(request).tenantId !== undefined;
      if (!isBound) {
        const page = await list(present({ group, limit, cursor }));
        return present({ parked: page.items.map(parkedAnswer), cursor: page.cursor });
      }
      const own: ParkedDelivery[] = [];
      let after = cursor;
      do {
        const page = await list(present({ group, limit: pageSize, cursor: after }));
        own.push(...page.items.filter((one) => maySeeTenant(request, one.tenantId)));
        after = page.cursor;
      } while (after !== undefined && own.length <= limit);
      const shown = own.slice(0, limit);
      // The id of a delivery of the tenant: a cursor must not contain an id of another tenant.
      const last = own.length > limit ? shown.at(-1)?.id : undefined;
      return present({ parked: shown.map(parkedAnswer), cursor: last });
    },
  );

  app.delete(
    '/admin/events/parked/:id',
    {
      schema: {
        tags,
        summary: 'Discard one: its handler does not get the event',
        params: Type.Object({ id: ParkedId('Id of the parked delivery') }),
        response: { 200: DiscardedOne, ...errorAnswers },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = await parked.get(id);
      if (found === undefined || !maySeeTenant(request, found.tenantId)) {
        throw notFound(`parked delivery ${id}`, 'a build has handled it, it was discarded, or it never existed');
      }
      await parked.discard(id, actorOf(request));
      return { success: true };
    },
  );

  app.post(
    '/admin/events/parked/discard',
    {
      schema: {
        tags,
        summary: 'Discard several: their handlers do not get the events',
        body: DiscardBody,
        response: { 200: DiscardedAnswer, ...errorAnswers },
      },
    },
    async (request) => {
      const ids = new Set(request.body.ids);
      let discarded = 0;
      for (const id of ids) if (await discardOne(request, id)) discarded += 1;
      return { discarded, gone: ids.size - discarded };
    },
  );

  async function list(query: ParkedQuery): Promise<Page<ParkedDelivery>> {
    try {
      return await parked.list(query);
    } catch (cause) {
      if (!(cause instanceof EventBusError) || cause.code !== 'CONFIG_INVALID') throw cause;
      throw cursorInvalid(cause);
    }
  }

  /** Discards one delivery. Returns false if it is not parked any more or the token may not see it. */
  async function discardOne(request: FastifyRequest, id: string): Promise<boolean> {
    const found = await parked.get(id);
    if (found === undefined || !maySeeTenant(request, found.tenantId)) return false;
    try {
      await parked.discard(id, actorOf(request));
      return true;
    } catch (error) {
      if (error instanceof EventBusError && (error.code === 'NOT_FOUND' || error.code === 'CONFLICT')) return false;
      throw error;
    }
  }
}

/** Without the envelope: the catalog is older than its data and could not mask it. */
function parkedAnswer({ envelope: _envelope, ...parked }: ParkedDelivery) {
  const { group, type, version } = parked;
  const fix = `deploy a build of ${group} that knows this version, or discard the delivery`;
  return {
    ...parked,
    reason: 'VERSION_AHEAD',
    message: `the build that read ${type} ${version} does not know it: ${fix}`,
  };
}
