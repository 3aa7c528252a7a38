import { type HandlerOptions, silentLogger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { createEventBus } from '../../runtime/redis/create-event-bus.js';
import { partitionKeys } from '../../runtime/redis/store/keys.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { useStage } from '../support/processes/chaos.js';
import { newGate, until } from '../support/wait.js';

const stage = useStage();
const keys = partitionKeys('hyvve', 0);

/** Remembers all keys of the partition. @returns Makes them what they were, as a failover to a replica that is behind does. */
async function snapshot(): Promise<() => Promise<void>> {
  const own = async () => (await stage.redis.keys('*')).filter((key) => key.startsWith('{hyvve:0}:'));
  const saved = new Map<string, Buffer>();
  for (const key of await own()) saved.set(key, (await stage.redis.dumpBuffer(key)) as Buffer);
  return async () => {
    const change = stage.redis.multi();
    for (const key of await own()) if (!saved.has(key)) change.del(key);
    for (const [key, content] of saved) change.restore(key, 0, content, 'REPLACE');
    await change.exec();
  };
}

describe('⚑ Redis loses the first outcome of an event that two handlers get', () => {
  it.each<[outcome: string, options: HandlerOptions, fails: boolean]>([
    ['completed', {}, false],
    ['completed in order', { order: 'key' }, false],
    ['a scheduled retry', { maxRetries: 1, retryDelaysMs: [60_000] }, true],
    ['a dead letter', { maxRetries: 0 }, true],
  ])('%s: the handler runs again', async (_, options, fails) => {
    const gate = newGate();
    const began = newGate();
    let firstRuns = 0;
    let isSecondRunning = false;
    const bus = createEventBus({ service: 'billing', redis: stage.server.url, logger: silentLogger, leaseMs: 900 });
    const first = { name: 'first', ...options };
    bus.subscribe(
      subscribeTo(allEvents, OrderPlaced.type, first, async () => {
        firstRuns += 1;
        await began.passed;
        if (fails && firstRuns === 1) throw new Error('as planned');
      }),
      subscribeTo(allEvents, OrderPlaced.type, { name: 'second' }, async () => {
        isSecondRunning = true;
        await gate.passed;
      }),
    );
    await bus.start();
    try {
      const { id } = await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
      await until('both run', () => firstRuns === 1 && isSecondRunning);
      const loseLatestWrites = await snapshot();
      began.open();
      const group = keys.group('billing');
      await until('the outcome is recorded', async () => (await stage.redis.hlen(group.completedHandlers)) === 1);
      await loseLatestWrites();
      gate.open();
      const statuses = async () => {
        const [found] = await stage.operator.status({ eventId: id });
        return found?.handlers.map(({ status }) => status);
      };
      await until('both are completed', async () => String(await statuses()) === 'COMPLETED,COMPLETED');
      expect(firstRuns).toBe(2);
      expect(await stage.redis.exists(group.heads, group.completedHandlers, group.scheduledRetries)).toBe(0);
    } finally {
      gate.open();
      await bus.close();
    }
  });
});
