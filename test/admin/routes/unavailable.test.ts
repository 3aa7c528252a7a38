import { buildApp } from '@hyvve-events/admin';
import { expect, it } from 'vitest';
import { startPostgres } from '../../../scripts/postgres-server.js';
import { startRedis } from '../../../scripts/redis-server.js';
import { adminOptions, callerOf, indexAvailable, token } from '../../support/admin/admin.js';
import { embeddedIndex } from '../../support/admin/embedded-index.js';
import { startFlaky } from '../../support/events/flaky.js';
import { until } from '../../support/wait.js';

it('Redis is unavailable: 503 with Retry-After, and normal answers when it is back', async () => {
  const redis = await startRedis();
  const index = await embeddedIndex();
  const app = await buildApp(
    adminOptions({ redisTimeoutMs: 500, redis: redis.url, database: { folder: index.folder } }),
  );
  const call = callerOf(() => app);
  try {
    await until('it is ready', async () => (await call('GET', '/admin/events')).status === 200, 90_000);
    await redis.kill();
    await until('it is not ready', async () => (await call('GET', '/health/ready')).status === 503);
    const calls = [
      ...([
        ['GET', '/admin/events'],
        ['GET', '/admin/events/stats'],
        ['GET', '/health/events'],
        ['GET', '/metrics'],
      ] as const),
      ...([
        ['GET', '/admin/cluster'],
        ['GET', '/admin/consumers'],
        ['GET', '/admin/events/versions'],
        ['GET', '/admin/events/versions/shop.order.placed'],
        ['GET', '/admin/events/dlq/1-1'],
        ['DELETE', '/admin/events/dlq/1-1'],
      ] as const),
      ...([
        ['POST', '/admin/events/dlq/1-1/retry'],
        ['GET', '/admin/events/replay'],
        ['POST', '/admin/groups/x/retire'],
      ] as const),
    ];
    for (const [method, url] of calls) {
      const { status, body, headers } = await call(method, url);
      expect([url, status, body.code]).toEqual([url, 503, 'REDIS_UNAVAILABLE']);
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await call('GET', '/health/live')).status).toBe(200);
    // Routes that only read the index still work.
    expect((await call('GET', '/admin/events/dlq')).status).toBe(200);
    expect((await call('GET', '/admin/audit')).status).toBe(200);
    await redis.restart();
    await until('it is ready again', async () => (await call('GET', '/health/ready')).status === 200);
    expect((await call('GET', '/admin/events')).status).toBe(200);
  } finally {
    await app.close();
    await index.remove();
    await redis.stop();
  }
}, 150_000);

it('PostgreSQL is unavailable: single events and retries work, lists answer 503, and indexing continues when it is back', async () => {
  const redis = await startRedis();
  const postgres = await startPostgres();
  const app = await buildApp(adminOptions({ redis: redis.url, database: { url: postgres.url } }));
  const flaky = await startFlaky(redis.url);
  const call = callerOf(() => app);
  try {
    await indexAvailable(call);
    await postgres.kill();
    const id = await flaky.exceedBudget('openai', { tenantId: 'acme' });
    await until('it is a dead letter', async () => (await call('GET', '/admin/events/stats')).body.dlqSize === 1);
    const { status, body, headers } = await call('GET', '/admin/events');
    expect([status, body.code, Number(headers['retry-after']) > 0]).toEqual([503, 'INDEX_UNAVAILABLE', true]);
    await until(
      'the statistics show that the index fails',
      async () => (await call('GET', '/admin/events/stats')).body.index.state === 'failing',
    );
    expect((await call('GET', '/health/events')).status).toBe(200);
    const eventNow = () => call('GET', `/admin/events/${id}`);
    const dead = await eventNow();
    expect([dead.status, dead.body.event.status, dead.body.envelope.id]).toEqual([200, 'DLQ', id]);
    expect(dead.body.event.deliveries).toMatchObject([{ status: 'DLQ', deadLetterId: expect.any(String) }]);
    const ofAnother = await call('GET', `/admin/events/${id}`, undefined, await token('admin', 'other'));
    expect([ofAnother.status, ofAnother.body.code]).toEqual([404, 'NOT_FOUND']);
    expect((await call('GET', '/admin/events/never-published')).status).toBe(404);
    flaky.broken = false;
    const retried = await call('POST', `/admin/events/dlq/${id}/retry`);
    expect([retried.status, retried.body.success]).toEqual([200, true]);
    await until('it is handled', () => flaky.handled.includes(id));
    await until('Redis has the status', async () => (await eventNow()).body.event.status === 'COMPLETED');
    await postgres.restart();
    await until(
      'the index has the status',
      async () => (await call('GET', `/admin/events/${id}`)).body?.event?.status === 'COMPLETED',
    );
  } finally {
    await flaky.close();
    await app.close();
    await postgres.stop();
    await redis.stop();
  }
});

it('neither Redis nor PostgreSQL is available at the start: the service answers probes, and closes', async () => {
  const app = await buildApp(
    adminOptions({ redis: 'redis://127.0.0.1:1', redisTimeoutMs: 500, database: { url: 'postgres://127.0.0.1:1/x' } }),
  );
  const call = callerOf(() => app);
  expect((await call('GET', '/health/live')).status).toBe(200);
  expect((await call('GET', '/health/ready')).body).toEqual({
    status: 'unavailable',
    reasons: ['Redis does not respond'],
  });
  expect((await call('GET', '/admin/audit')).body.code).toBe('INDEX_UNAVAILABLE');
  await app.close();
});
