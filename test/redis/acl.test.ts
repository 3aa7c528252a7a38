import { readFileSync } from 'node:fs';
import { createEventBus, createEventOperator, type PublishOptions } from '@hyvve-events/runtime';
import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEventId } from '../../runtime/event/ids.js';
import { commandsOf, permittedCommands } from '../../runtime/redis/connection/permissions.js';
import { describeContract } from '../contract/contract.js';
import { redisHarness } from '../contract/redis-harness.js';
import { callerOf, indexAvailable, useAdmin } from '../support/admin/admin.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const server = useRedis();
const tenant = { tenantId: 'tenant-1' };
const allowed = permittedCommands.map((command) => `+${command.toLowerCase()}`);
/** The minimal ACL rule of the documentation. */
const rule = ['reset', 'on', '>secret', '~{hyvve:*', '%R~hyvve:events', ...allowed];
const restricted = () => `redis://events:secret@127.0.0.1:${server.server.port}`;

async function asAdmin<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url);
  try {
    return await call(redis);
  } finally {
    redis.disconnect();
  }
}
const setRule = (...more: readonly string[]) => asAdmin((redis) => redis.acl('SETUSER', 'events', ...rule, ...more));

beforeAll(() => setRule());

describe('the minimal ACL rule', () => {
  it('equals the rule in the documentation', () => {
    const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const [, documented = ''] = /```\n(user events [\s\S]*?)```/.exec(text) ?? [];
    const words = documented
      .replace(/\\\n/g, ' ')
      .split(/\s+/)
      .filter((word) => word.startsWith('+'));
    expect(words).toEqual(allowed);
    expect(documented).toContain('~{hyvve:* %R~hyvve:events');
  });
});

describeContract('⚑ on Redis, with the minimal ACL rule', () => redisHarness(server.url, restricted()));

describe('⚑ with the minimal ACL rule', () => {
  it('every call of an operator works', async () => {
    const operator = createEventOperator({ redis: restricted(), events: allEvents, runReplays: true });
    await operator
      .status({ streamId: '0-1' })
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'NOT_FOUND' }));
    await operator.statistics.snapshot();
    await operator.statistics.durations();
    await operator.consumers();
    await operator.log();
    await operator.feed.ends();
    await operator.feed.positions({ maxPending: 10 });
    await operator.deadLetters.list();
    await operator.versions.registry();
    expect(await operator.partitions.drained()).toEqual([]);
    const bus = createEventBus({ service: 'shop', redis: restricted() });
    const { streamId } = await bus.publish(OrderPlaced, anOrder, tenant);
    await bus.publish(OrderPlaced, anOrder, { ...tenant, id: (await bus.publish(OrderPlaced, anOrder, tenant)).id });
    const { jobId } = await operator.replays.start({}, { actor: 'ann' });
    await until('it is replayed', async () => (await operator.replays.get(jobId))?.status === 'completed');
    expect((await operator.versions.scan()).found).toContainEqual(
      expect.objectContaining({ place: 'stream', count: 3 }),
    );
    await operator.replaysOf({ streamId, type: OrderPlaced.type, tenantId: tenant.tenantId });
    await expect(operator.retireGroup('none', { actor: 'ann' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const { count } = await operator.partitions.map();
    expect(await operator.partitions.plan(2 * count)).toMatchObject({ moves: [] });
    expect(await operator.partitions.grow(2 * count, { actor: 'ann' })).toMatchObject({
      from: count,
      count: 2 * count,
    });
    await bus.close();
    await operator.close();
  });

  const build = useAdmin();
  it('the admin service reads from Redis and from its index', async () => {
    const app = await build({ redis: restricted() });
    const call = callerOf(() => app);
    await indexAvailable(call);
    for (const path of ['/admin/events/stats', '/admin/events/dlq', '/admin/consumers', '/health/ready']) {
      expect((await call('GET', path)).status, path).toBe(200);
    }
  });
});

describe('⚑ a rule with only the commands of publishing', () => {
  it('every kind of publish works', async () => {
    await setRule('-@all', ...commandsOf('publish').map((command) => `+${command.toLowerCase()}`));
    const bus = createEventBus({ service: 'shop', redis: restricted() });
    const publish = (options: PublishOptions) => bus.publish(OrderPlaced, anOrder, { ...tenant, ...options });
    const { id } = await publish({});
    // The first event of a partition, or a failover has lost its hash.
    await asAdmin((redis) => redis.del('{hyvve:0}:partition'));
    await publish({});
    const [own, other] = [createEventId(Date.now()), 'zfromelsewhere'];
    for (const options of [{ id: own }, { id: other }, { idempotencyKey: 'k' }, { id: own, idempotencyKey: 'l' }]) {
      const { duplicate: _, ...first } = await publish(options);
      expect(await publish(options)).toEqual({ ...first, duplicate: true });
    }
    expect(await publish({ id })).toMatchObject({ id, duplicate: true });
    const batch = [own, other].map((each) => ({
      event: OrderPlaced,
      data: anOrder,
      options: { ...tenant, id: each },
    }));
    expect((await bus.publishBatch(batch)).map(({ duplicate }) => duplicate)).toEqual([true, true]);
    await bus.close();
    await setRule();
  });
});

describe('⚑ a rule that lacks one command', () => {
  /** Optional commands. */
  const dispensable = ['CLIENT|SETNAME', 'CLIENT|UNBLOCK'];
  const needed = permittedCommands.filter((command) => !dispensable.includes(command));

  it('start() of a bus that handles events is rejected, or everything works: no missing command is detected later', async () => {
    const refused: string[] = [];
    for (const command of needed) {
      await setRule(`-${command.toLowerCase()}`);
      const bus = createEventBus({ service: 'billing', redis: restricted(), startTimeoutMs: 3_000 });
      const error = await bus.start().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      await bus.close();
      if (error === undefined) continue;
      expect(error, command).toMatchObject({ code: 'REDIS_DENIED' });
      expect(String(error), command).toContain('NOPERM');
      refused.push(command);
    }
    // Commands that a bus does not call are called by an operator.
    const own = ['XREVRANGE', 'ZCOUNT', 'ZREVRANK'];
    expect(needed.filter((command) => !refused.includes(command)).sort()).toEqual([...own].sort());
    await setRule();
  });

  it('an operator that runs replays: its process continues, and the missing command is reported', async () => {
    await setRule('-info', '-bzpopmin');
    const operator = createEventOperator({ redis: restricted(), runReplays: true, callTimeoutMs: 1_000 });
    const startedAt = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    // Calls without these commands still work.
    expect(await operator.deadLetters.count()).toBe(0);
    await operator.close();
    await setRule();
  });
});
