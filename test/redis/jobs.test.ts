import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { newJobsClient } from '../../runtime/redis/connection/client.js';
import { loadBullMQ } from '../../runtime/redis/connection/load-bullmq.js';
import { resolveTarget } from '../../runtime/redis/connection/redis-target.js';
import { GroupJobs } from '../../runtime/redis/maintain/group-jobs.js';
import { otherConnections, useRedis } from '../support/redis/redis.js';
import { newGate, until } from '../support/wait.js';

const server = useRedis();

it('close: no client reconnects, even if a running job outlives the close', async () => {
  const redis = new Redis(server.url);
  const gate = newGate();
  let begun = false;
  const jobs = new GroupJobs({
    newClient: (name) => newJobsClient(resolveTarget('test', server.url), name),
    prefix: 'hyvve',
    group: 'billing',
    logger: silentLogger,
  });
  jobs.start(await loadBullMQ(), {
    wake: () => undefined,
    maintainEveryMs: 200,
    maintain: async () => {
      begun = true;
      await gate.passed;
    },
  });
  await until('a job runs', () => begun);
  expect(await otherConnections(redis)).toBeGreaterThan(0);
  await jobs.close();
  await until('its connections are closed', async () => (await otherConnections(redis)) === 0);
  gate.open();
  // BullMQ continues when the job has ended and its connection is restored.
  for (let n = 0; n < 20; n += 1) {
    await sleep(50);
    expect(await otherConnections(redis)).toBe(0);
  }
  redis.disconnect();
});

it('many refused calls of a client that follows its keys close the connection once, and are sent again', async () => {
  const redis = new Redis(server.url);
  const warnings: string[] = [];
  const note = ({ name }: Error) => warnings.push(name);
  process.on('warning', note);
  const target = resolveTarget('test', server.url);
  const client = newJobsClient(target, 'jobs', async () => target);
  try {
    await client.redis.ping();
    // It is the replica of a master that does not exist.
    await redis.replicaof('127.0.0.1', 1);
    const calls = Array.from({ length: 30 }, (_, index) => client.redis.set(`key-${index}`, 'value'));
    await until('the connection was closed', () => client.redis.status !== 'ready');
    await redis.call('REPLICAOF', 'NO', 'ONE');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['OK']));
  } finally {
    client.end();
    redis.disconnect();
    process.off('warning', note);
  }
  expect(warnings).toEqual([]);
});
