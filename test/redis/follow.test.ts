import { setTimeout as sleep } from 'node:timers/promises';
import { type EventBus, type Logger, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePosition } from '../../runtime/event/position.js';
import type { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { fieldsOf } from '../../runtime/redis/store/keys.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { useStage } from '../support/processes/chaos.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { until } from '../support/wait.js';

const stage = useStage();
const tenants = Array.from({ length: 32 }, (_, index) => `tenant-${index}`);
const partitionIn = (position: string) => parsePosition(position)?.partition;
let link: RedisConnection;
beforeEach(() => {
  link = connectTo(stage.server.url);
});
afterEach(() => link.close());

/** Groups of a partition's event stream, with their position. */
async function groupsIn(partition: number): Promise<readonly string[]> {
  const infos = (await stage.redis.xinfo('GROUPS', `{hyvve:${partition}}:events`)) as unknown[][];
  return infos.map((info) => fieldsOf(info.map(String)).name ?? '');
}

/** Waits until what was published is certainly older than what follows: the clock of a server is known with an error. */
const untilOlder = () => sleep(300);

describe('a bus whose partitions grow', () => {
  it('⚑ publishes and handles through three growths: every event once, and every process reads all partitions', async () => {
    const logged: unknown[] = [];
    const logger: Logger = { ...silentLogger, info: (fields, text) => text?.includes('grown') && logged.push(fields) };
    const handled: string[] = [];
    const published: string[] = [];
    const buses = [
      await stage.handle('billing', ({ id }) => handled.push(id), { logger }),
      await stage.handle('billing', ({ id }) => handled.push(id)),
    ];
    let isOver = false;
    const publishing = buses.map(async (bus) => {
      while (!isOver) {
        const sent = tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId }));
        for (const { id } of await Promise.all(sent)) published.push(id);
      }
    });
    for (const count of [2, 4, 8]) {
      await growOn(link, count);
      await until('it knows the partitions', () => buses.every((bus) => bus.health().partitions?.total === count));
    }
    isOver = true;
    await Promise.all(publishing);
    await until('all are handled', () => handled.length >= published.length);
    expect(handled.sort()).toEqual(published.sort());
    expect(logged).toEqual([1, 2, 4].map((before) => ({ partitions: 2 * before, before })));
    for (const bus of buses) {
      await until('it reads all', () => bus.health().partitions?.away.length === 0);
      expect(bus.health()).toMatchObject({ ready: true, live: true, partitions: { total: 8 } });
    }
    const later = await Promise.all(tenants.map((tenantId) => buses[0]?.publish(OrderPlaced, anOrder, { tenantId })));
    expect(later.map((each) => partitionIn(each?.streamId ?? ''))).toEqual(tenants.map((name) => partitionOf(name, 8)));
    await until('these, too', () => handled.length === published.length + later.length);
    expect(await stage.redis.hgetall('{hyvve:7}:group:billing')).not.toHaveProperty('inherits');
  });

  it('⚑ a process that never publishes reads the new partitions', async () => {
    const handled: string[] = [];
    const bus = await stage.handle('billing', ({ id }) => handled.push(id));
    await growOn(link, 2);
    const shop = stage.bus('shop');
    const published = await Promise.all(tenants.map((tenantId) => shop.publish(OrderPlaced, anOrder, { tenantId })));
    expect(new Set(published.map(({ streamId }) => partitionIn(streamId)))).toEqual(new Set([0, 1]));
    await until('all are handled', () => handled.length === tenants.length);
    expect(bus.health().partitions).toEqual({ total: 2, away: [] });
  });

  it('⚑ a new group that knows an outdated map is refused in Redis, reads the map and joins all partitions', async () => {
    const handled: string[] = [];
    const bus = stage.bus('billing', { startFrom: 'latest' });
    bus.subscribe(
      subscribeTo(allEvents, '*', { name: 'bill' }, (event: { tenantId: string }) => void handled.push(event.tenantId)),
    );
    await bus.publish(OrderPlaced, anOrder, { tenantId: 'before' });
    await growOn(link, 4);
    const shop = stage.bus('shop');
    // Older than the group, in the new partitions too.
    await Promise.all(
      tenants.map((tenantId) => shop.publish(OrderPlaced, anOrder, { tenantId: `${tenantId}-before` })),
    );
    await untilOlder();
    await bus.start();
    for (let index = 0; index < 4; index += 1) expect(await groupsIn(index)).toEqual(['billing']);
    expect(bus.health().partitions).toEqual({ total: 4, away: [] });
    await Promise.all(tenants.map((tenantId) => shop.publish(OrderPlaced, anOrder, { tenantId })));
    await until('all are handled', () => handled.length === tenants.length);
    expect(handled.sort()).toEqual([...tenants].sort());
  });

  it('⚑ a new group that finds an interrupted growth ends it, and joins all partitions', async () => {
    const bus = stage.bus('billing');
    bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
    await bus.publish(OrderPlaced, anOrder, { tenantId: 'before' });
    const crashed = growOn(link, 2, ({ step }, call) => (step === 'finish' ? Promise.reject(new Error(step)) : call()));
    await expect(crashed).rejects.toThrow('finish');
    await bus.start();
    expect([await groupsIn(0), await groupsIn(1)]).toEqual([['billing'], ['billing']]);
    expect(await stage.redis.hgetall('{hyvve:map}')).toMatchObject({ epoch: '2', partitions: '2' });
  });

  it('⚑ an event in a new partition is kept for a handler that only a process has that joins later', async () => {
    const handled: string[] = [];
    const other = await stage.handle('billing', () => handled.push('mail'), { handler: { name: 'mail' } });
    const bus = await stage.handle('billing', () => handled.push('bill'));
    await other.close();
    await growOn(link, 2);
    const moved = tenants.find((name) => partitionOf(name, 2) === 1) ?? '';
    await bus.publish(OrderPlaced, anOrder, { tenantId: moved });
    await until('one handler has it', async () => handled.join() === 'bill');
    await until('it is settled', async () => (await stage.redis.zcard('{hyvve:1}:group:billing:due:mail')) === 1);
    await stage.handle('billing', () => handled.push('mail'), { handler: { name: 'mail' } });
    await until('the other has it, too', () => handled.join() === 'bill,mail');
  });

  it('⚑ a new partition that has lost its groups in a failover: they read it from its first entry', async () => {
    const handled: string[] = [];
    const bus = await stage.handle('billing', ({ id }) => handled.push(id), { startFrom: 'latest' });
    const { id } = await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
    const [[, [, json = '']] = ['', []]] = await stage.redis.xrange('{hyvve:0}:events', '-', '+');
    await growOn(link, 2, async ({ step }, call) => {
      if (step === 'finish') {
        await stage.redis.del(await stage.redis.keys('{hyvve:1}:*'));
        await stage.redis.xadd('{hyvve:1}:events', '*', 'e', json.replaceAll(id, 'another'));
      }
      return call();
    });
    await until('both are handled', () => handled.join() === `${id},another`);
  });

  describe("⚑ a partition has lost its groups in a failover, and a process starts with startFrom: 'latest'", () => {
    const latest = { startFrom: 'latest', partitions: 2 } as const;
    const publish = async (bus: EventBus) => {
      const sent = tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId }));
      return (await Promise.all(sent)).map(({ id }) => id).sort();
    };
    const loseGroups = async (index: number) => {
      await stage.redis.xgroup('DESTROY', `{hyvve:${index}}:events`, 'billing');
      await stage.redis.del(`{hyvve:${index}}:groups`, ...(await stage.redis.keys(`{hyvve:${index}}:group:*`)));
    };

    it.each([
      ['one that a growth has made', 3],
      ['one that has always existed', 1],
    ])('%s: the group gets every event that was published since another partition knows it', async (_what, index) => {
      const handled: string[] = [];
      const shop = stage.bus('shop', latest);
      await publish(shop);
      await untilOlder();
      const before = await stage.handle('billing', () => undefined, latest);
      await before.close();
      await growOn(link, 4);
      const published = await publish(shop);
      await loseGroups(index);
      const { logger, lines } = recordingLogger();
      await stage.handle('billing', ({ id }) => handled.push(id), { startFrom: 'latest', logger });
      await until('all are handled', () => handled.length >= published.length);
      expect(handled.sort()).toEqual(published);
      const warned = lines.filter(({ level }) => level === 'warn').map(({ fields, message }) => [fields, message]);
      expect(warned).toEqual([
        [
          { group: 'billing', partition: index, after: expect.any(String), retained: expect.any(Number) },
          expect.stringContaining('other partitions know the consumer group'),
        ],
      ]);
    });

    it('the first process of a group has died before it joined everywhere: events that are older than the group are skipped', async () => {
      const handled: string[] = [];
      const shop = stage.bus('shop', latest);
      await publish(shop);
      await untilOlder();
      const before = await stage.handle('billing', () => undefined, latest);
      await before.close();
      await loseGroups(1);
      const published = await publish(shop);
      await stage.handle('billing', ({ id }) => handled.push(id), latest);
      await until('all are handled', () => handled.length >= published.length);
      expect(handled.sort()).toEqual(published);
    });
  });

  it('a map with fewer partitions, after a loss of all data: the bus goes on', async () => {
    const handled: string[] = [];
    const bus = await stage.handle('billing', ({ id }) => handled.push(id), { partitions: 4 });
    await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
    await until('it is handled', () => handled.length === 1);
    await stage.redis.hset('{hyvve:map}', { epoch: 2, partitions: 2 });
    for (let index = 0; index < 4; index += 1) await stage.redis.hset(`{hyvve:${index}}:partition`, { epoch: 2 });
    const published = await Promise.all(tenants.map((tenantId) => bus.publish(OrderPlaced, anOrder, { tenantId })));
    expect(published.map(({ streamId }) => partitionIn(streamId))).toEqual(tenants.map((name) => partitionOf(name, 2)));
    await until('all are handled', () => handled.length === 1 + tenants.length);
    expect(bus.health()).toMatchObject({ ready: true, live: true });
  });
});
