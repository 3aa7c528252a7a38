import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { Link } from '../../runtime/redis/connection/redis-connection.js';
import { resolveTarget } from '../../runtime/redis/connection/redis-target.js';
import { otherConnections, useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();

it('a call that comes after a close does not connect again', async () => {
  const redis = new Redis(server.url);
  const link = new Link({
    ...{ target: resolveTarget('test', server.url), name: 'test', logger: silentLogger, replyTimeoutMs: 200 },
    patienceMs: 1_000,
  });
  link.connect();
  await until('it is ready', () => link.isReady);
  link.close();
  await until('its connection is closed', async () => (await otherConnections(redis)) === 0);
  await expect(link.tryOnce((client) => client.ping())).rejects.toThrow(/writeable|closed/);
  link.connect();
  for (let n = 0; n < 20; n += 1) {
    await sleep(20);
    expect(await otherConnections(redis)).toBe(0);
  }
  redis.disconnect();
});
