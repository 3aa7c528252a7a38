import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { resolveTarget } from '../../runtime/redis/connection/redis-target.js';
import { RedisOnceStore } from '../../runtime/redis/consume/once.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { useRedis } from '../support/redis/redis.js';

const server = useRedis();
const day = 24 * 60 * 60 * 1_000;
let connection: RedisConnection;

beforeEach(async () => {
  const redis = new Redis(server.url);
  await redis.flushall();
  redis.disconnect();
  connection = new RedisConnection({
    target: resolveTarget('test', server.url),
    name: 'test',
    logger: silentLogger,
    replyTimeoutMs: 3_000,
  });
  connection.connect();
  await connection.whenReady(5_000);
});
afterEach(() => connection.close());

/** The store of another process for the same effects. */
const store = (leaseMs = 300) => new RedisOnceStore(connection, partitionKeys('hyvve', 0), leaseMs);

describe('an effect that must not repeat', () => {
  it('returns its first result, for any JSON value', async () => {
    for (const [key, result] of [
      ['text', 'sent'],
      ['nothing', undefined],
      ['null', null],
      ['object', { id: 7, list: [1, 'two'] }],
    ] as const) {
      expect(await store().once(key, () => result, day)).toEqual(result);
      expect(await store().once(key, () => 'a second time', day)).toEqual(result);
    }
  });

  it('that takes longer than a lease is not run by another process', async () => {
    let runs = 0;
    const slow = store(200).once(
      'mail',
      async () => {
        runs += 1;
        await sleep(1_000);
        return 'sent';
      },
      day,
    );
    await sleep(700);
    await expect(store(200).once('mail', () => 'twice', day)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await slow).toBe('sent');
    expect(await store(200).once('mail', () => 'twice', day)).toBe('sent');
    expect(runs).toBe(1);
  });

  it('that failed, or whose process crashed, runs again', async () => {
    const fails = () => {
      throw new Error('the mail server is busy');
    };
    await expect(store().once('mail', fails, day)).rejects.toThrow('busy');
    expect(await store().once('mail', () => 'sent', day)).toBe('sent');
    // The state after a crash during the effect: a lease that no process renews.
    await connection.tryOnce((redis) => redis.set('{hyvve:0}:once:bill', 'run:0123456789ab', 'PX', 250));
    await expect(store().once('bill', () => 'paid', day)).rejects.toMatchObject({ code: 'CONFLICT' });
    await sleep(300);
    expect(await store().once('bill', () => 'paid', day)).toBe('paid');
  });

  it('⚑ that ended after its lease had expired, without another run: its result is stored', async () => {
    let runs = 0;
    const charge = async () => {
      runs += 1;
      // Nothing renews the lease while the process is stopped.
      const end = performance.now() + 900;
      while (performance.now() < end);
      return 'charged';
    };
    expect(await store(200).once('charge', charge, day)).toBe('charged');
    expect(await store(200).once('charge', charge, day)).toBe('charged');
    expect(runs).toBe(1);
  });

  it('waits while Redis refuses temporarily, before the effect and after it', async () => {
    const redis = new Redis(server.url);
    const refuse = (on: number) => redis.config('SET', 'min-replicas-to-write', on);
    let runs = 0;
    await refuse(1);
    const first = store().once(
      'late',
      async () => {
        runs += 1;
        await refuse(1);
        void sleep(1_000).then(() => refuse(0));
        return 'sent';
      },
      day,
    );
    await sleep(1_000);
    expect(runs).toBe(0);
    await refuse(0);
    expect(await first).toBe('sent');
    expect(await store().once('late', () => 'twice', day)).toBe('sent');
    expect(runs).toBe(1);
    redis.disconnect();
  });

  it('is forgotten after its TTL', async () => {
    await store().once('mail', () => 'first', 100);
    await sleep(150);
    expect(await store().once('mail', () => 'second', 100)).toBe('second');
  });
});
