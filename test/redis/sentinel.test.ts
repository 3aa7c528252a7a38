import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, createEventOperator, type RedisTarget, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRedisServer, freePort, type PrivateRedis, startRedis } from '../../scripts/redis-server.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { succeeds, until } from '../support/wait.js';

const tenant = { tenantId: 'tenant-1' };
const password = 'of-redis';
const sentinelPassword = 'of-sentinel';
let first: PrivateRedis;
let second: PrivateRedis;
let sentinels: { readonly port: number; readonly child: ChildProcess }[] = [];
let target: RedisTarget;
let requester: Redis;

/** Two Redis servers, one of them the master, and three Sentinels. All require a password. */
beforeAll(async () => {
  const secured = ['--requirepass', password, '--masterauth', password];
  first = await startRedis(['--masterauth', password]);
  second = await startRedis([...secured.slice(2), '--replicaof', `127.0.0.1 ${first.port}`]);
  for (const server of [first, second]) {
    const client = new Redis(server.url);
    await client.config('SET', 'requirepass', password);
    client.disconnect();
  }
  sentinels = await Promise.all([0, 1, 2].map(() => startSentinel(first)));
  target = {
    sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
    name: 'desk',
    password,
    sentinelPassword,
    database: 2,
  };
  requester = new Redis(sentinels[0]?.port ?? 0, { password: sentinelPassword });
  await until('the Sentinels know each other and the replica', async () => {
    const answer = String(await requester.call('SENTINEL', 'master', 'desk'));
    return answer.includes('num-other-sentinels,2') && answer.includes('num-slaves,1');
  });
}, 60_000);
afterAll(async () => {
  requester.disconnect();
  for (const { child } of sentinels) child.kill('SIGKILL');
  await Promise.all([first.stop(), second.stop()]);
});

async function startSentinel(master: PrivateRedis) {
  const port = await freePort();
  const file = join(master.folder, `sentinel-${port}.conf`);
  const lines = [
    ...[
      `port ${port}`,
      'bind 127.0.0.1',
      `requirepass ${sentinelPassword}`,
      `sentinel sentinel-pass ${sentinelPassword}`,
    ],
    ...[`sentinel monitor desk 127.0.0.1 ${master.port} 2`, `sentinel auth-pass desk ${password}`],
    ...['sentinel down-after-milliseconds desk 1000', 'sentinel failover-timeout desk 5000'],
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(findRedisServer() ?? '', [file, '--sentinel'], { stdio: 'ignore' });
  const client = new Redis(port, { password: sentinelPassword });
  client.on('error', () => undefined);
  await until('the Sentinel answers', () => succeeds(client.ping()));
  client.disconnect();
  return { port, child };
}

async function masterPort(): Promise<number> {
  const [, port] = (await requester.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'desk')) as [string, string];
  return Number(port);
}

describe('a Redis behind Sentinels', () => {
  it('works for buses and operators, in the selected database', async () => {
    const operator = createEventOperator({ redis: target, events: allEvents });
    const bus = createEventBus({ service: 'billing', redis: target, logger: silentLogger });
    const seen: string[] = [];
    bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, ({ id }) => void seen.push(id)));
    await bus.start();
    const { id } = await bus.publish(OrderPlaced, anOrder, tenant);
    await until('it is handled', () => seen.includes(id));
    const client = new Redis({ port: await masterPort(), password, db: 2 });
    expect(await client.xlen('{hyvve:0}:events')).toBe(1);
    client.disconnect();
    await until(
      'it is completed',
      async () => (await operator.status({ eventId: id }))[0]?.handlers[0]?.status === 'COMPLETED',
    );
    await bus.close();
    await operator.close();
  });

  it('a wrong master name or a wrong password: start rejects with the reason', async () => {
    const start = async (changed: object) => {
      const redis = { ...(target as object), ...changed } as RedisTarget;
      const bus = createEventBus({ service: 'billing', redis, startTimeoutMs: 1_500, logger: silentLogger });
      try {
        await bus.start();
      } finally {
        await bus.close();
      }
    };
    await expect(start({ name: 'another' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(start({ password: 'wrong' })).rejects.toMatchObject({ code: 'REDIS_DENIED' });
    await expect(start({ sentinelPassword: 'wrong' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/Sentinel/i),
    });
  });
});

describe('⚑ a failover', () => {
  it.each([
    ['requested by an operator', () => requester.call('SENTINEL', 'FAILOVER', 'desk'), false],
    [
      'after the master was killed',
      async () => {
        const port = await masterPort();
        await (port === first.port ? first : second).kill();
      },
      true,
    ],
  ])('%s: publishing and handling continue, and losses are in the log', async (_, fail, killed) => {
    const before = await masterPort();
    const bus = createEventBus({ service: 'billing', redis: target, logger: silentLogger, leaseMs: 3_000 });
    const handled = new Set<string>();
    bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, ({ id }) => void handled.add(id)));
    await bus.start();
    const acknowledged = new Map<string, string>();
    let open = true;
    const load = async () => {
      while (open) {
        await bus.publish(OrderPlaced, anOrder, tenant).then(
          ({ id, streamId }) => acknowledged.set(id, streamId),
          () => undefined,
        );
        await sleep(5);
      }
    };
    const loads = [load(), load()];
    await sleep(500);
    await fail();
    await until('another node is the master', async () => (await masterPort()) !== before);
    const port = await masterPort();
    const client = new Redis({ port, password, db: 2 });
    client.on('error', () => undefined);
    const count = acknowledged.size;
    await until('publishing continues', () => acknowledged.size > count + 50);
    open = false;
    await Promise.all(loads);
    await until('the bus is ready', () => bus.health().ready);
    const [last] = (await client.xrevrange('{hyvve:0}:events', '+', '-', 'COUNT', 1)) as [[string, string[]]];
    await until('the last is handled', () => handled.has((JSON.parse(last[1][1] ?? '') as { id: string }).id));
    const present = new Set((await client.xrange('{hyvve:0}:events', '-', '+')).map(([id]) => id));
    const ranges = (await client.xrange('{hyvve:0}:log', '-', '+'))
      .filter(([, fields]) => fields[1] === 'lost')
      .map(([, fields]) => JSON.parse(fields[fields.indexOf('d') + 1] ?? '') as { from: string; to: string });
    const order = (id: string) =>
      id
        .split('-')
        .map((part) => part.padStart(20, '0'))
        .join('-');
    for (const [id, streamId] of acknowledged) {
      if (handled.has(id) || present.has(streamId)) continue;
      const isReported = ranges.some(({ from, to }) => order(from) < order(streamId) && order(streamId) <= order(to));
      expect(isReported, `${id} at ${streamId}: ${JSON.stringify(ranges)}`).toBe(true);
    }
    client.disconnect();
    await bus.close({ drainMs: 500 });
    if (killed) return;
    await until('the old master is a replica', async () =>
      String(await requester.call('SENTINEL', 'master', 'desk')).includes('num-slaves,1'),
    );
    await sleep(1_000);
  });
});
