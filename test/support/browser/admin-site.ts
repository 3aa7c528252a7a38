import type { AdminOptions, Role } from '@hyvve-events/admin';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Call, callerOf, indexAvailable, token, useAdmin } from '../admin/admin.js';
import { type Flaky, startFlaky } from '../events/flaky.js';
import { useRedis } from '../redis/redis.js';
import { useBrowser, type Visit } from './browser.js';

/** The admin service with its pages, on a separate Redis for the test file, and a service that publishes and handles events. */
export interface AdminSite {
  /** The address of a page: `page('/ops/events')`. */
  page(path: string): string;
  readonly call: Call;
  readonly flaky: Flaky;
  /** URL of its Redis. */
  readonly redis: string;
  /** For signals: a stopped process is a Redis that is unavailable. */
  readonly redisPid: number;
}

/** The token of a page. Default: an admin's, for every tenant. */
export interface Visitor {
  /** null: not signed in. */
  readonly role?: Role | null;
  readonly tenantId?: string;
}

/** Returns a page whose tab is signed in. The tests of a file share one page for each visitor, because loading it takes most of their time. */
export type OpenAs = (visitor?: Visitor) => Promise<Visit>;

/**
 * Starts the service, its Redis and a browser for the tests of a file.
 * @param options Options of the service, in addition to those of all tests.
 * @param partitions Number of partitions of the stream.
 */
export function useAdminSite(
  options: Partial<AdminOptions> = {},
  partitions = 1,
): {
  readonly site: () => AdminSite;
  readonly open: OpenAs;
} {
  const redis = useRedis();
  const build = useAdmin();
  const browse = useBrowser('file');
  const visits = new Map<string, Visit>();
  let site: AdminSite | undefined;
  beforeAll(async () => {
    const started = await build({ redis: redis.url, ...options });
    const address = await started.listen({ port: 0, host: '127.0.0.1' });
    const call = callerOf(() => started);
    const flaky = await startFlaky(redis.url, partitions);
    site = { page: (path) => `${address}/#${path}`, call, flaky, redis: redis.url, redisPid: redis.server.pid };
    await indexAvailable(call);
  }, 120_000);
  afterAll(async () => {
    await site?.flaky.close();
  });
  // The next test does not get a page that a failed test left in an unknown state.
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') visits.clear();
  });
  return {
    site: () => {
      if (site === undefined) throw new Error('the service has not started');
      return site;
    },
    open: async (visitor = {}) => {
      const key = JSON.stringify(visitor);
      const visit = visits.get(key) ?? (await openAs(visitor));
      visits.set(key, visit);
      visit.problems.length = 0;
      await visit.page.setViewportSize({ width: 1280, height: 900 });
      await visit.page.emulateMedia({ colorScheme: 'light' });
      return visit;
    },
  };

  async function openAs({ role = 'admin', tenantId }: Visitor): Promise<Visit> {
    const visit = await browse();
    if (role !== null) {
      const ownToken = await token(role, tenantId);
      await visit.page.addInitScript(`sessionStorage.setItem('hyvve-events-token', ${JSON.stringify(ownToken)})`);
    }
    return visit;
  }
}
