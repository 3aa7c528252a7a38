import { type AdminApp, type AdminOptions, buildApp, type Role, signToken } from '@hyvve-events/admin';
import type { InjectOptions } from 'fastify';
import { afterAll } from 'vitest';
import { until } from '../wait.js';
import { embeddedIndex } from './embedded-index.js';

const secret = 'a secret that only these tests know, of 32 bytes and more';

/** Options that a test may set. */
export type TestAdminOptions = Partial<AdminOptions> & Pick<AdminOptions, 'redis'>;

/** Options of a service for tests: no log, an index in memory, and limits of requests and of time that no test reaches. */
export function adminOptions(options: TestAdminOptions): AdminOptions {
  const limits = { requestsPerMinute: 1_000_000, redisTimeoutMs: 30_000, logLevel: 'silent' };
  return { keys: { secret }, database: { folder: 'memory://' }, ...limits, ...options };
}

/** Signs a token. */
export function token(role: Role | 'viewer' = 'admin', tenantId?: string, lifetime = '1h'): Promise<string> {
  const claims = { sub: `${role}-ann`, role: role as Role, ...(tenantId === undefined ? {} : { tenantId }) };
  return signToken(secret, claims, lifetime);
}

/** An answer. Its body is parsed if it is JSON. */
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
    const bearer = as === undefined ? await token() : as;
    const reply = await app().inject({
      method: method ?? 'GET',
      url,
      ...(body === undefined ? {} : { payload: body }),
      headers: bearer === null ? {} : { authorization: `Bearer ${bearer}` },
    });
    const isJson = String(reply.headers['content-type']).includes('json');
    const { statusCode: status, headers, payload: text } = reply;
    return { status, headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
  };
}

/** Resolves when the service can search its index. Creating an embedded index takes 5 s of processor time. */
export function indexAvailable(call: Call): Promise<void> {
  const isAvailable = async () => (await call('GET', '/admin/events')).status === 200;
  return until('the index is available', isAvailable, 90_000);
}

/** Builds services that are closed after the file's tests. Without a `database` each has an embedded one in a new folder. */
export function useAdmin(): (options: TestAdminOptions) => Promise<AdminApp> {
  const apps: AdminApp[] = [];
  const indexes: Awaited<ReturnType<typeof embeddedIndex>>[] = [];
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await Promise.all(indexes.map((index) => index.remove()));
  });
  return async (options) => {
    let { database } = options;
    if (database === undefined) {
      const index = await embeddedIndex();
      indexes.push(index);
      database = { folder: index.folder };
    }
    const app = await buildApp(adminOptions({ ...options, database }));
    apps.push(app);
    return app;
  };
}
