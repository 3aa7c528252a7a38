import { fastifySwagger } from '@fastify/swagger';
import { fastifySwaggerUi } from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Path of the page that documents the API. */
export const apiPagePath = '/docs/api';

/**
 * Serves a description of the routes that are added later: `/openapi.json`, and a page that loads nothing from other hosts.
 * Both are public: they contain what `docs/admin.md` contains, and no data of the service.
 */
export async function describeApi(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'hyvve-events admin',
        version: '1',
        description:
          'Inspect and manage events, dead letters, replays and statistics. Every change is recorded in the audit log.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
      security: [{ token: [] }],
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  await app.register(fastifySwaggerUi, {
    routePrefix: apiPagePath,
    uiConfig: { docExpansion: 'list', deepLinking: true },
  });
}
