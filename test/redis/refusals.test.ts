import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventBus } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { tenant, useStage } from '../support/processes/chaos.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage(['--save', '3600 1']);
const config = (name: string, value: string | number) => stage.redis.config('SET', name, value);

/** A temporary refusal: how to cause it, and how to end it. */
interface Refusal {
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

const inTheWay = () => join(stage.server.folder, 'dump.rdb', 'in-the-way');
/** A script that keeps Redis busy until it is killed. */
let busy: Redis | undefined;

const refusals: Readonly<Record<string, Refusal>> = {
  NOREPLICAS: {
    begin: () => config('min-replicas-to-write', 1),
    end: () => config('min-replicas-to-write', 0),
  },
  MISCONF: {
    begin: async () => {
      await rm(join(stage.server.folder, 'dump.rdb'), { force: true });
      await mkdir(inTheWay(), { recursive: true });
      await stage.redis.bgsave();
      await until('saving fails', async () => /rdb_last_bgsave_status:err/.test(await stage.redis.info('persistence')));
    },
    end: async () => {
      await rm(join(stage.server.folder, 'dump.rdb'), { recursive: true });
      await stage.redis.bgsave();
      await until('saving succeeds', async () =>
        /rdb_last_bgsave_status:ok/.test(await stage.redis.info('persistence')),
      );
    },
  },
  READONLY: {
    begin: () => stage.redis.replicaof('127.0.0.1', 1),
    end: () => stage.redis.call('REPLICAOF', 'NO', 'ONE'),
  },
  BUSY: {
    begin: async () => {
      await config('busy-reply-threshold', 20);
      busy = new Redis(stage.server.url);
      void busy.eval('#!lua flags=no-writes\nwhile true do end', 0).catch(() => undefined);
      const other = new Redis(stage.server.url, { enableReadyCheck: false });
      await until('it is busy', () =>
        other.get('x').then(
          () => false,
          (error: Error) => error.message.startsWith('BUSY'),
        ),
      );
      other.disconnect();
    },
    end: async () => {
      const other = new Redis(stage.server.url, { enableReadyCheck: false });
      await other.script('KILL');
      other.disconnect();
      busy?.disconnect();
    },
  },
};

const reasonsOf = (bus: EventBus) => bus.health().reasons.join('; ');

describe.each(Object.keys(refusals))('⚑ Redis refuses with %s, for a while', (code) => {
  const { begin, end } = refusals[code] as Refusal;
  let ended = true;
  afterEach(async () => {
    if (!ended) await end();
    ended = true;
  });

  it('handlers run once, publishes wait and reject with the reason, health is not ready, and everything continues afterwards', async () => {
    const gate = newGate();
    const runs = new Map<string, number>();
    const { logger, messages } = recordingLogger();
    const bus = await stage.handle(
      'billing',
      async ({ id }, { attempt }) => {
        runs.set(id, (runs.get(id) ?? 0) + 1);
        await gate.passed;
        if (attempt === 1) throw new Error('as planned');
      },
      { publishDeadlineMs: 1_500, logger, handler: { retryDelaysMs: [100] } },
    );
    const ids = await stage.publish(5);
    await until('all run', () => runs.size === 5);
    expect(bus.health()).toMatchObject({ live: true, ready: true });
    ended = false;
    await begin();
    gate.open();
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining(code) };
    await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(refused);
    await until('health reports it', () => !bus.health().ready && reasonsOf(bus).includes(code));
    // Longer than a lease: no delivery may be taken over in the meantime.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect([...runs.values()]).toEqual([1, 1, 1, 1, 1]);
    await end();
    ended = true;
    await until('every retry has run', () => ids.every((id) => runs.get(id) === 2));
    await until('health is ready', () => bus.health().ready);
    await bus.publish(OrderPlaced, anOrder, tenant);
    await until('later events are handled, and retried', () => [...runs.values()].join() === '2,2,2,2,2,2');
    await until('all is settled', () => bus.health().consumer?.unsettled === 0);
    expect([...runs.values()]).toEqual([2, 2, 2, 2, 2, 2]);
    expect(messages('error').filter((line) => line === 'could not settle')).toEqual([]);
    // A repeated refusal is logged once.
    expect(messages('error').filter((line) => line.includes('refuses to read')).length).toBeLessThanOrEqual(2);
  });
});

it('⚑ out of memory: publishes reject immediately with MEMORY_HIGH, outcomes are recorded', async () => {
  const gate = newGate();
  let ended = 0;
  const bus = await stage.handle('billing', async () => {
    await gate.passed;
    ended += 1;
  });
  await stage.publish(3);
  await until('all run', () => bus.health().consumer?.running === 3);
  await config('maxmemory', 1);
  try {
    const startedAt = performance.now();
    await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'MEMORY_HIGH' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    gate.open();
    await until('all are settled', async () => ended === 3 && bus.health().consumer?.unsettled === 0);
    expect((await stage.redis.xpending('{hyvve:0}:events', 'billing'))[0]).toBe(0);
  } finally {
    await config('maxmemory', 0);
  }
  await until('it is ready again', () => bus.health().ready);
  await bus.publish(OrderPlaced, anOrder, tenant);
});

describe('⚑ permissions that are revoked later', () => {
  it.each([
    ['to read', '-xreadgroup', /NOPERM.*XREADGROUP/],
    ['to identify itself', '-client', /NOPERM.*CLIENT ID/],
    ['to write', '-xadd', /NOPERM.*XADD/],
    ['a key', 'resetkeys', /NOPERM/],
    ['the first command of BullMQ', '-info', /NOPERM.*INFO/],
    ['the blocking command of BullMQ', '-bzpopmin', /NOPERM.*BZPOPMIN/],
  ])('%s makes it not ready, with the reason, until it is permitted again', async (_, rule, reason) => {
    await stage.redis.acl('SETUSER', 'desk', 'reset', 'on', '>pw', '+@all', '~*', '&*');
    let handled = 0;
    const redis = `redis://desk:pw@127.0.0.1:${stage.server.port}`;
    const bus = await stage.handle(
      'billing',
      () => {
        handled += 1;
      },
      { redis },
    );
    await stage.publish(1);
    await until('it is handled', () => handled === 1);
    await stage.redis.acl('SETUSER', 'desk', rule);
    await stage.redis.client('KILL', 'USER', 'desk');
    await until('it is not ready', () => !bus.health().ready && reason.test(reasonsOf(bus)));
    await stage.publish(1);
    await stage.redis.acl('SETUSER', 'desk', '+@all', '~*');
    await until('it is ready', () => bus.health().ready);
    await until('events published in the meantime are handled', () => handled === 2);
  });

  it('a changed password: not ready, with the reason, and few connection attempts', async () => {
    await stage.redis.acl('SETUSER', 'desk', 'reset', 'on', '>pw', '+@all', '~*', '&*');
    const bus = await stage.handle('billing', () => undefined, {
      redis: `redis://desk:pw@127.0.0.1:${stage.server.port}`,
    });
    await stage.redis.acl('SETUSER', 'desk', 'resetpass', '>other');
    await stage.redis.client('KILL', 'USER', 'desk');
    await until('it is not ready', () => reasonsOf(bus).includes('WRONGPASS'));
    const failures = async () => Number(/acl_access_denied_auth:(\d+)/.exec(await stage.redis.info('stats'))?.[1] ?? 0);
    const before = await failures();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await failures()) - before).toBeLessThan(25);
    await stage.redis.acl('SETUSER', 'desk', '>pw');
    await until('it is ready', () => bus.health().ready, 20_000);
  });
});

it('a key of the group with another type: not ready, with the reason, and ready after it was deleted', async () => {
  let handled = 0;
  const bus = await stage.handle('billing', () => {
    handled += 1;
  });
  await stage.publish(1);
  await until('it is handled', () => handled === 1);
  await stage.redis.set('{hyvve:0}:events', 'text');
  await until('it is not ready', () => reasonsOf(bus).includes('WRONGTYPE'));
  await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
  await stage.redis.del('{hyvve:0}:events');
  await until('it is ready', () => bus.health().ready);
  await bus.publish(OrderPlaced, anOrder, tenant);
  await until('it is handled', () => handled === 2);
});
