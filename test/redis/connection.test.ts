import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisConnection } from '../../runtime/redis/connection/redis-connection.js';
import { resolveTarget } from '../../runtime/redis/connection/redis-target.js';
import { recordingLogger } from '../support/events/log.js';
import { otherConnections, useRedis } from '../support/redis/redis.js';
import { newGate, until } from '../support/wait.js';

const server = useRedis();

let redis: Redis;
let connection: RedisConnection;

beforeEach(async () => {
  redis = new Redis(server.url);
  connection = new RedisConnection({
    target: resolveTarget('test', server.url),
    name: 'test',
    logger: silentLogger,
    replyTimeoutMs: 200,
    callTimeoutMs: 1_000,
  });
  connection.connect();
  await until('it is ready', () => connection.isReady);
});

afterEach(() => {
  connection.close();
  redis.disconnect();
});

it('a connection that is lost twice: one warning; none for a connection that is closed or suspended', async () => {
  const { logger, lines, messages } = recordingLogger();
  const target = resolveTarget('test', server.url);
  const watched = new RedisConnection({ target, name: 'watched', logger, replyTimeoutMs: 1_000 });
  const lost = () => lines.filter(({ message }) => message.includes('was lost'));
  const ready = () => until('it is ready', () => watched.isReady);
  try {
    watched.connect();
    await ready();
    watched.suspend();
    watched.connect();
    await ready();
    expect(lost()).toEqual([]);
    for (const count of [1, 2]) {
      const id = await watched.tryOnce((client) => client.client('ID'));
      await redis.client('KILL', 'ID', id);
      await until('it is noticed', () => lost().length === count);
      await ready();
    }
    expect(messages('warn')).toEqual(['the connection to Redis was lost: reconnecting']);
  } finally {
    watched.close();
  }
  await until('it is closed', async () => !String(await redis.client('LIST')).includes('name=watched '));
  expect(lost().length).toBe(2);
});

async function expectNoConnection(): Promise<void> {
  for (let n = 0; n < 20; n += 1) {
    await sleep(20);
    expect(await otherConnections(redis)).toBe(0);
  }
}

it('close: a later call rejects and does not connect again', async () => {
  connection.close();
  await until('its connection is closed', async () => (await otherConnections(redis)) === 0);
  await expect(connection.tryOnce((client) => client.ping())).rejects.toThrow(/no connection/);
  await expect(connection.ask((client) => client.ping())).rejects.toMatchObject({ code: 'CLOSED' });
  connection.connect();
  await expectNoConnection();
});

it('suspend: a command rejects and does not connect, connect() does', async () => {
  connection.suspend();
  await until('its connection is closed', async () => (await otherConnections(redis)) === 0);
  await expect(connection.tryOnce((client) => client.ping())).rejects.toThrow(/no connection/);
  await expectNoConnection();
  connection.connect();
  await until('it is ready', () => connection.isReady);
  expect(await connection.tryOnce((client) => client.ping())).toBe('PONG');
});

it('suspend: a call that is repeated until it has a reply connects again', async () => {
  connection.suspend();
  expect(await connection.ask((client) => client.ping())).toBe('PONG');
});

describe('a connection that is lost during its first check, which ends later than the check of the next one', () => {
  /** Gates of the checks, in their order. */
  const gates = [newGate(), newGate()];
  let checks: number;
  let slow: RedisConnection;
  let result: 'passes' | 'fails';

  const open = async () => {
    checks = 0;
    gates.splice(0, 2, newGate(), newGate());
    const onFirstConnect = async () => {
      const gate = gates[checks];
      checks += 1;
      await gate?.passed;
      if (checks === 2 && gate === gates[0] && result === 'fails') throw new Error('the check of the lost connection');
    };
    const target = resolveTarget('test', server.url);
    slow = new RedisConnection({ target, name: 'slow', logger: silentLogger, replyTimeoutMs: 1_000, onFirstConnect });
    slow.connect();
    await until('the first check has begun', () => checks === 1);
    await redis.client('KILL', 'ID', await idOf());
    await until('the second check has begun', () => checks === 2);
  };
  const idOf = async () => /id=(\d+) .*name=slow /.exec(String(await redis.client('LIST')))?.[1] ?? '';
  afterEach(() => slow.close());

  it.each(['passes', 'fails'] as const)(
    '⚑ and %s: the next connection is neither used before its check nor closed',
    async (how) => {
      result = how;
      await open();
      const id = await idOf();
      gates[0]?.open();
      await sleep(100);
      expect([slow.isReady, slow.session]).toEqual([false, 0]);
      gates[1]?.open();
      await until('it is ready', () => slow.isReady);
      expect([slow.session, await idOf()]).toEqual([1, id]);
    },
  );
});
