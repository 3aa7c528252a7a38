import { connect, createServer } from 'node:net';
import { createEventBus, type EventBus } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anOrder, OrderPlaced } from '../support/events.js';
import { keepingLogger } from '../support/log.js';
import { useRedis } from '../support/redis.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
let buses: EventBus[] = [];
let redis: Redis;

beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
});
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close()));
  buses = [];
  redis.disconnect();
});

function bus(options: Partial<Parameters<typeof createEventBus>[0]> = {}): EventBus {
  const made = createEventBus({ service: 'billing', redis: server.url, ...options });
  buses.push(made);
  return made;
}

describe('a Redis that may evict keys', () => {
  it('is refused, by start and by publish, with what to do', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const unsuitable = { code: 'REDIS_UNSUITABLE', message: expect.stringContaining('maxmemory-policy noeviction') };
    await expect(bus().start()).rejects.toMatchObject(unsuitable);
    await expect(bus().publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(unsuitable);
    expect(await redis.keys('hyvve:*')).toEqual([]);
  });

  it('serves with one warning where that was accepted', async () => {
    await redis.config('SET', 'maxmemory-policy', 'volatile-lru');
    const { logger, messages } = keepingLogger();
    await bus({ allowEviction: true, logger }).publish(OrderPlaced, anOrder, tenant);
    expect(messages('warn')).toEqual([expect.stringContaining('maxmemory-policy is volatile-lru')]);
  });
});

describe('no Redis', () => {
  it('start says where it looked and for how long', async () => {
    const away = bus({ redis: 'redis://127.0.0.1:1', startTimeoutMs: 300 });
    await expect(away.start()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/no Redis within 300 ms.*127\.0\.0\.1:1/),
    });
  });
});

describe('a Redis that is too old', () => {
  // Redis 6 is in no registry that the tests reach: a server that says it is one, and no more.
  it('is refused with the version it needs', async () => {
    const old = await startOldRedis();
    await expect(bus({ redis: old.url }).start()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringMatching(/Redis 6\.\S+ is too old.*use 7\.0 or newer/),
    });
    await old.close();
  });
});

/** A proxy that changes the version in what Redis says of itself. */
async function startOldRedis(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const proxy = createServer((client) => {
    const upstream = connect(server.server.port, '127.0.0.1');
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (data) => {
      // Of the same length, so that the reply's own length stays true.
      client.write(data.toString('latin1').replace(/redis_version:\d/, 'redis_version:6'), 'latin1');
    });
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => proxy.close(() => resolve())),
  };
}
