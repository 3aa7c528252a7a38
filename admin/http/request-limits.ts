import { fastifyRateLimit } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Verify } from '../auth/tokens.js';
import { AdminError } from '../errors.js';
import { answerError, answerUnknownRoute } from './answer-errors.js';
import { tokenOf } from './identity.js';

/**
 * How many requests are answered in a minute: of each token's subject, and of each address for those without a token that
 * holds. Files of the web app never count; every other answer does, also that there is no such route.
 */
export class RequestLimits {
  readonly #app: FastifyInstance;
  readonly #perMinute: number;
  /** Addresses of files that do not count. */
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
    // Before every other hook, so that also who is refused for the token is counted, and who asks for what is not there.
    this.#app.addHook('onRequest', this.#app.rateLimit());
    this.#app.setNotFoundHandler(answerUnknownRoute);
  }

  /** Registers routes of files, which do not count. */
  async exempt(app: FastifyInstance, routes: (app: FastifyInstance) => Promise<void>): Promise<void> {
    app.addHook('onRoute', ({ url }) => void this.#exempt.add(url));
    await routes(app);
  }

  /** Answers a request that Fastify cannot read: it meets no hook, so that it is counted here. */
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

/** By the token where it holds: who makes tokens up is counted by address. */
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
  return new AdminError('RATE_LIMITED', 'too many requests in a minute', { retryAfterSeconds });
}
