import { createEventBus, type EventBus, type Logger, maintenanceDefaults, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { afterEach, expect, it } from 'vitest';
import { partitionOf } from '../../runtime/redis/partitions/partition-of.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { useCluster } from '../support/redis/cluster.js';
import { until } from '../support/wait.js';

// A master that is stopped stays the master.
const used = useCluster({ masters: 3, nodeTimeoutMs: 60_000 });
const partitions = 16;
const open: EventBus[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((bus) => bus.close()));
});

it('⚑ while calls to a master that hangs wait for their replies, the partitions of the others have places', async () => {
  const { cluster } = used;
  const events: string[] = [];
  const note = (what: string) => void events.push(what);
  const logger: Logger = {
    ...silentLogger,
    warn: (_fields, message) => {
      if (message?.startsWith('no reply')) note('no reply');
    },
  };
  const redis = { nodes: cluster.urls };
  const common = { redis, partitions, publishDeadlineMs: 60_000, drainMs: 500 };
  // Few places: the claims and polls of the partitions that hang would take all of them.
  const maintenance = { ...maintenanceDefaults, everyMs: 60_000 };
  const bus = createEventBus({ ...common, service: 'billing', concurrency: 8, sweepMs: 20, logger, maintenance });
  const shop = createEventBus({ ...common, service: 'shop', logger: silentLogger });
  open.push(bus, shop);
  bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => note('handled')));
  await bus.start();
  const owner = await cluster.ownerOf('hyvve:0');
  const tenants: string[] = [];
  for (let n = 0; tenants.length < 20; n += 1) {
    const tenantId = `tenant-${n}`;
    const index = partitionOf(tenantId, partitions);
    if ((await cluster.ownerOf(`hyvve:${index}`)).id !== owner.id) tenants.push(tenantId);
  }
  const publishAll = () => Promise.all(tenants.map((tenantId) => shop.publish(OrderPlaced, anOrder, { tenantId })));
  await publishAll();
  await until('all are handled', () => events.length === tenants.length);
  cluster.pause(owner);
  try {
    for (let round = 2; round <= 5; round += 1) {
      await publishAll();
      await until(
        'all are handled',
        () => events.filter((what) => what === 'handled').length === round * tenants.length,
      );
    }
    await until('the calls to the master have failed', () => events.includes('no reply'));
  } finally {
    cluster.resume(owner);
  }
  // Before this process noticed that the master hangs: until then its calls have their places.
  expect(events.slice(0, 5 * tenants.length)).not.toContain('no reply');
});
