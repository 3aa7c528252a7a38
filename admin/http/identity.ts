import type { Actor } from '@hyvve-events/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identity, Verify } from '../auth/tokens.js';
import { AdminError, notFound } from '../errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who it is from; null on a route that is public. */
    identity: Identity | null;
  }
}

/** The token that a request brings. */
export function tokenOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** Has every route of `app` ask for a token. */
export function requireToken(app: FastifyInstance, verify: Verify): void {
  app.addHook('onRequest', async (request) => {
    const token = tokenOf(request);
    if (token === undefined) throw new AdminError('TOKEN_MISSING', 'send a token: `Authorization: Bearer <token>`');
    request.identity = await verify(token);
  });
}

/** Has every route of `app` be unknown to a token that is bound to a tenant: what it answers spans them all. */
export function hideFromTenants(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (identityOf(request).tenantId !== undefined)
      throw notFound(`route ${request.method} ${request.url.split('?')[0]}`);
  });
}

/** Who a request is from. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity !== null) return request.identity;
  throw new AdminError('TOKEN_MISSING', 'send a token: `Authorization: Bearer <token>`');
}

/** Who makes a change, as the log keeps it. */
export function actorOf(request: FastifyRequest): Actor {
  return { actor: identityOf(request).actor, from: request.ip };
}

/**
 * The tenant to look at: the token's where it is bound to one, else the one asked for.
 * @throws AdminError `NOT_FOUND` when a bound token asks for another
 */
export function tenantOf(request: FastifyRequest, asked: string | undefined): string | undefined {
  const { tenantId } = identityOf(request);
  if (tenantId !== undefined && asked !== undefined && asked !== tenantId) throw notFound(`tenant ${asked}`);
  return tenantId ?? asked;
}
