import { type EventBus, EventBusError, type TenantPublisher } from '@hyvve-events/runtime';
import { publishApprovalCreated } from '@hyvve-events/sdk/approval';
import { type FastifyInstance, fastify } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Publishes for the tenant and the user of the request. */
    events: TenantPublisher;
  }
}

/** A Fastify application that publishes events, closes its bus with itself, and answers invalid data with 400. */
export function buildApp(bus: EventBus): FastifyInstance {
  const app = fastify();
  app.decorateRequest('events');
  app.addHook('onRequest', async (request) => {
    // Of your authentication: a header that every client can set is not a decision about access.
    const { tenantId, userId } = { tenantId: 'acme', userId: 'ann' };
    request.events = bus.withContext({ tenantId, userId, correlationId: request.id });
  });
  app.setErrorHandler((error: Error, request, reply) => {
    // Fastify answers all others, for example a body that is not JSON.
    if (!(error instanceof EventBusError)) throw error;
    if (error.code === 'VALIDATION_FAILED') {
      return reply.code(400).send({ code: error.code, violations: error.violations });
    }
    request.log.error({ err: error }, 'the publish failed');
    // UNAVAILABLE, MEMORY_HIGH, OVERLOADED: nothing was written, the client may try again.
    return reply.code(503).send({ code: error.code });
  });
  app.post('/approvals', async (request, reply) => {
    // The publish validates the data: the type is only an assertion.
    const data = request.body as Parameters<typeof publishApprovalCreated>[1];
    const { id } = await publishApprovalCreated(request.events, data);
    return reply.code(202).send({ id });
  });
  // Before Fastify stops listening, reading ends; after the requests in progress are answered, publishing ends.
  app.addHook('preClose', () => bus.stop());
  app.addHook('onClose', () => bus.close());
  return app;
}
