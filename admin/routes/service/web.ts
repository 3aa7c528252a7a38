import { sep } from 'node:path';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { DocsFiles } from '../../docs/docs-files.js';
import { notFound } from '../../errors.js';
import type { Scope } from '../../http/scope.js';

/** The web app's own files: they contain no data, so that users without a token can load the sign-in form. */
export async function webRoutes(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: folder,
    prefix: '/',
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    // The names of files in assets contain a hash of their content.
    setHeaders: (reply, path) => {
      const isFixed = path.includes(`${sep}assets${sep}`);
      reply.setHeader('cache-control', isFixed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

/** The files that the event docs read in addition to the catalog, and the texts for tools. */
export function docsRoutes(app: Scope, files: DocsFiles): void {
  const tags = ['catalog'];
  const serve = (path: string, type: string, summary: string) =>
    app.get(`/${path}`, { schema: { tags, summary } }, async (_request, reply) =>
      reply.type(type).header('cache-control', 'private, no-cache').send(fileOf(path)),
    );
  const fileOf = (path: string) => {
    const text = files.get(path);
    if (text === undefined) throw notFound(path);
    return text;
  };
  serve('docs.json', json, 'Settings of the event docs');
  serve('changes.json', json, 'Changes of the catalog, by release');
  serve('usages.json', json, 'Where code publishes and handles the events');
  app.get(
    '/models/:file',
    { schema: { tags, summary: 'The code of each event in another language' } },
    async (request, reply) => {
      const { file } = request.params as { readonly file: string };
      return reply
        .type(json)
        .header('cache-control', 'private, no-cache')
        .send(fileOf(`models/${file}`));
    },
  );
  serve('schemas.json', json, 'Every JSON Schema, by name');
  serve('llms.txt', 'text/plain; charset=utf-8', 'The catalog in a few lines, for tools');
  app.get('/md/*', { schema: { tags, summary: 'A page of the event docs as Markdown' } }, async (request, reply) => {
    const { '*': path = '' } = request.params as { readonly '*'?: string };
    return reply.type('text/markdown; charset=utf-8').send(fileOf(`md/${path}`));
  });
}

const json = 'application/json; charset=utf-8';
