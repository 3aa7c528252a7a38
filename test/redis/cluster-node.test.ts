import { createEventBus, createEventOperator, type EventBus, type EventBusOptions } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterEach, describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { useTwoNodes } from '../support/redis/two-nodes.js';
import { newGate, until } from '../support/wait.js';

const cluster = useTwoNodes();
const tenant = { tenantId: 'tenant-1' };
let buses: EventBus[] = [];
afterEach(async () => {
  await Promise.all(buses.map((bus) => bus.close({ drainMs: 100 })));
  buses = [];
});

function bus(options: Partial<EventBusOptions>, run: (attempt: number) => unknown = () => undefined): EventBus {
  const { logger } = recordingLogger();
  const made = createEventBus({ service: 'billing', leaseMs: 1_500, publishDeadlineMs: 1_500, logger, ...options });
  made.subscribe(
    subscribeTo(allEvents, '*', { name: 'bill', retryDelaysMs: [100] }, async (_event, ctx) => {
      await run(ctx.attempt);
    }),
  );
  buses.push(made);
  return made;
}
const reasons = (of: EventBus) => of.health().reasons.join('; ');

describe('⚑ a node of a Redis Cluster', () => {
  it.each([['another node than the owner of the keys', () => ({ redis: cluster.nodes.servers[1].url })]])(
    '%s: start and publish reject with REDIS_CLUSTER, and health is not ready',
    async (_, options) => {
      const made = bus(options());
      const refused = { code: 'REDIS_CLUSTER', message: expect.stringContaining('Redis Cluster') };
      await expect(made.start()).rejects.toMatchObject(refused);
      await expect(made.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(refused);
      expect(made.health()).toMatchObject({ ready: false });
      expect(reasons(made)).toContain('Redis Cluster');
      const operator = createEventOperator(options());
      await expect(operator.retireGroup('billing', { actor: 'ann' })).rejects.toMatchObject({ code: 'REDIS_CLUSTER' });
      await operator.close();
    },
  );

  it('a database other than 0 is refused, with its number in the error', async () => {
    const made = bus({ redis: `${cluster.nodes.servers[0].url}/3` });
    await expect(made.start()).rejects.toMatchObject({
      code: 'REDIS_UNSUITABLE',
      message: expect.stringContaining('database 3'),
    });
  });

  it('that loses the slots while handlers run: publishes are refused, outcomes wait, and no handler runs twice', async () => {
    const { owner, servers, migrate, moveSlot, other } = cluster.nodes;
    const slot = Number(await owner.cluster('KEYSLOT', '{hyvve:0}:events'));
    const gate = newGate();
    const attempts: number[] = [];
    const made = bus({ redis: servers[0].url }, async (attempt) => {
      attempts.push(attempt);
      await gate.passed;
      if (attempt === 1) throw new Error('as planned');
    });
    await made.start();
    await made.publish(OrderPlaced, anOrder, tenant);
    await until('it runs', () => attempts.length === 1);
    // The keys are saved, removed and restored together with the slot.
    const keys = await owner.keys('{hyvve:0}:*');
    const held = await Promise.all(keys.map(async (key) => [key, await owner.dumpBuffer(key)] as const));
    await migrate(slot);
    for (const key of keys) {
      // A key of BullMQ may have expired in the meantime: the node then sends the client to the other one.
      await owner.del(key).catch((error: Error) => expect(error.message).toMatch(/^ASK /));
    }
    await moveSlot(slot);
    gate.open();
    await expect(made.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'REDIS_CLUSTER' });
    await until('health reports it', () => !made.health().ready && reasons(made).includes('MOVED'));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(attempts).toEqual([1]);
    const [ownerId, otherId] = [await owner.cluster('MYID' as 'INFO'), await other.cluster('MYID' as 'INFO')];
    await owner.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', otherId);
    await other.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ownerId);
    for (const node of [owner, other]) await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', ownerId);
    for (const [key, dump] of held) if (dump !== null) await owner.restore(key, 0, dump, 'REPLACE');
    await until('it is ready', () => made.health().ready);
    await until('the retry has run', () => attempts.length === 2);
    await made.publish(OrderPlaced, anOrder, tenant);
    await until('later events have run', () => attempts.length >= 3);
    expect(attempts.slice(0, 2)).toEqual([1, 2]);
  });
});
