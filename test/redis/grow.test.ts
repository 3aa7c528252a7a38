import { EventBusError } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { openChildScript, sealScript } from '../../runtime/redis/partitions/growth.lua.js';
import { firstMap, openMap } from '../../runtime/redis/partitions/partition-map.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { connectTo, growOn } from '../support/redis/grow.js';
import { useRedis } from '../support/redis/redis.js';
import { newGate, until } from '../support/wait.js';

const server = useRedis();
let redis: Redis;
let link: RedisConnection;
beforeEach(async () => {
  redis = new Redis(server.url);
  await redis.flushall();
  link = connectTo(server.url);
});
afterEach(() => {
  redis.disconnect();
  link.close();
});

const open = (count: number) => link.ask(() => openMap(link, 'hyvve', firstMap(count)));
const grow = (count: number) => growOn(link, count);
const hashOf = (index: number) => redis.hgetall(partitionKeys('hyvve', index).partition);
const ms = expect.stringMatching(/^\d{13}$/);

describe('growPartitions', () => {
  it('from 2 to 8 partitions: two growths, each seals the parents and opens the children', async () => {
    await open(2);
    const last = await redis.xadd('{hyvve:1}:events', '*', 'e', '{}');
    const map = await grow(8);
    const [first, second] = map.growths;
    expect(map).toEqual({ epoch: 3, count: 8, growing: undefined, growths: [first, second] });
    expect([first?.count, second?.count]).toEqual([4, 8]);
    const growths = `4@${first?.atMs} 8@${second?.atMs}`;
    expect(await redis.hgetall('{hyvve:map}')).toEqual({ format: '2', epoch: '3', partitions: '8', growths });
    expect(await hashOf(1)).toEqual({ epoch: '3', count: '8', fence: last, bornAt: ms });
    const born = { epoch: '3', count: '8', bornAt: ms };
    expect(await hashOf(3)).toEqual({ ...born, fence: last, parent: '1', parentFence: last });
    expect(await hashOf(5)).toEqual({ ...born, parent: '1', parentFence: last });
    expect(await hashOf(7)).toEqual({ ...born, parent: '3', parentFence: last });
  });

  it('the groups of a parent read its child from the first entry, retired and foreign groups too', async () => {
    await open(1);
    const last = (await redis.xadd('{hyvve:0}:events', '*', 'e', '{}')) ?? '';
    for (const name of ['billing', 'old', 'foreign']) await redis.xgroup('CREATE', '{hyvve:0}:events', name, '$');
    await redis.hset('{hyvve:0}:groups', { billing: 1, old: 1 });
    await redis.hset('{hyvve:0}:group:old', 'retiredAt', 5);
    await grow(2);
    const groups = (await redis.xinfo('GROUPS', '{hyvve:1}:events')) as unknown[][];
    expect(groups.map(([, name, , , , , , last]) => [name, last]).sort()).toEqual([
      ['billing', '0-0'],
      ['foreign', '0-0'],
      ['old', '0-0'],
    ]);
    expect(await redis.hgetall('{hyvve:1}:groups')).toEqual({ billing: ms, old: ms });
    const state = { position: '0-0', inherits: last };
    expect(await redis.hgetall('{hyvve:1}:group:billing')).toEqual(state);
    expect(await redis.hgetall('{hyvve:1}:group:old')).toEqual({ ...state, retiredAt: '5' });
    expect(await redis.exists('{hyvve:1}:group:foreign')).toBe(0);
  });

  it('⚑ the ids of a child are higher than the fence of its parent, whose clock was ahead', async () => {
    await open(1);
    const future = `${Date.now() + 3_600_000}-7`;
    await redis.xadd('{hyvve:0}:events', future, 'e', '{}');
    await redis.xgroup('CREATE', '{hyvve:0}:events', 'billing', '0');
    await redis.hset('{hyvve:0}:groups', 'billing', 1);
    await grow(4);
    expect(await redis.xadd('{hyvve:3}:events', '*', 'e', '{}')).toBe(future.replace('-7', '-8'));
    expect(await redis.xinfo('GROUPS', '{hyvve:3}:events')).toEqual([
      expect.arrayContaining(['billing', 'last-delivered-id', '0-0', 'lag', 1]),
    ]);
  });

  it('a late call that opens a child, after it was sealed for a later epoch: changes nothing', async () => {
    await open(1);
    await grow(4);
    const before = await hashOf(1);
    const { partition, events, groups } = partitionKeys('hyvve', 1);
    const parent = { parent: 0, parentFence: '0-0', registered: [], others: ['late'] };
    const late = openChildScript.call({ partition, events, groups, epoch: 2, count: 2, ...parent });
    expect(await late(redis)).toBe(0);
    expect(await hashOf(1)).toEqual(before);
    expect(await redis.exists(events)).toBe(0);
  });

  it('⚑ a stalled process that goes on after the growth: a group that has joined the parent since then is not created in the child', async () => {
    await open(1);
    await redis.xgroup('CREATE', '{hyvve:0}:events', 'billing', '$', 'MKSTREAM');
    await redis.hset('{hyvve:0}:groups', 'billing', 1);
    for (const heldStep of ['seal', 'read', 'open']) {
      const gate = newGate();
      let isHeld = false;
      const late = growOn(link, 2, async ({ step }, call) => {
        isHeld ||= step === heldStep;
        if (isHeld) await gate.passed;
        return call();
      });
      await until('it is held', () => isHeld);
      await grow(2);
      await redis.xgroup('CREATE', '{hyvve:0}:events', 'late', '$');
      await redis.hset('{hyvve:0}:groups', 'late', 1);
      gate.open();
      await late;
      const groups = (await redis.xinfo('GROUPS', '{hyvve:1}:events')) as unknown[][];
      expect([heldStep, groups.map(([, name]) => name)]).toEqual([heldStep, ['billing']]);
      expect(Object.keys(await redis.hgetall('{hyvve:1}:groups'))).toEqual(['billing']);
      await redis.del('{hyvve:map}', ...(await redis.keys('{hyvve:1}:*')), '{hyvve:0}:partition');
      await redis.xgroup('DESTROY', '{hyvve:0}:events', 'late');
      await redis.hdel('{hyvve:0}:groups', 'late');
      await open(1);
    }
  });

  it('a publisher has sealed a child whose hash was lost: the growth that is made again opens it', async () => {
    await open(1);
    await redis.xgroup('CREATE', '{hyvve:0}:events', 'billing', '$', 'MKSTREAM');
    await redis.hset('{hyvve:0}:groups', 'billing', 1);
    await grow(2);
    await redis.del(...(await redis.keys('{hyvve:1}:*')));
    await redis.hset('{hyvve:1}:partition', { epoch: '2', count: '2', fence: '0-0' });
    await redis.hset('{hyvve:map}', { epoch: '1', partitions: '1' });
    await grow(2);
    expect(await hashOf(1)).toMatchObject({ epoch: '2', parent: '0', parentFence: '0-0' });
    expect(await redis.hgetall('{hyvve:1}:groups')).toEqual({ billing: ms });
  });

  it('⚑ the ids of a child without groups are higher than the fence of its parent, too', async () => {
    await open(1);
    const future = `${Date.now() + 3_600_000}-7`;
    await redis.xadd('{hyvve:0}:events', future, 'e', '{}');
    await grow(4);
    for (const index of [1, 2, 3]) {
      const events = `{hyvve:${index}}:events`;
      expect(await redis.xgroup('CREATE', events, 'billing', '0', 'MKSTREAM')).toBe('OK');
      expect(await redis.xadd(events, '*', 'e', '{}')).toBe(future.replace('-7', '-8'));
      expect(await redis.xinfo('GROUPS', events)).toEqual([
        expect.arrayContaining(['billing', 'last-delivered-id', '0-0', 'lag', 1]),
      ]);
    }
  });

  it('a late call that seals a partition, after it was sealed and written: changes nothing, and replies its fence', async () => {
    await open(1);
    const fence = await redis.xadd('{hyvve:0}:events', '*', 'e', '{}');
    await grow(2);
    const before = await hashOf(0);
    await redis.xadd('{hyvve:0}:events', '*', 'e', '{}');
    const { partition, events, groups } = partitionKeys('hyvve', 0);
    const late = sealScript.call({ partition, events, groups, epoch: 2, count: 2 });
    expect(await late(redis)).toEqual({ fence, groups: [] });
    expect(await hashOf(0)).toEqual(before);
  });

  it('to the present number: nothing to do', async () => {
    await open(4);
    expect(await grow(4)).toEqual(firstMap(4));
    expect(await redis.keys('*')).toEqual(['{hyvve:map}']);
  });

  it.each([2, 6, 12, 0, 2_048])('from 4 to %i partitions: CONFIG_INVALID, and nothing is changed', async (count) => {
    await open(4);
    await expect(grow(count)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('there are 4 partitions'),
    });
    expect(await redis.keys('*')).toEqual(['{hyvve:map}']);
  });

  it('⚑ Redis refuses writes, or the user may not call a command of a growth: nothing is changed', async () => {
    await open(1);
    await redis.config('SET', 'min-replicas-to-write', 1);
    await expect(grow(2)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('partition') });
    await redis.config('SET', 'min-replicas-to-write', 0);
    await redis.acl('SETUSER', 'events', 'on', '>secret', '~*', '+@all', '-xgroup');
    const limited = connectTo(`redis://events:secret@127.0.0.1:${server.server.port}`);
    const denied = { code: 'REDIS_DENIED', message: expect.stringContaining('XGROUP CREATE') };
    await expect(growOn(limited, 2)).rejects.toMatchObject(denied);
    limited.close();
    expect(await redis.hgetall('{hyvve:map}')).toEqual({ format: '2', epoch: '1', partitions: '1' });
    expect(await redis.keys('*')).toEqual(['{hyvve:map}']);
    await grow(2);
  });

  it('no map: NOT_FOUND', async () => {
    await expect(grow(2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(grow(2)).rejects.toThrow(EventBusError);
    expect(await redis.keys('*')).toEqual([]);
  });
});
