import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, type EventBus, EventBusError } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { bundle } from '../support/processes/bundle.js';
import { useRedis } from '../support/redis/redis.js';
import { succeeds, until } from '../support/wait.js';

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
  it('is refused, by start and by publish, with a fix', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const unsuitable = { code: 'REDIS_UNSUITABLE', message: expect.stringContaining('maxmemory-policy noeviction') };
    await expect(bus().start()).rejects.toMatchObject(unsuitable);
    await expect(bus().publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(unsuitable);
    expect(await redis.keys('*')).toEqual([]);
  });

  it('works with allowEviction, with one warning', async () => {
    await redis.config('SET', 'maxmemory-policy', 'volatile-lru');
    const { logger, messages } = recordingLogger();
    await bus({ allowEviction: true, logger }).publish(OrderPlaced, anOrder, tenant);
    expect(messages('warn')).toEqual([expect.stringContaining('maxmemory-policy is volatile-lru')]);
  });
});

it('stop during the start of a connected bus: the start is refused, no group is created, publishing works', async () => {
  const made = bus();
  made.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
  await made.publish(OrderPlaced, anOrder, tenant);
  const starting = expect(made.start()).rejects.toMatchObject({ code: 'CLOSED' });
  await made.stop();
  await starting;
  expect(await redis.xinfo('GROUPS', '{hyvve:0}:events')).toEqual([]);
  await made.publish(OrderPlaced, anOrder, tenant);
});

describe('without a Redis', () => {
  it('start rejects with the address and the timeout', async () => {
    const unreachable = bus({ redis: 'redis://127.0.0.1:1', startTimeoutMs: 300 });
    await expect(unreachable.start()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /no connection to Redis within 300 ms.*127\.0\.0\.1:1; fix: start Redis, or .*REDIS_URL/,
      ),
    });
  });
});

describe('a Redis that is too old', () => {
  // A fake server that reports the version of Redis 6.
  it('is refused with the required version', async () => {
    const old = await startOldRedis();
    await expect(bus({ redis: old.url }).start()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringMatching(/Redis 6\.\S+ is too old.*use 7\.0 or newer/),
    });
    await old.close();
  });
});

describe('⚑ a start that is impossible', () => {
  const subscribed = (options: Parameters<typeof bus>[0]) => {
    const made = bus({ startTimeoutMs: 1_500, ...options });
    made.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
    return made;
  };
  const withUser = (name = 'desk', password = 'pw') => `redis://${name}:${password}@127.0.0.1:${server.server.port}`;

  beforeEach(() => redis.acl('SETUSER', 'desk', 'reset', 'on', '>pw', '+@all', '~*', '&*'));

  const causes: readonly {
    readonly name: string;
    readonly url?: () => string;
    readonly make?: () => Promise<unknown>;
    readonly code: string;
    readonly cause: RegExp;
    readonly fix: RegExp;
    readonly undo: () => Promise<unknown>;
  }[] = [
    {
      name: 'a missing database',
      url: () => `${server.url}/99`,
      code: 'REDIS_UNSUITABLE',
      cause: /database 99.*out of range/,
      fix: /databases/,
      undo: async () => undefined,
    },
    {
      name: 'a wrong password',
      url: () => withUser('desk', 'other'),
      code: 'REDIS_DENIED',
      cause: /WRONGPASS/,
      fix: /option `redis`/,
      undo: () => redis.acl('SETUSER', 'desk', '>other'),
    },
    {
      name: 'a disabled user',
      url: () => withUser(),
      make: () => redis.acl('SETUSER', 'desk', 'off'),
      code: 'REDIS_DENIED',
      cause: /WRONGPASS/,
      fix: /enable the user/,
      undo: () => redis.acl('SETUSER', 'desk', 'on'),
    },
    {
      name: 'a missing password',
      make: () => redis.acl('SETUSER', 'default', '>secret', 'resetpass', '>secret'),
      code: 'REDIS_DENIED',
      cause: /NOAUTH/,
      fix: /password/,
      undo: () => redis.acl('SETUSER', 'default', 'nopass'),
    },
    {
      name: 'a missing permission',
      url: () => withUser(),
      make: () => redis.acl('SETUSER', 'desk', '-xgroup'),
      code: 'REDIS_DENIED',
      cause: /NOPERM.*XGROUP/,
      fix: /docs\/operations.md/,
      undo: () => redis.acl('SETUSER', 'desk', '+xgroup'),
    },
    {
      name: 'keys that are not permitted',
      url: () => withUser(),
      make: () => redis.acl('SETUSER', 'desk', 'resetkeys', '~other:*'),
      code: 'REDIS_DENIED',
      cause: /NOPERM/,
      fix: /docs\/operations.md/,
      undo: () => redis.acl('SETUSER', 'desk', '~*'),
    },
    {
      name: 'a stream key of another type',
      make: () => redis.set('{hyvve:0}:events', 'text'),
      code: 'REDIS_UNSUITABLE',
      cause: /WRONGTYPE/,
      fix: /prefix/,
      undo: () => redis.del('{hyvve:0}:events'),
    },
    {
      name: 'a key of the group of another type',
      make: () => redis.set('{hyvve:0}:group:billing:handlers', 'text'),
      code: 'REDIS_UNSUITABLE',
      cause: /WRONGTYPE/,
      fix: /prefix/,
      undo: () => redis.del('{hyvve:0}:group:billing:handlers'),
    },
    {
      name: 'writes that are refused',
      make: () => redis.config('SET', 'min-replicas-to-write', 1),
      code: 'UNAVAILABLE',
      cause: /NOREPLICAS/,
      fix: /within/,
      undo: () => redis.config('SET', 'min-replicas-to-write', 0),
    },
  ];

  it.each(causes)(
    '$name: start rejects with cause and fix, health reports it, and start can be called again',
    async (one) => {
      const { url, make, code, cause, fix, undo } = one;
      const { logger, messages } = recordingLogger();
      const made = subscribed({ logger, ...(url === undefined ? {} : { redis: url() }) });
      try {
        await make?.();
        const error = await made.start().then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(EventBusError);
        expect(error).toMatchObject({ code, message: expect.stringMatching(cause) });
        expect(String(error)).toMatch(fix);
        const { ready, reasons } = made.health();
        expect(ready).toBe(false);
        expect(reasons.join('; ')).toMatch(cause);
        // Few connection attempts, no endless retries.
        const connections = async () => Number(/total_connections_received:(\d+)/.exec(await redis.info('stats'))?.[1]);
        const before = await connections();
        await sleep(1_200);
        expect((await connections()) - before).toBeLessThan(6);
        expect(messages('error').length).toBeLessThan(3);
      } finally {
        await undo();
      }
      if (code === 'REDIS_UNSUITABLE' && cause.test('database 99 out of range')) return;
      await until('it starts', () => succeeds(made.start()));
      expect(made.health()).toMatchObject({ live: true, ready: true, reasons: [] });
      await made.publish(OrderPlaced, anOrder, tenant);
    },
  );

  it('too many clients: start or health reports the reason', async () => {
    const clients = Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1]);
    await redis.config('SET', 'maxclients', clients + 1);
    const made = subscribed({});
    try {
      await expect(made.start()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(made.health().ready).toBe(false);
    } finally {
      await redis.config('SET', 'maxclients', 10_000);
    }
    await until('it starts', () => succeeds(made.start()));
    expect(made.health().ready).toBe(true);
  });

  it.each([
    ['no Redis', 'redis://127.0.0.1:1'],
    ['a missing database', undefined],
  ])('%s: a process that only logs the error exits', async (_, url) => {
    const main = await bundle('test/support/processes/failing-start-main.ts');
    const child = spawn(process.execPath, [main, url ?? `${server.url}/99`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    await until('it has ended', () => child.exitCode !== null, 15_000);
    expect(child.exitCode).toBe(0);
    expect(output).toMatch(/^caught: \[(UNAVAILABLE|REDIS_UNSUITABLE)\]/);
  });
});

/** A proxy that changes the version in the reply of INFO. */
async function startOldRedis(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const proxy = createServer((client) => {
    const upstream = connect(server.server.port, '127.0.0.1');
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (data) => {
      // The same length, so that the length prefix of the reply stays correct.
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
