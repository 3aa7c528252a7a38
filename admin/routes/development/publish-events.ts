import { Type } from 'typebox';
import type { Development } from '../../development.js';
import { notFound } from '../../errors.js';
import { identityOf, maySeeTenant } from '../../http/identity.js';
import { errorAnswers, Name } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import type { Indexer } from '../../projection/indexer.js';
import { present } from '../../support/present.js';

const tags = ['development'];
/** Time that an answer waits until the index contains the event, so that its page is complete. */
const indexWaitMs = 1_000;

export const SampleQuery = Type.Object({
  seed: Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 1, description: 'The same seed gives the same data' }),
});

/** Generated data of an event. */
export const Sample = Type.Object({
  data: Type.Optional(Type.Unknown({ description: 'Absent if no valid data was found' })),
});

/** Body of `POST /admin/development/events`. */
export const PublishBody = Type.Object(
  {
    type: Name('Event type'),
    data: Type.Unknown({ description: 'The data of the event' }),
    tenantId: Name('Tenant of the event'),
    correlationId: Type.Optional(Name('Default: the id of the event')),
  },
  { additionalProperties: false },
);

/** The published event. */
export const PublishedEvent = Type.Object({
  id: Type.String({ description: 'Id of the event' }),
  streamId: Type.String({ description: 'Id of its entry in the stream' }),
});

/** Publishing events by hand. Registered only by `hyvve-events dev`. */
export function developmentRoutes(app: Scope, development: Development, indexer: Indexer): void {
  app.get(
    '/admin/development/samples/:type',
    {
      schema: {
        tags,
        summary: 'Valid generated data of an event',
        params: Type.Object({ type: Name('Event type') }),
        querystring: SampleQuery,
        response: { 200: Sample, ...errorAnswers },
      },
    },
    async ({ params: { type }, query: { seed } }) => {
      if (development.definitionOf(type) === undefined) throw notFound(`event type ${type}`);
      return present({ data: development.sample(type, seed) });
    },
  );

  app.post(
    '/admin/development/events',
    {
      schema: {
        tags,
        summary: 'Publish an event',
        body: PublishBody,
        response: { 200: PublishedEvent, ...errorAnswers },
      },
    },
    async (request) => {
      const { type, data, tenantId, correlationId } = request.body;
      if (!maySeeTenant(request, tenantId)) throw notFound(`tenant ${tenantId}`);
      const event = development.definitionOf(type);
      if (event === undefined) throw notFound(`event type ${type}`);
      const context = present({ tenantId, correlationId, userId: identityOf(request).actor });
      const { id, streamId } = await development.publish(event, data, context);
      await indexer.caughtUp(indexWaitMs);
      return { id, streamId };
    },
  );
}
