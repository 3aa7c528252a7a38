import { type AdminApp, type AdminOptions, buildApp, type Role, signToken } from '@hyvve-events/admin';
import type { InjectOptions } from 'fastify';
import { afterAll } from 'vitest';

const secret = 'a secret that only these tests know, of 32 bytes and more';

/** What a test may change of the service. */
export type TestAdminOptions = Partial<AdminOptions> & Pick<AdminOptions, 'redis'>;

/** Options of a service for tests: quiet, its index in memory, no limit of requests that a test would meet. */
export function adminOptions(options: TestAdminOptions): AdminOptions {
  const limits = { requestsPerMinute: 1_000_000, redisPatienceMs: 500, logLevel: 'silent' };
  return { keys: { secret }, database: { folder: 'memory://' }, ...limits, ...options };
}

/** A token of the tests' secret. */
export function token(role: Role | 'viewer' = 'admin', tenantId?: string, lifetime = '1h'): Promise<string> {
  const claims = { sub: `${role}-ann`, role: role as Role, ...(tenantId === undefined ? {} : { tenantId }) };
  return signToken(secret, claims, lifetime);
}

/** An answer, its body read as JSON where it is. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads the fields that it expects; a missing one fails it.
  readonly body: any;
}

/** Calls a service with a token. */
export type Call = (method: InjectOptions['method'], url: string, body?: object, as?: string | null) => Promise<Answer>;

/** Calls `app` without a network. `as` is a token: an admin's by default, null for none. */
export function callerOf(app: () => AdminApp): Call {
  return async (method, url, body, as) => {
    const given = as === undefined ? await token() : as;
    const reply = await app().inject({
      ...{ method: method ?? 'GET', url },
      ...(body === undefined ? {} : { payload: body }),
      headers: given === null ? {} : { authorization: `Bearer ${given}` },
    });
    const isJson = String(reply.headers['content-type']).includes('json');
    const { statusCode: status, headers, payload: text } = reply;
    return { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
  };
}

/** Builds services that are closed after the file's tests. */
export function useAdmin(): (options: TestAdminOptions) => Promise<AdminApp> {
  const apps: AdminApp[] = [];
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
  });
  return async (options) => {
    const app = await buildApp(adminOptions(options));
    apps.push(app);
    return app;
  };
}
