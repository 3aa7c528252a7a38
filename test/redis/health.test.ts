import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { anOrder, OrderPlaced } from '../support/events/events.js';
import { tenant, useStage } from '../support/processes/chaos.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage();

it('health: a bus before, during and after an outage of Redis', async () => {
  const gate = newGate();
  let runs = 0;
  const bus = await stage.handle('billing', async () => {
    runs += 1;
    if (runs === 2) await gate.passed;
  });
  expect(bus.health()).toMatchObject({ live: true, ready: true, reasons: [], redis: 'ready' });
  expect(bus.health().consumer).toMatchObject({ lastSettleMs: undefined, running: 0, unsettledMs: 0 });
  await stage.publish(1);
  await until('it is settled', () => bus.health().consumer?.lastSettleMs !== undefined);
  await stage.publish(1);
  await until('one runs', () => bus.health().consumer?.running === 1);
  await stage.server.kill();
  await until('it is not ready', () => !bus.health().ready);
  // The connection that reads may notice the outage before the one that publishes.
  await until('no connection is left', () => bus.health().redis === 'connecting');
  expect(bus.health()).toMatchObject({
    live: true,
    ready: false,
    redis: 'connecting',
    reasons: [expect.stringMatching(/^there is no connection to Redis/)],
  });
  gate.open();
  await until('an outcome waits', () => (bus.health().consumer?.unsettledMs ?? 0) > 100);
  await stage.server.restart();
  await until('it is ready', () => bus.health().ready);
  await until('nothing waits', () => bus.health().consumer?.unsettledMs === 0);
  await bus.close();
  expect(bus.health()).toMatchObject({ live: true, ready: false, redis: 'closed' });
});

it('health: connects a bus that only publishes, so that it becomes ready', async () => {
  const shop = stage.bus('shop');
  expect(shop.health()).toMatchObject({ live: true, ready: false, redis: 'connecting', consumer: undefined });
  await until('it is ready', () => shop.health().ready);
  await shop.publish(OrderPlaced, anOrder, tenant);
});

it('⚑ health: in a group of very many processes, the wait for the next poll counts as progress', async () => {
  const { alive } = partitionKeys('hyvve', 0).group('billing');
  const inAnHour = Date.now() + 3_600_000;
  await stage.redis.zadd(alive, ...Array.from({ length: 5_000 }, (_, n) => [inAnHour, `other-${n}`]).flat());
  const bus = await stage.handle('billing', () => undefined, { concurrency: 1 });
  // It is polled every two minutes. A restart after some seconds without a read would change nothing.
  await sleep(3_000);
  expect(bus.health().consumer?.loopIdleMs).toBeLessThan(2_000);
});
