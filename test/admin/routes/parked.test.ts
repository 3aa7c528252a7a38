import type { AdminApp } from '@hyvve-events/admin';
import { createEventBus, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, indexAvailable, token, useAdmin } from '../../support/admin/admin.js';
import { anOrder, atVersion, OrderPlaced } from '../../support/events/events.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const redis = useRedis();
const build = useAdmin();
let app: AdminApp;
let bus: EventBus;
const call = callerOf(() => app);
/** Names of the maximum length: ids and cursors contain them. */
const group = 'g'.repeat(100);
const handler = `ü${'h'.repeat(199)}`;

interface Parked {
  readonly id: string;
  readonly eventId: string;
  readonly tenantId: string;
}

beforeAll(async () => {
  app = await build({ redis: redis.url });
  bus = createEventBus({ redis: redis.url, service: group, logger: silentLogger });
  bus.subscribe(subscribeTo([atVersion(OrderPlaced, '1.0.0')], '*', { name: handler }, async () => undefined));
  await bus.start();
  await indexAvailable(call);
});
afterAll(() => bus.close());

const url = '/admin/events/parked';
const all = async (): Promise<readonly Parked[]> => (await call('GET', `${url}?limit=200`)).body.parked;
const discard = (ids: readonly string[], as?: string) => call('POST', `${url}/discard`, { ids }, as);

/** Reads all parked deliveries in pages of three. */
async function paged(as?: string): Promise<readonly Parked[]> {
  const found: Parked[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page = await call('GET', `${url}?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`, undefined, as);
    expect(page.status).toBe(200);
    found.push(...page.body.parked);
    cursor = page.body.cursor;
  }
  return found;
}

describe('parked deliveries', () => {
  beforeEach(async () => {
    const left = await all();
    if (left.length > 0) await discard(left.map(({ id }) => id));
    for (const tenantId of ['north', 'south', 'north', 'south', 'north', 'north', 'south', 'north']) {
      await bus.publish(atVersion(OrderPlaced, '9.0.0'), anOrder, { tenantId });
    }
    await until('all are parked', async () => (await all()).length === 8);
  });

  it('contain the reason and the fix, and no envelope', async () => {
    const [first] = await all();
    expect(first).toMatchObject({
      group,
      handler,
      type: OrderPlaced.type,
      version: '9.0.0',
      tenantId: 'north',
      reason: 'VERSION_AHEAD',
      message: expect.stringContaining('deploy a build'),
    });
    expect(first).not.toHaveProperty('envelope');
  });

  it('are listed in pages: complete, and for a bound token only those of its tenant', async () => {
    const ids = (await all()).map(({ id }) => id);
    expect((await paged()).map(({ id }) => id)).toEqual(ids);
    const own = await paged(await token('admin', 'north'));
    expect(own.map(({ id }) => id)).toEqual((await all()).flatMap((one) => (one.tenantId === 'north' ? one.id : [])));
    const { status, body } = await call('GET', `${url}?cursor=nonsense`);
    expect([status, body.code, body.field]).toEqual([400, 'CURSOR_INVALID', 'query.cursor']);
    expect((await call('GET', `${url}?group=other`)).body.parked).toEqual([]);
  });

  it('discarding several: those that are not parked any more are counted separately', async () => {
    const [one, two, three] = (await all()).map(({ id }) => id) as [string, string, string];
    expect((await call('DELETE', `${url}/${one}`)).status).toBe(200);
    const { body } = await discard([one, two, two, three, 'nonsense']);
    expect(body).toEqual({ discarded: 2, gone: 2 });
    expect((await all()).map(({ id }) => id)).not.toContain(two);
    expect(await all()).toHaveLength(5);
    await until('the audit has them', async () => {
      const { entries } = (await call('GET', '/admin/audit?action=discarded')).body;
      return entries.filter(({ actor }: { actor: string }) => actor === 'admin-ann').length >= 3;
    });
    const [entry] = (await call('GET', '/admin/audit?action=discarded')).body.entries;
    expect(entry).toMatchObject({
      group,
      handler,
      before: { status: 'PARKED', version: '9.0.0' },
      after: { status: 'DISCARDED' },
    });
  });

  it('discarding by two operators in parallel: each delivery is discarded once', async () => {
    const ids = (await all()).map(({ id }) => id);
    const answers = await Promise.all([discard(ids), discard(ids)]);
    const [a, b] = answers.map(({ body }) => body as { discarded: number; gone: number });
    expect([a?.discarded, b?.discarded].reduce((sum = 0, n = 0) => sum + n, 0)).toBe(8);
    expect((a?.discarded ?? 0) + (a?.gone ?? 0)).toBe(8);
    expect(await all()).toEqual([]);
  });

  it('discarding with a bound token: those of other tenants count as gone', async () => {
    const south = (await all()).filter(({ tenantId }) => tenantId === 'south').map(({ id }) => id);
    const bound = await token('admin', 'north');
    expect((await discard(south, bound)).body).toEqual({ discarded: 0, gone: 3 });
    expect(await all()).toHaveLength(8);
  });

  it('are counted in the statistics, the health of events and the metrics', async () => {
    // The service caches the statistics for a second.
    await until(
      'the statistics contain them',
      async () => (await call('GET', '/admin/events/stats')).body.parked === 8,
    );
    const stats = (await call('GET', '/admin/events/stats')).body;
    expect(stats.groups).toMatchObject([{ group, parked: 8, scheduled: 0 }]);
    const health = await call('GET', '/health/events');
    expect(health.status).toBe(200);
    expect(health.body.groups).toMatchObject([{ group, parked: 8 }]);
    const { text } = await call('GET', '/metrics');
    expect(text).toContain(`hyvve_group_parked{group="${group}"} 8`);
    expect(text).toContain(`hyvve_group_parked_versions{group="${group}",type="shop.order.placed",version="9.0.0"} 8`);
    expect(stats.groups[0].parkedVersions).toEqual([{ type: 'shop.order.placed', version: '9.0.0', count: 8 }]);
  });

  it.each([
    [{ ids: [] }, 'body.ids'],
    [{ ids: [1] }, 'body.ids.0'],
    [{ ids: Array.from({ length: 201 }, (_, index) => String(index)) }, 'body.ids'],
    [{ ids: ['x'], all: true }, 'body.all'],
    [{}, 'body.ids'],
  ])('an invalid request discards none: %j', async (body, field) => {
    const answer = await call('POST', `${url}/discard`, body);
    expect([answer.status, answer.body.code, answer.body.field]).toEqual([400, 'PARAMETER_INVALID', field]);
    expect(await all()).toHaveLength(8);
  });
});
