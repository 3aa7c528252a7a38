import type { AdminApp } from '@hyvve-events/admin';
import {
  createEventBus,
  createEventOperator,
  type EventBus,
  type EventOperator,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf, indexAvailable, token, useAdmin } from '../../support/admin/admin.js';
import { allEvents, OrderPlaced } from '../../support/events/events.js';
import { useRedis } from '../../support/redis/redis.js';
import { until } from '../../support/wait.js';

const redis = useRedis();
const build = useAdmin();
let app: AdminApp;
let bus: EventBus;
let operator: EventOperator;
let client: Redis;
const call = callerOf(() => app);

beforeAll(async () => {
  app = await build({ redis: redis.url });
  bus = createEventBus({ redis: redis.url, service: 'desk', logger: silentLogger });
  operator = createEventOperator({ redis: redis.url, runReplays: false, logger: silentLogger });
  client = new Redis(redis.url);
  bus.subscribe(subscribeTo(allEvents, '*', { name: 'all' }, async () => undefined));
  await bus.start();
  for (let n = 0; n < 12; n += 1) {
    await bus.publish(OrderPlaced, { orderId: `o${n}`, amount: n }, { tenantId: n < 2 ? 'north' : 'south' });
  }
  await indexAvailable(call);
});
afterAll(async () => {
  client.disconnect();
  await Promise.all([bus.close(), operator.close()]);
});

describe('a token that is bound to a tenant', () => {
  it('replays: lists all of its tenant in pages, without an id of another tenant', async () => {
    const own: string[] = [];
    for (let n = 0; n < 9; n += 1) {
      const tenantId = n % 3 === 0 ? 'north' : 'south';
      const { jobId } = await operator.replays.start({ tenantId, groups: ['desk'] }, { actor: 'ann' });
      if (tenantId === 'north') own.unshift(jobId);
    }
    const bound = await token('admin', 'north');
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const url: string = `/admin/events/replay?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`;
      const { body } = await call('GET', url, undefined, bound);
      found.push(...body.replays.map(({ jobId }: { jobId: string }) => jobId));
      cursor = body.cursor;
      if (cursor !== undefined) expect(own).toContain(cursor);
    } while (cursor !== undefined);
    expect(found).toEqual(own);
    const all = (await call('GET', '/admin/events/replay?limit=50')).body.replays as { jobId: string }[];
    const other = all.find(({ jobId }) => !own.includes(jobId))?.jobId;
    const { status, body } = await call('GET', `/admin/events/replay?cursor=${other}`, undefined, bound);
    expect([status, body.code]).toEqual([400, 'CURSOR_INVALID']);
  });

  it('dry run and progress of a replay: contain no figures about other tenants', async () => {
    const range = { startTime: new Date(Date.now() - 60_000).toISOString(), endTime: new Date().toISOString() };
    const bound = await token('admin', 'north');
    const { body: dry } = await call('POST', '/admin/events/replay', { ...range, dryRun: true }, bound);
    expect(dry).toMatchObject({ events: 2, scanned: 2, unreadable: 0 });
    const { body: started } = await call('POST', '/admin/events/replay', { ...range, groups: ['desk'] }, bound);
    const url = `/admin/events/replay/${started.jobId}`;
    await until('it is completed', async () => (await call('GET', url)).body.status === 'completed');
    expect((await call('GET', url, undefined, bound)).body).toMatchObject({ eventsReplayed: 2, eventsScanned: 2 });
    expect((await call('GET', url)).body.eventsScanned).toBeGreaterThan(2);
  });

  it('parked deliveries: lists and discards only those of its tenant', async () => {
    const ids: Record<string, string> = {};
    for (const tenantId of ['north', 'south']) {
      const published = await bus.publish(OrderPlaced, { orderId: tenantId, amount: 1 }, { tenantId });
      const [entry] = await client.xrange('{hyvve:0}:events', published.streamId, published.streamId);
      const envelope = { ...JSON.parse(entry?.[1][1] ?? '{}'), id: `ahead-${tenantId}`, version: '9.0.0' };
      await client.xadd('{hyvve:0}:events', '*', 'e', JSON.stringify(envelope));
      ids[tenantId] = envelope.id;
    }
    const list = async (as?: string) => (await call('GET', '/admin/events/parked', undefined, as)).body.parked;
    await until('both are parked', async () => (await list()).length === 2);
    const bound = await token('admin', 'north');
    const own = await list(bound);
    expect(own).toMatchObject([{ eventId: ids.north, tenantId: 'north', version: '9.0.0', group: 'desk' }]);
    expect(own[0]).not.toHaveProperty('envelope');
    const other = (await list()).find(({ tenantId }: { tenantId: string }) => tenantId === 'south');
    const remove = (id: string, as?: string) =>
      call('DELETE', `/admin/events/parked/${encodeURIComponent(id)}`, undefined, as);
    expect((await remove(other.id, bound)).status).toBe(404);
    expect((await remove(own[0].id, bound)).status).toBe(200);
    expect((await remove(own[0].id, bound)).status).toBe(404);
    expect(await list()).toHaveLength(1);
    await until('the index has it', async () => {
      const { body } = await call('GET', '/admin/events?status=PARKED');
      return body.events.length === 1 && body.events[0].id === ids.south;
    });
    await until('the audit has it', async () => {
      const { body } = await call('GET', '/admin/audit?action=discarded');
      return body.entries.some((entry: { eventId: string }) => entry.eventId === ids.north);
    });
  });
});

describe('entries that are not valid envelopes', () => {
  it.each([
    ['not JSON', 'Ada L. lost card 4711'],
    ['JSON without the fields of an envelope', '{"member":"Ada L."}'],
  ])('are listed as dead letters, without their content: %s', async (_what, text) => {
    const streamId = await client.xadd('{hyvve:0}:events', '*', 'e', text);
    await until('it is a dead letter', async () => {
      const { body } = await call('GET', '/admin/events?status=DLQ&limit=50');
      return body.events.some((event: { streamId: string }) => event.streamId === streamId);
    });
    const { body } = await call('GET', '/admin/events?limit=50');
    const row = body.events.find((event: { streamId: string }) => event.streamId === streamId);
    expect(row).toMatchObject({ id: `@${streamId}`, valid: false, status: 'DLQ' });
    const letters = JSON.stringify((await call('GET', '/admin/events/dlq?limit=50')).body);
    expect(letters).not.toContain('Ada');
  });
});
