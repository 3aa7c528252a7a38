import { randomBytes } from 'node:crypto';
import { type AdminApp, buildApp, signToken } from '@hyvve-events/admin';

/** Default port of the service. */
const usualPort = 4600;

/** The admin service of the demo: its index is in memory, its secret is temporary. */
export interface DemoAdmin {
  /** For example `http://127.0.0.1:4600`. */
  readonly address: string;
  /** Token with the role owner. */
  readonly token: string;
  close(): Promise<void>;
}

/** Starts the admin service on the same Redis, on the default port or, if that is in use, on a free one. */
export async function startDemoAdmin(redis: string, prefix: string): Promise<DemoAdmin> {
  const secret = randomBytes(48).toString('base64url');
  const app = await buildApp({
    keys: { secret },
    redis,
    prefix,
    database: { folder: 'memory://' },
    publicDocs: true,
    logLevel: 'silent',
  });
  const address = await listen(app);
  const token = await signToken(secret, { sub: 'you', role: 'owner' }, '12h');
  return { address, token, close: () => app.close() };
}

async function listen(app: AdminApp): Promise<string> {
  try {
    return await app.listen({ host: '127.0.0.1', port: usualPort });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return app.listen({ host: '127.0.0.1', port: 0 });
  }
}
