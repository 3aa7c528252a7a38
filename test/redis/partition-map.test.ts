import { createEventBus, type EventBus, EventBusError, silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Link } from '../../runtime/redis/connection/link.js';
import { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { resolveTarget } from '../../runtime/redis/connection/redis-target.js';
import { KnownMap } from '../../runtime/redis/partitions/known-map.js';
import { firstMap, openMap, type PartitionMap, readMap } from '../../runtime/redis/partitions/partition-map.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { useRedis } from '../support/redis/redis.js';
import { useTwoNodes } from '../support/redis/two-nodes.js';

const server = useRedis();
const cluster = useTwoNodes();
const tenant = { tenantId: 'tenant-1' };
let redis: Redis;
let closing: (() => unknown)[] = [];
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
});
afterEach(async () => {
  redis.disconnect();
  for (const close of closing) await close();
  closing = [];
});

async function linkTo(url = server.url): Promise<RedisConnection> {
  const target = resolveTarget('test', url);
  const link = new RedisConnection({ target, name: 'test', logger: silentLogger, replyTimeoutMs: 5_000 });
  closing.push(() => link.close());
  link.connect();
  expect(await link.whenReady(5_000)).toBe(true);
  return link;
}
function knownMap(connection: Link, count: number, onChange: (map: PartitionMap) => void): KnownMap {
  const partition = (index: number) => ({ index, keys: partitionKeys('hyvve', index), connection });
  return new KnownMap({ prefix: 'hyvve', count, partition, logger: silentLogger, onChange });
}
function bus(url = server.url): EventBus {
  const made = createEventBus({ service: 'billing', redis: url, logger: silentLogger, startTimeoutMs: 3_000 });
  closing.push(() => made.close());
  return made;
}

describe('openMap', () => {
  it('an empty Redis: creates the map once, with the number of partitions', async () => {
    const link = await linkTo();
    expect(await readMap(link, 'hyvve')).toBeUndefined();
    const opened = await Promise.all([4, 8, 16].map((count) => openMap(link, 'hyvve', firstMap(count))));
    expect(opened).toEqual([4, 4, 4].map((count) => firstMap(count)));
    expect(await readMap(link, 'hyvve')).toEqual(firstMap(4));
    expect(await redis.hgetall('{hyvve:map}')).toEqual({ format: '2', epoch: '1', partitions: '4' });
    expect(await readMap(link, 'hyvve:eu')).toBeUndefined();
  });

  it('⚑ a stream of the former format and no map: a bus is refused, and the error names the command', async () => {
    await redis.xadd('hyvve:events', '*', 'e', '{}');
    const refused = { code: 'REDIS_UNSUITABLE', message: expect.stringContaining('partitions migrate-keys') };
    await expect(bus().start()).rejects.toMatchObject(refused);
    await expect(bus().publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(refused);
    expect(await redis.keys('*')).toEqual(['hyvve:events']);
  });

  it('a stream of the former format of another prefix: is not read', async () => {
    await redis.xadd('hyvve:eu:events', '*', 'e', '{}');
    await bus().publish(OrderPlaced, anOrder, tenant);
  });

  it('the text that an unfinished migrate-keys leaves at the former key: REDIS_UNSUITABLE', async () => {
    await redis.set('hyvve:events', 'moved');
    await expect(openMap(await linkTo(), 'hyvve', firstMap(1))).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
    await redis.hset('{hyvve:map}', { format: 2, epoch: 1, partitions: 1 });
    expect(await openMap(await linkTo(), 'hyvve', firstMap(1))).toEqual(firstMap(1));
  });

  it('a map of a newer format, or a damaged one: REDIS_UNSUITABLE', async () => {
    const link = await linkTo();
    for (const map of [{ format: '3', epoch: '1', partitions: '1' }, { epoch: '1' }, { format: '2', epoch: '1' }]) {
      await redis.del('{hyvve:map}');
      await redis.hset('{hyvve:map}', map);
      await expect(openMap(link, 'hyvve', firstMap(1))).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
      await expect(readMap(link, 'hyvve')).rejects.toThrow(EventBusError);
    }
    await expect(bus().start()).rejects.toMatchObject({ code: 'REDIS_UNSUITABLE' });
  });

  it('a user that may not read the former key: REDIS_DENIED with the missing pattern, unless there is a map', async () => {
    await redis.acl('SETUSER', 'events', 'on', '>secret', '+@all', 'resetkeys', '~{hyvve:*');
    const url = `redis://events:secret@127.0.0.1:${server.server.port}`;
    const link = await linkTo(url);
    const denied = { code: 'REDIS_DENIED', message: expect.stringContaining('%R~hyvve:events') };
    await expect(openMap(link, 'hyvve', firstMap(1))).rejects.toMatchObject(denied);
    await redis.acl('SETUSER', 'events', '%R~hyvve:events');
    expect(await openMap(link, 'hyvve', firstMap(1))).toEqual(firstMap(1));
    await redis.acl('SETUSER', 'events', 'resetkeys', '~{hyvve:*');
    expect(await openMap(link, 'hyvve', firstMap(1))).toEqual(firstMap(1));
  });

  it('a cluster where another node has the slot of the former key: creates the map', async () => {
    const { owner, servers, migrate, moveSlot } = cluster.nodes;
    const slot = Number(await owner.cluster('KEYSLOT', 'hyvve:events'));
    expect(slot).not.toBe(Number(await owner.cluster('KEYSLOT', '{hyvve:map}')));
    const link = await linkTo(servers[0].url);
    await migrate(slot);
    await moveSlot(slot);
    expect(await openMap(link, 'hyvve', firstMap(2))).toEqual(firstMap(2));
  });
});

it('⚑ a process whose map was lost writes it again, and follows the map that another process has written first', async () => {
  const link = await linkTo();
  const found: PartitionMap[] = [];
  const known = knownMap(link, 4, (map) => found.push(map));
  await known.open(link);
  await redis.flushall();
  await known.open(link);
  expect(await readMap(link, 'hyvve')).toEqual(firstMap(4));
  await redis.flushall();
  await openMap(link, 'hyvve', firstMap(2));
  await known.open(link);
  expect(found).toEqual([firstMap(4), firstMap(2)]);
});

it('⚑ a process whose map is newer than that in Redis writes it again, with its growths, and never goes back', async () => {
  const link = await linkTo();
  const growths = [{ count: 4, atMs: 5 }];
  const newer = { epoch: 2, count: 4, growing: undefined, growths };
  await openMap(link, 'hyvve', newer);
  const found: PartitionMap[] = [];
  const known = knownMap(link, 1, (map) => found.push(map));
  await known.open(link);
  for (const former of [
    { epoch: '1', partitions: '2' },
    { epoch: '1', partitions: '2', growing: '4' },
  ]) {
    await redis.del('{hyvve:map}');
    await redis.hset('{hyvve:map}', { format: '2', ...former });
    await known.open(link);
    expect(await readMap(link, 'hyvve')).toEqual(newer);
  }
  expect(found).toEqual([newer]);
});
