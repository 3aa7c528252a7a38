import { consumerAliveMs, matchesPattern, type RegisteredConsumer } from '@hyvve-events/runtime';
import { Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { actorOf } from '../../http/identity.js';
import { knownType } from '../../http/parameters.js';
import { errorAnswers, Name, type SchemasOf } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';

/** Every process that handles events. */
export const Consumers = Type.Object({
  consumers: Type.Array(
    Type.Object({
      ...({
        consumer: Type.String(),
        group: Type.String(),
        host: Type.String(),
        pid: Type.Integer(),
        startedAt: Type.String(),
        sinceHeartbeatMs: Type.Number({ description: 'Time since its last heartbeat' }),
        concurrency: Type.Integer(),
        catalogHash: Type.Optional(Type.String()),
        handlers: Type.Array(Type.Object({ name: Type.String(), pattern: Type.String() })),
      } satisfies SchemasOf<Omit<RegisteredConsumer, 'reads'>>),
      alive: Type.Boolean({ description: 'Whether its last heartbeat is recent' }),
    }),
  ),
});

/** Query of `GET /admin/consumers`. */
export const ConsumersQuery = Type.Object(
  { type: Type.Optional(Name('Only handlers of this event type, and only processes with such a handler')) },
  { additionalProperties: false },
);

/** Answer of `POST /admin/groups/:group/retire`. */
export const Retired = Type.Object({ success: Type.Boolean() });

/** The registered processes, and retiring a group. */
export function registryRoutes(app: Scope, { operator, catalog }: AdminContext): void {
  const tags = ['registry'];

  app.get(
    '/admin/consumers',
    {
      schema: {
        tags,
        summary: 'Every process that handles events',
        querystring: ConsumersQuery,
        response: { 200: Consumers, ...errorAnswers },
      },
    },
    async (request) => {
      const type = knownType(catalog, request.query.type, 'query.type');
      const consumers = (await operator.consumers()).map(({ handlers, reads, ...rest }) => ({
        ...rest,
        alive: rest.sinceHeartbeatMs <= consumerAliveMs,
        handlers: handlers.filter(({ pattern }) => type === undefined || matchesPattern(pattern, type)),
      }));
      return { consumers: consumers.filter(({ handlers }) => type === undefined || handlers.length > 0) };
    },
  );

  app.post(
    '/admin/groups/:group/retire',
    {
      schema: {
        tags,
        summary: 'Retire a group: its unfinished events no longer hold back trimming',
        params: Type.Object({ group: Name('Consumer group') }),
        response: { 200: Retired, ...errorAnswers },
      },
    },
    async (request) => {
      await operator.retireGroup(request.params.group, actorOf(request));
      return { success: true };
    },
  );
}
