import type { Actor } from '@hyvve-events/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Identity, Verify } from '../auth/tokens.js';
import { AdminError, notFound } from '../errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request is from; null on a public route. */
    identity: Identity | null;
  }
}

/** Returns the token of a request; undefined without one. */
export function tokenOf({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
}

/** Makes every route of `app` require a token. */
export function requireToken(app: FastifyInstance, verify: Verify): void {
  app.addHook('onRequest', async (request) => {
    const token = tokenOf(request);
    if (token === undefined) throw tokenMissing();
    request.identity = await verify(token);
  });
}

/** Makes every route of `app` answer 404 to a token that is bound to a tenant: the answers cover all tenants. */
export function hideFromTenants(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (identityOf(request).tenantId !== undefined)
      throw notFound(`route ${request.method} ${request.url.split('?')[0]}`);
  });
}

/** Returns who a request is from. @throws AdminError `TOKEN_MISSING` on a public route */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity !== null) return request.identity;
  throw tokenMissing();
}

function tokenMissing(): AdminError {
  return new AdminError('TOKEN_MISSING', 'send a token: `Authorization: Bearer <token>`');
}

/** Whether a token may see data of a tenant; of all tenants if `tenantId` is undefined. */
export function maySeeTenant(request: FastifyRequest, tenantId: string | undefined): boolean {
  const { tenantId: own } = identityOf(request);
  return own === undefined || own === tenantId;
}

/** Returns who makes a change, for the log. */
export function actorOf(request: FastifyRequest): Actor {
  return { actor: identityOf(request).actor, from: request.ip };
}

/**
 * Returns the tenant of a search: the token's if it is bound to one, else the requested one.
 * @throws AdminError `NOT_FOUND` if a bound token requests another tenant
 */
export function tenantOf(request: FastifyRequest, requested: string | undefined): string | undefined {
  const { tenantId } = identityOf(request);
  if (tenantId !== undefined && requested !== undefined && requested !== tenantId)
    throw notFound(`tenant ${requested}`);
  return tenantId ?? requested;
}
