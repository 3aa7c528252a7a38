import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterEach, describe, expect, it } from 'vitest';
import { hashSlot } from '../../runtime/redis/connection/hash-slot.js';
import { timerTag } from '../../runtime/redis/store/keys.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { bringInStep, useCluster } from '../support/redis/cluster.js';
import { underLoad } from '../support/redis/cluster-load.js';
import { until } from '../support/wait.js';

const used = useCluster({ masters: 3, replicas: 1 });
const tag = 'hyvve:0';
const slot = hashSlot(tag);
/** `redis-cli` moves the first slots of the third master, which has the slots from 10,923 on. */
const slotsBefore = slot - 10_923;

describe('⚑ nothing is lost on a Redis Cluster', () => {
  afterEach(() => used.cluster.whole());

  it('whose master is killed with -9 while its replica is in step', async () => {
    const { cluster } = used;
    const owner = await cluster.ownerOf(tag);
    try {
      await underLoad({ nodes: cluster.urls }, async () => {
        await bringInStep(owner.redis);
        await owner.server.kill();
      });
    } finally {
      await owner.server.restart();
    }
  });

  it('whose master stops for longer than the node timeout, and goes on as a replica', async () => {
    const { cluster } = used;
    const owner = await cluster.ownerOf(tag);
    await underLoad({ nodes: cluster.urls }, async () => {
      await bringInStep(owner.redis);
      cluster.pause(owner);
      await sleep(3_500);
      cluster.resume(owner);
    });
  });

  it('whose masters all restart at once', async () => {
    const { cluster } = used;
    await underLoad({ nodes: cluster.urls }, async () => {
      await Promise.all(cluster.nodes.map(({ server }) => server.restart()));
    });
  });

  it('whose slot is left half moved for two seconds, and then moved by redis-cli under load', async () => {
    const { cluster } = used;
    const from = await cluster.ownerOf(tag);
    const to = await cluster.otherThan(from);
    await underLoad({ nodes: cluster.urls }, async () => {
      await cluster.beginMove(slot, from, to);
      await sleep(2_000);
      await cluster.cancelMove(slot, from, to);
      await sleep(300);
      await cluster.reshard(slotsBefore + 1, from, to);
    });
    expect((await cluster.ownerOf(tag)).id).toBe(to.id);
  });
});

it('⚑ the timer of a group whose master is killed: jobs wake it again', async () => {
  const { cluster } = used;
  const redis = { nodes: cluster.urls };
  // Only a job finds a retry: the next sweep is far away, and the retry is too late for a timer of the process.
  const common = { redis, logger: silentLogger, sweepMs: 600_000 };
  const shop = createEventBus({ service: 'shop', ...common });
  const billing = createEventBus({ service: 'billing', ...common });
  const retried = new Set<string>();
  const handler = { name: 'bill', maxRetries: 1, retryDelaysMs: [1_500] };
  billing.subscribe(
    subscribeTo(allEvents, OrderPlaced.type, handler, ({ id }: { id: string }, { attempt }) => {
      if (attempt === 1) throw new Error('as planned');
      retried.add(id);
    }),
  );
  const wakes = async () => {
    const { id } = await shop.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
    await sleep(4_000);
    return retried.has(id);
  };
  await billing.start();
  const owner = await cluster.ownerOf(timerTag('hyvve', 'billing'));
  try {
    await until('a job wakes the group', wakes);
    await bringInStep(owner.redis);
    await owner.server.kill();
    await until('a job wakes the group again', wakes);
  } finally {
    await owner.server.restart();
    await Promise.all([shop.close(), billing.close({ drainMs: 0 })]);
    await cluster.whole();
  }
});
