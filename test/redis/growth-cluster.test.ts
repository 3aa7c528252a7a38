import { createEventBus, createEventOperator, type EventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterEach, expect, it } from 'vitest';
import { parsePosition } from '../../runtime/event/position.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useCluster } from '../support/redis/cluster.js';
import { until } from '../support/wait.js';

// A master that is stopped for a moment stays one.
const used = useCluster({ masters: 3, nodeTimeoutMs: 30_000 });
const by = { actor: 'ann' };
const tenants = Array.from({ length: 24 }, (_, index) => `tenant-${index}`);
const partitionIn = ({ streamId }: { readonly streamId: string }) => parsePosition(streamId)?.partition;
let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const node of used.cluster.nodes) used.cluster.resume(node);
  await Promise.all(closing.map((close) => close()));
  closing = [];
  await used.cluster.empty();
});

function newBus(partitions: number): EventBus {
  const redis = { nodes: used.cluster.urls };
  const bus = createEventBus({ service: 'shop', redis, logger: silentLogger, partitions, publishDeadlineMs: 3_000 });
  closing.push(() => bus.close());
  return bus;
}
function newOperator() {
  const operator = createEventOperator({ redis: { nodes: used.cluster.urls }, callTimeoutMs: 1_000 });
  closing.push(() => operator.close());
  return operator;
}
const publish = (bus: EventBus, tenantId: string, options = {}) =>
  bus.publish(OrderPlaced, anOrder, { tenantId, ...options });
const ownerOf = (partition: number) => used.cluster.ownerOf(`hyvve:${partition}`);
const lengthOf = async (partition: number) => (await ownerOf(partition)).redis.xlen(`{hyvve:${partition}}:events`);

/** A partition of a growth from 2 to 4 that is on another master than its parent. */
async function separated(): Promise<readonly [parent: number, child: number]> {
  for (const parent of [0, 1]) {
    if ((await ownerOf(parent)).id !== (await ownerOf(parent + 2)).id) return [parent, parent + 2];
  }
  throw new Error('each child is on the master of its parent');
}

it('⚑ a growth from 2 to 16 partitions on three masters: everything that is published meanwhile is handled once', async () => {
  const handled = new Map<string, number>();
  const bus = newBus(2);
  bus.subscribe(
    subscribeTo([OrderPlaced], '*', { name: 'bill' }, ({ id }) => {
      handled.set(id, (handled.get(id) ?? 0) + 1);
    }),
  );
  await bus.start();
  let isStopped = false;
  const loops = tenants.map(async (tenantId) => {
    const ids: string[] = [];
    while (!isStopped) ids.push((await publish(bus, tenantId)).id);
    return ids;
  });
  expect(await newOperator().partitions.grow(16, by)).toMatchObject({ epoch: 4, count: 16 });
  isStopped = true;
  const ids = (await Promise.all(loops)).flat();
  const published = await Promise.all(tenants.map((tenantId) => publish(bus, tenantId)));
  expect(published.map(partitionIn)).toEqual(tenants.map((tenantId) => partitionOf(tenantId, 16)));
  ids.push(...published.map(({ id }) => id));
  await until('all are handled', () => ids.every((id) => handled.has(id)));
  expect(new Set(handled.values())).toEqual(new Set([1]));
  const masters = await Promise.all(Array.from({ length: 16 }, async (_, index) => (await ownerOf(index)).id));
  expect(new Set(masters).size).toBe(3);
});

it('⚑ one master is away: a growth is refused with UNAVAILABLE, and nothing has changed', async () => {
  await publish(newBus(2), 'tenant-1');
  const operator = newOperator();
  const [, child] = await separated();
  const away = await ownerOf(child);
  await operator.partitions.map();
  used.cluster.pause(away);
  await expect(operator.partitions.grow(4, by)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/partition \d/),
  });
  used.cluster.resume(away);
  expect(await operator.partitions.map()).toMatchObject({ epoch: 1, count: 2, growing: undefined });
  for (const { redis } of used.cluster.nodes) expect(await redis.keys('{hyvve:[23]}*')).toEqual([]);
  expect(await operator.partitions.grow(4, by)).toMatchObject({ epoch: 2, count: 4 });
});

it('⚑ the master of a former partition is away: what may have been written there is refused, not written again', async () => {
  const bus = newBus(2);
  const [parent, child] = await separated();
  const tenantId = tenants.find((each) => partitionOf(each, 4) === child) ?? '';
  const options = { idempotencyKey: 'key-1' };
  const first = await publish(bus, tenantId, options);
  expect(partitionIn(first)).toBe(parent);
  await newOperator().partitions.grow(4, by);
  expect(partitionIn(await publish(bus, tenantId))).toBe(child);
  const away = await ownerOf(parent);
  used.cluster.pause(away);
  await expect(publish(bus, tenantId, options)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(partitionIn(await publish(bus, tenantId))).toBe(child);
  used.cluster.resume(away);
  await until(
    'the master is back',
    async () => (await publish(bus, tenantId, options).catch(() => undefined)) !== undefined,
  );
  expect(await publish(bus, tenantId, options)).toEqual({ ...first, duplicate: true });
  expect(await lengthOf(child)).toBe(2);
});

it('⚑ the map was lost, and one master is away: no map is written until it is back, and then the one of the partitions', async () => {
  const bus = newBus(2);
  await Promise.all(tenants.map((tenantId) => publish(bus, tenantId)));
  await newOperator().partitions.grow(4, by);
  await bus.close();
  const ofMap = await used.cluster.ownerOf('hyvve:map');
  await ofMap.redis.del('{hyvve:map}');
  const away = used.cluster.nodes.find(({ id }) => id !== ofMap.id) ?? ofMap;
  used.cluster.pause(away);
  const other = newBus(64);
  await expect(publish(other, 'tenant-1')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('no connection to Redis'),
  });
  expect(await ofMap.redis.exists('{hyvve:map}')).toBe(0);
  used.cluster.resume(away);
  await until('the map is known', async () => (await publish(other, 'tenant-1').catch(() => undefined)) !== undefined);
  const published = await Promise.all(tenants.map((tenantId) => publish(other, tenantId)));
  expect(published.map(partitionIn)).toEqual(tenants.map((tenantId) => partitionOf(tenantId, 4)));
  expect(await ofMap.redis.hmget('{hyvve:map}', 'epoch', 'partitions', 'growing')).toEqual(['2', '4', null]);
});
