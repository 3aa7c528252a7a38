import {
  createEventBus,
  createEventOperator,
  type EventBus,
  type MigrateKeysOptions,
  migrateKeys,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { contentOf, toFormerFormat } from '../support/redis/former-format.js';
import { useRedis } from '../support/redis/redis.js';
import { newGate, until } from '../support/wait.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
let redis: Redis;
let closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
});
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
  redis.disconnect();
});

const migrate = (options: MigrateKeysOptions = {}) => migrateKeys({ redis: server.url, ...options });

function busWith(handlers: Readonly<Record<string, (id: string) => unknown>>, prefix = 'hyvve'): EventBus {
  const options = { redis: server.url, prefix, logger: silentLogger, sweepMs: 100, leaseMs: 900 } as const;
  const bus = createEventBus({ service: 'billing', ...options, publishDeadlineMs: 500, startTimeoutMs: 2_000 });
  closing.push(() => bus.close({ drainMs: 50 }));
  for (const [name, run] of Object.entries(handlers)) {
    const retrying = { name, maxRetries: name === 'dead' ? 0 : 3, retryDelaysMs: [3_600_000] };
    bus.subscribe(subscribeTo(allEvents, '*', retrying, ({ id }) => void run(id)));
  }
  return bus;
}
const fail = () => {
  throw new Error('as planned');
};

/** A bus that has an event of each kind, with the keys of the former format. */
async function formerBus() {
  const gate = newGate();
  const ids: string[] = [];
  const bus = busWith({ dead: fail, later: fail });
  const publish = async (idempotencyKey: string) => {
    ids.push((await bus.publish(OrderPlaced, anOrder, { ...tenant, idempotencyKey })).id);
  };
  await bus.start();
  for (let n = 0; n < 3; n += 1) await publish(`key-${n}`);
  await until('its deliveries have failed', async () => (await redis.hlen('{hyvve:0}:group:billing:rows')) === 3);
  await until('they are dead', async () => (await redis.hlen('{hyvve:0}:group:billing:dead')) === 3);
  await bus.close();
  gate.open();
  // More keys than a call renames; not delivered yet.
  const shop = busWith({});
  for (let n = 3; n < 450; n += 1) {
    ids.push((await shop.publish(OrderPlaced, anOrder, { ...tenant, idempotencyKey: `key-${n}` })).id);
  }
  await shop.close();
  await toFormerFormat(redis);
  return ids;
}

describe('⚑ migrate-keys', () => {
  it('keeps every event, retry, dead letter and idempotency key; a bus with a longer prefix is unchanged', async () => {
    const beside = busWith({ later: fail }, 'hyvve:eu');
    await beside.start();
    await beside.publish(OrderPlaced, anOrder, tenant);
    await until('its retry is scheduled', async () => (await redis.hlen('{hyvve:eu:0}:group:billing:rows')) === 1);
    await beside.close();
    await toFormerFormat(redis, 'hyvve:eu');
    const unchanged = await contentOf(redis, 'hyvve:eu:*');
    expect(Object.keys(unchanged).length).toBeGreaterThan(8);
    const ids = await formerBus();

    const counts = await migrate({ dryRun: true });
    expect(await redis.type('hyvve:events')).toBe('stream');
    expect(counts.renamed).toMatchObject({ events: 1, idempotency: 450, dlq: 1 });
    expect(counts).toMatchObject({ changed: true, deleted: 3, kept: [] });
    expect(await migrate()).toEqual(counts);
    expect(await redis.keys('hyvve:*')).toHaveLength(Object.keys(unchanged).length + 1);
    expect(await contentOf(redis, 'hyvve:eu:*')).toEqual(unchanged);
    expect(await migrate()).toMatchObject({ changed: false });

    const handled = { dead: [] as string[], later: [] as string[] };
    const bus = busWith({ dead: (id) => handled.dead.push(id), later: (id) => handled.later.push(id) });
    await bus.start();
    await until('the new events are handled', () => handled.dead.length === 447 && handled.later.length === 447);
    expect(await bus.publish(OrderPlaced, anOrder, { ...tenant, idempotencyKey: 'key-0' })).toMatchObject({
      id: ids[0],
      duplicate: true,
    });
    const operator = createEventOperator({ redis: server.url, logger: silentLogger });
    closing.push(() => operator.close());
    const { items } = await operator.deadLetters.list();
    expect(items.map(({ eventId }) => eventId).sort()).toEqual(ids.slice(0, 3).sort());
    await operator.deadLetters.retry(items[0]?.id ?? '', { actor: 'ann' });
    await until('its retry has run', () => handled.dead.length === 448);
    for (const ref of await redis.hkeys('{hyvve:0}:group:billing:rows')) {
      await redis.zadd('{hyvve:0}:group:billing:due:later', 0, ref);
    }
    await until('the retries have run', () => handled.later.length === 450);
    expect(handled.later.sort()).toEqual([...ids].sort());
  });

  it.each([
    { what: 'migrates again', undo: false },
    { what: 'is undone', undo: true },
  ])('stopped half way: no process of either version starts, and a second run $what', async ({ undo }) => {
    await formerBus();
    const before = await contentOf(redis);
    const kill = () => {
      throw new Error('killed');
    };
    await expect(migrate({ onProgress: kill })).rejects.toThrow('killed');
    const half = await redis.keys('hyvve:idempotency:*');
    expect(half.length).toBeGreaterThan(0);
    expect(half.length).toBeLessThan(450);
    await expect(busWith({}).start()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining('migrate-keys'),
    });
    await expect(redis.xadd('hyvve:events', '*', 'e', '{}')).rejects.toThrow('WRONGTYPE');
    await migrate({ undo });
    const jobs = /^hyvve:(jobs|replay-jobs):/;
    const content = Object.entries(before).filter(([key]) => !jobs.test(key));
    const renamed = content.map(([key, dump]) => [undo ? key : key.replace('hyvve:', '{hyvve:0}:'), dump]);
    const {
      'hyvve:events': text,
      '{hyvve:map}': map,
      '{hyvve:0}:partition': partition,
      ...rest
    } = await contentOf(redis);
    expect(undo ? { ...rest, 'hyvve:events': text } : rest).toEqual(Object.fromEntries(renamed));
    expect([map === undefined, partition === undefined]).toEqual([undo, undo]);
  });

  it('undone after it was complete, and killed half way in that: the former keys are there again', async () => {
    await formerBus();
    await redis.del(...(await redis.keys('hyvve:jobs:*')), 'hyvve:replay-jobs:replays:id');
    const before = await contentOf(redis);
    await migrate();
    const kill = () => {
      throw new Error('killed');
    };
    await expect(migrate({ undo: true, onProgress: kill })).rejects.toThrow('killed');
    await expect(busWith({}).start()).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    expect(await migrate({ undo: true })).toMatchObject({ changed: true });
    expect(await contentOf(redis)).toEqual(before);
    expect(await migrate({ undo: true })).toMatchObject({ changed: false });
    await migrate();
    await busWith({}).start();
  });

  it('a process of the former version cannot write, read, or create the stream after it', async () => {
    await redis.xadd('hyvve:events', '*', 'e', '{}');
    await redis.xgroup('CREATE', 'hyvve:events', 'billing', '0');
    await migrate();
    const script = "#!lua\nreturn redis.call('XADD', KEYS[1], '*', 'e', ARGV[1])";
    const read = ['GROUP', 'billing', 'one', 'COUNT', 1, 'STREAMS', 'hyvve:events', '>'] as const;
    for (const call of [
      () => redis.eval(script, 2, 'hyvve:events', 'hyvve:publisher:x', '{}'),
      () => redis.xreadgroup(...read),
      () => redis.xgroup('CREATE', 'hyvve:events', 'billing', '0', 'MKSTREAM'),
      () => redis.xinfo('GROUPS', 'hyvve:events'),
      () => redis.xack('hyvve:events', 'billing', '1-1'),
    ]) {
      await expect(call()).rejects.toThrow('WRONGTYPE');
    }
    expect(await redis.xlen('{hyvve:0}:events')).toBe(1);
  });

  it('while a process is alive: refused with its name, and nothing is changed; with force it is done', async () => {
    const bus = busWith({ bill: () => undefined });
    await bus.start();
    const [consumer = ''] = await redis.zrange('{hyvve:0}:group:billing:alive', 0, -1);
    await redis.set('copy', 'x');
    const alive = await redis.zscore('{hyvve:0}:group:billing:alive', consumer);
    await bus.close();
    await toFormerFormat(redis);
    await redis.zadd('hyvve:group:billing:alive', alive ?? '', consumer);
    const before = await contentOf(redis);
    const refused = { code: 'CONFLICT', message: expect.stringContaining(consumer) };
    await expect(migrate()).rejects.toMatchObject(refused);
    expect(await contentOf(redis)).toEqual(before);
    expect(await migrate({ force: true })).toMatchObject({ changed: true });
    await expect(migrate({ undo: true })).rejects.toMatchObject(refused);
  });

  it('keys under both names: refused with them; with force they are left', async () => {
    await formerBus();
    await redis.set('{hyvve:0}:counted', 'other');
    await expect(migrate()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('hyvve:counted'),
    });
    await expect(busWith({}).start()).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    expect(await migrate({ force: true })).toMatchObject({ changed: true, kept: ['hyvve:counted'] });
    await busWith({}).start();
  });

  it.each(['hyvve:group', 'hyvve:jobs', 'hyvve:jobs:eu'])('a bus with the prefix %s: refused', async (prefix) => {
    await formerBus();
    await redis.xadd(`${prefix}:events`, '*', 'e', '{}');
    const before = await contentOf(redis);
    await expect(migrate()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining(prefix),
    });
    expect(await contentOf(redis)).toEqual(before);
  });

  it('event streams of both formats, and an undo with several partitions: refused', async () => {
    await busWith({}).publish(OrderPlaced, anOrder, tenant);
    await redis.xadd('hyvve:events', '*', 'e', '{}');
    await expect(migrate()).rejects.toMatchObject({ code: 'CONFLICT' });
    await redis.del('{hyvve:map}');
    await expect(migrate({ force: true })).rejects.toMatchObject({ code: 'CONFLICT' });
    await redis.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: 4 });
    await expect(migrate({ undo: true })).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    expect(await redis.type('hyvve:events')).toBe('stream');
  });

  it('an empty Redis: there is nothing to do', async () => {
    expect(await migrate()).toEqual({ changed: false, renamed: {}, deleted: 0, kept: [] });
    expect(await migrate({ undo: true })).toMatchObject({ changed: false });
    expect(await redis.keys('*')).toEqual([]);
  });
});
