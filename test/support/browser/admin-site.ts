import type { Role } from '@hyvve-events/admin';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Call, callerOf, token, useAdmin } from '../admin/admin.js';
import { type Flaky, startFlaky } from '../events/flaky.js';
import { useRedis } from '../redis/redis.js';
import { until } from '../wait.js';
import { useBrowser, type Visit } from './browser.js';

/** The admin service with its pages, on a Redis of the file's own, beside a service that publishes and handles. */
export interface AdminSite {
  /** The address of a page: `page('/ops/events')`. */
  page(path: string): string;
  readonly call: Call;
  readonly flaky: Flaky;
  /** Its process can be stopped and go on: a Redis that is away. */
  readonly redisPid: number;
}

/** Whose token a page has: an admin's of every tenant by default. */
export interface Visitor {
  /** null: without a user. */
  readonly role?: Role | null;
  readonly tenantId?: string;
}

/** A page of each visitor, whose tab is signed in: the file's tests share it, since loading it again would take most of their time. */
export type OpenAs = (visitor?: Visitor) => Promise<Visit>;

/** Starts all of it for the file's tests. */
export function useAdminSite(): { readonly site: () => AdminSite; readonly open: OpenAs } {
  const redis = useRedis();
  const build = useAdmin();
  const browse = useBrowser('file');
  const visits = new Map<string, Visit>();
  let site: AdminSite | undefined;
  beforeAll(async () => {
    const started = await build({ redis: redis.url });
    const address = await started.listen({ port: 0, host: '127.0.0.1' });
    const call = callerOf(() => started);
    const flaky = await startFlaky(redis.url);
    site = { page: (path) => `${address}/#${path}`, call, flaky, redisPid: redis.server.pid };
    await until('the index is there', async () => (await call('GET', '/admin/events')).status === 200);
  });
  afterAll(async () => {
    await site?.flaky.close();
  });
  // What a test that failed left open is not shown to the next.
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
      const given = await token(role, tenantId);
      await visit.page.addInitScript(`sessionStorage.setItem('hyvve-events-token', ${JSON.stringify(given)})`);
    }
    return visit;
  }
}
