import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AdminContext } from '../../context.js';
import { notFound } from '../../errors.js';
import type { Scope } from '../../http/scope.js';

/** The catalog, for tools and for the event docs. */
export function catalogRoutes(app: Scope, { catalog, asyncApi }: AdminContext): void {
  const tags = ['catalog'];

  app.get(
    '/catalog.json',
    { schema: { tags, summary: 'The catalog, as the generator writes it' } },
    async (request, reply) => sendTagged(request, reply, 'application/json', catalog.json, catalog.etag),
  );

  app.get(
    '/asyncapi.json',
    { schema: { tags, summary: 'The AsyncAPI document in one file' } },
    async (request, reply) => {
      if (asyncApi === undefined) throw notFound('AsyncAPI document', 'set ADMIN_ASYNCAPI to its root document');
      return sendTagged(request, reply, 'application/json', asyncApi.json, asyncApi.jsonEtag);
    },
  );

  app.get('/asyncapi.yaml', { schema: { tags, summary: 'The same, as YAML' } }, async (request, reply) => {
    if (asyncApi === undefined) throw notFound('AsyncAPI document', 'set ADMIN_ASYNCAPI to its root document');
    return sendTagged(request, reply, 'application/yaml', asyncApi.yaml, asyncApi.yamlEtag);
  });
}

/** Sends a text, or 304 if the client already has it. */
function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  type: string,
  text: string,
  etag: string,
): FastifyReply {
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  const known = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return reply.code(304).send();
  return reply.type(`${type}; charset=utf-8`).send(text);
}
