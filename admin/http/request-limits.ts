import { fastifyRateLimit } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Verify } from '../auth/tokens.js';
import { AdminError } from '../errors.js';
import { answerError, answerUnknownRoute } from './answer-errors.js';
import { tokenOf } from './identity.js';

/**
 * Limits the requests per minute: for each subject of a valid token, and for each address without one. Files of the web app
 * are not counted. All other requests are, also those that match no route.
 */
export class RequestLimits {
  readonly #app: FastifyInstance;
  readonly #perMinute: number;
  /** URLs of files that are not counted. */
  readonly #exempt = new Set<string>();

  constructor(app: FastifyInstance, perMinute: number) {
    this.#app = app;
    this.#perMinute = perMinute;
  }

  async register(verify: Verify): Promise<void> {
    await this.#app.register(fastifyRateLimit, {
      global: false,
      max: this.#perMinute,
      timeWindow: '1 minute',
      keyGenerator: (request) => keyOf(request, verify),
      allowList: (request) => this.#exempt.has(request.routeOptions.url ?? ''),
      errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
    });
    // Before every other hook, so that requests with an invalid token and requests that match no route are counted too.
    this.#app.addHook('onRequest', this.#app.rateLimit());
    this.#app.setNotFoundHandler(answerUnknownRoute);
  }

  /** Registers routes of files, which are not counted. */
  async exempt(app: FastifyInstance, routes: (app: FastifyInstance) => Promise<void>): Promise<void> {
    app.addHook('onRoute', ({ url }) => void this.#exempt.add(url));
    await routes(app);
  }

  /** Answers a request that Fastify cannot parse. No hook runs for it, so it is counted here. */
  async answerUnreadable(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { isExceeded = false, ttl = 0 } = await this.#countUnreadable(request);
    answerError(isExceeded ? tooMany(ttl) : error, request, reply);
  }

  async #countUnreadable(request: FastifyRequest): Promise<{ readonly isExceeded?: boolean; readonly ttl?: number }> {
    this.#unreadable ??= this.#app.createRateLimit({
      max: this.#perMinute,
      timeWindow: '1 minute',
      keyGenerator: ({ ip }) => ip,
    });
    const counted = await this.#unreadable(request);
    return counted.isAllowed ? {} : counted;
  }

  #unreadable: ReturnType<FastifyInstance['createRateLimit']> | undefined;
}

/** The subject of a valid token, else the address: invented tokens share the limit of their address. */
async function keyOf(request: FastifyRequest, verify: Verify): Promise<string> {
  const token = tokenOf(request);
  if (token === undefined) return request.ip;
  try {
    const { actor, tenantId } = await verify(token);
    return JSON.stringify([actor, tenantId]);
  } catch {
    return request.ip;
  }
}

function tooMany(ttl: number): AdminError {
  const retryAfterSeconds = Math.ceil(ttl / 1000);
  return new AdminError('RATE_LIMITED', 'too many requests: the limit per minute is reached', { retryAfterSeconds });
}
