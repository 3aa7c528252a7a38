import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, type EventBus, type EventBusOptions, eventDraft, silentLogger } from '@hyvve-events/runtime';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import type { PreparedEvent } from '../../runtime/publish/prepare-event.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { confirmScript } from '../../runtime/redis/publish/confirm.lua.js';
import { publishScript } from '../../runtime/redis/publish/publish.lua.js';
import { publishCall } from '../../runtime/redis/publish/publish-call.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { type ClusterNode, useCluster } from '../support/redis/cluster.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { until } from '../support/wait.js';

/** The nodes never count as failed: no replica becomes the master. */
const used = useCluster({ masters: 1, replicas: 2, nodeTimeoutMs: 60_000 });
const tenant = { tenantId: 'tenant-1' };
let master: ClusterNode;
let replicas: readonly ClusterNode[];
const paused = new Set<ClusterNode>();
const buses: EventBus[] = [];

beforeAll(async () => {
  master = await used.cluster.ownerOf('hyvve:0');
  replicas = used.cluster.nodes.filter((node) => node !== master);
});

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.close({ drainMs: 0 })));
  for (const node of paused) resume(node);
  await until('both replicas are in step', async () => (await master.redis.wait(2, 1_000)) === 2);
  await master.redis.flushall();
});

function pause(node: ClusterNode | undefined): void {
  if (node === undefined) throw new Error('there is no such replica');
  paused.add(node);
  used.cluster.pause(node);
}

function resume(node: ClusterNode): void {
  paused.delete(node);
  used.cluster.resume(node);
}

function busWith(durability: EventBusOptions['durability'], options: Partial<EventBusOptions> = {}): EventBus {
  const redis = { nodes: used.cluster.urls };
  const bus = createEventBus({
    service: 'shop',
    redis,
    logger: silentLogger,
    publishDeadlineMs: 1_500,
    ...(durability === undefined ? {} : { durability }),
    ...options,
  });
  buses.push(bus);
  return bus;
}

const published = () => master.redis.xlen('{hyvve:0}:events');

describe('⚑ durability: a publish resolves when enough replicas have the event', () => {
  it('with one of two replicas stopped, one is enough for `replicas: 1`, and not for `replicas: 2`', async () => {
    pause(replicas[0]);
    const one = busWith({ replicas: 1 });
    await one.publish(OrderPlaced, anOrder, tenant);
    const running = replicas[1]?.redis;
    await running?.readonly();
    expect(await running?.xlen('{hyvve:0}:events')).toBe(1);
    const both = busWith({ replicas: 2, timeoutMs: 300 });
    const error = await both.publish(OrderPlaced, anOrder, tenant).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', eventIds: [expect.any(String)] });
    expect(String(error)).toContain('at the deadline only 1 of 2 replicas have confirmed the write');
    // It was sent several times, and written once.
    expect(await published()).toBe(2);
    const [id = ''] = (error as { readonly eventIds: readonly string[] }).eventIds;
    // It is in the stream, but the second replica still does not have it.
    const again = () => both.publish(OrderPlaced, anOrder, { ...tenant, id });
    await expect(again()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', eventIds: [id] });
    for (const node of paused) resume(node);
    expect(await again()).toMatchObject({ id, duplicate: true });
    expect(await published()).toBe(2);
  });

  it('a replica that comes back before the deadline completes the publish', async () => {
    pause(replicas[0]);
    const bus = busWith({ replicas: 2, timeoutMs: 100 }, { publishDeadlineMs: 10_000 });
    const publishing = bus.publish(OrderPlaced, anOrder, tenant);
    let isPublished = false;
    publishing.then(() => {
      isPublished = true;
    });
    await until('it is written', async () => (await published()) === 1);
    // WAIT covers only what its own connection has written: a new connection finds the event in the ring.
    await master.redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await sleep(1_000);
    expect(isPublished).toBe(false);
    for (const node of paused) resume(node);
    expect(await publishing).toMatchObject({ duplicate: false });
    expect(await published()).toBe(1);
  });

  it('batches, partitions, idempotency keys, ids, and a server that has lost its scripts', async () => {
    const bus = busWith({ replicas: 2 }, { partitions: 4 });
    const tenants = Array.from({ length: 20 }, (_, n) => `tenant-${n}`);
    const publishAll = () =>
      Promise.all(tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId, idempotencyKey: 'one' })));
    const first = await publishAll();
    await master.redis.script('FLUSH');
    expect(await publishAll()).toEqual(first.map((each) => ({ ...each, duplicate: true })));
    const drafts = [1, 2, 3].map((n) => eventDraft(OrderPlaced, { ...anOrder, orderId: String(n) }));
    expect(await bus.publishBatch(drafts, tenant)).toHaveLength(3);
    const id = createEventId(Date.now());
    for (const duplicate of [false, true]) {
      expect(await bus.publish(OrderPlaced, anOrder, { ...tenant, id })).toMatchObject({ id, duplicate });
    }
    // Scripts and waits of all partitions share one connection.
    const names = String(await master.redis.client('LIST')).match(/name=\S*:replicated/g);
    expect(names).toHaveLength(1);
  });

  it('an event that was published before a growth: its replicas count, too', async () => {
    const bus = busWith({ replicas: 2, timeoutMs: 200 });
    // It is in partition 0, and its key in partition 1 after the growth.
    const options = { tenantId: 'tenant-1', idempotencyKey: 'key-1' };
    const first = await bus.publish(OrderPlaced, anOrder, options);
    const link = connectTo(master.server.url);
    await growOn(link, 2);
    link.close();
    expect(partitionOf('tenant-1', 2)).toBe(1);
    expect(await bus.publish(OrderPlaced, anOrder, options)).toEqual({ ...first, duplicate: true });
    pause(replicas[0]);
    await expect(bus.publish(OrderPlaced, anOrder, options)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(await master.redis.xlen('{hyvve:1}:events')).toBe(0);
  });

  it('a server that writes nothing rejects with UNAVAILABLE, and nothing was written', async () => {
    const bus = busWith({ replicas: 1 });
    await bus.publish(OrderPlaced, anOrder, tenant);
    await master.redis.config('SET', 'min-replicas-to-write', '3');
    try {
      await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    } finally {
      await master.redis.config('SET', 'min-replicas-to-write', '0');
    }
    expect(await published()).toBe(1);
    await bus.publish(OrderPlaced, anOrder, tenant);
  });

  it('a user that may not call WAIT is refused by name', async () => {
    const { port } = master.server;
    await master.redis.call('ACL', 'SETUSER', 'shop', 'on', '>secret', '~*', '&*', '+@all', '-wait');
    const options = { username: 'shop', password: 'secret' };
    const bus = busWith({ replicas: 1 }, { redis: { nodes: [`redis://127.0.0.1:${port}`], options } });
    const error = await bus.publish(OrderPlaced, anOrder, tenant).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REDIS_DENIED', message: expect.stringContaining('wait') });
    expect(await published()).toBe(0);
    await master.redis.call('ACL', 'DELUSER', 'shop');
  });

  it('a server with fewer replicas is a warning at the first connection', async () => {
    const { logger, messages } = recordingLogger();
    const bus = busWith({ replicas: 3 }, { logger, publishDeadlineMs: 200 });
    await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(messages('warn')).toContainEqual(
      expect.stringContaining('the number of replicas is 2, recommended is at least 3'),
    );
  });

  it('without the option there is no further connection, and nothing waits', async () => {
    pause(replicas[0]);
    pause(replicas[1]);
    const bus = busWith(undefined);
    await bus.publish(OrderPlaced, anOrder, tenant);
    expect(String(await master.redis.client('LIST'))).not.toContain(':replicated');
  });
});

it('an earlier event that a failover has lost does not count as written; one that was trimmed does', async () => {
  const events = '{hyvve:0}:events';
  const confirm = (...ids: string[]) =>
    confirmScript.call({ events, ring: '{hyvve:0}:publisher:x', ringTtlMs: 60_000, ids })(master.redis);
  for (const id of ['1-0', '2-0', '3-0']) await master.redis.xadd(events, id, 'e', '{}');
  expect(await confirm('1-0', '3-0')).toBe(1);
  await master.redis.xtrim(events, 'MINID', '2-0');
  expect(await confirm('1-0', '3-0')).toBe(1);
  expect(await confirm('3-0', '4-0')).toBe(0);
  expect(await confirm('2-1')).toBe(0);
  await master.redis.xtrim(events, 'MAXLEN', 0);
  expect(await confirm('3-0')).toBe(1);
  expect(await confirm('4-0')).toBe(0);
  expect(await master.redis.pttl('{hyvve:0}:publisher:x')).toBeGreaterThan(0);
});

it('a call that is sent again writes its result again: since Redis 7.2, WAIT covers nothing on a connection that has written nothing', async () => {
  const event: PreparedEvent = {
    id: 'one',
    json: '{}',
    bytes: 2,
    type: 'a.b',
    version: '1.0.0',
    correlationId: 'c',
    tenantId: 't',
    partitionKey: 't',
    explicitId: false,
    idTime: undefined,
    idempotencyKey: undefined,
    idempotencyTtlMs: 0,
  };
  const input = publishCall({
    keys: partitionKeys('hyvve', 0),
    ring: '{hyvve:0}:publisher:x',
    token: '1',
    slot: 1,
    map: { epoch: 1, count: 1 },
    expiresAt: Date.now() + 60_000,
    ringTtlMs: 0,
    count: 1,
    units: [{ events: [event] }],
    others: undefined,
  });
  const offset = async () => /master_repl_offset:(\d+)/.exec(await master.redis.info('replication'))?.[1];
  const first = await publishScript.call(input)(master.redis);
  const before = await offset();
  expect(await publishScript.call(input)(master.redis)).toBe(first);
  expect(await offset()).not.toBe(before);
  expect(await published()).toBe(1);
});

it('the options are checked', () => {
  const refused = (durability: unknown) => () => busWith(durability as EventBusOptions['durability']);
  expect(refused({})).toThrow('createEventBus: durability: replicas must be a whole number from 1');
  expect(refused({ replicas: 0 })).toThrow('createEventBus: durability: replicas must be a whole number from 1');
  expect(refused({ replicas: 1, timeoutMs: 0 })).toThrow('createEventBus: durability: timeoutMs must be');
  expect(refused({ replica: 1 })).toThrow('did you mean "replicas"?');
  expect(refused(1)).toThrow('createEventBus: durability must be an object');
});
