import { setTimeout as sleep } from 'node:timers/promises';
import { consoleLogger, type EventBus, type EventBusOptions, type HandlerOptions } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { type Order, OrderPacked } from '../support/events/events.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const group = '{hyvve:0}:group:accounts';

interface Packed {
  readonly data: Order;
  readonly key?: string;
}

/** A process of the service, with one ordered handler. */
async function ordered(
  run: (event: Packed, attempt: number) => unknown,
  options: HandlerOptions = {},
  busOptions: Partial<EventBusOptions> = {},
): Promise<EventBus> {
  const bus = stage.bus('accounts', { sweepMs: 100, logger: consoleLogger, ...busOptions });
  const subscribed = { name: 'balance', maxRetries: 0, order: 'key', ...options } as const;
  bus.subscribe(
    subscribeTo([OrderPacked], '*', subscribed, async (event: Packed, ctx) => void (await run(event, ctx.attempt))),
  );
  await bus.start();
  return bus;
}

/** Publishes `count` events of each key, in turn; their amounts are 0, 1, 2… within each key. */
async function publish(keys: readonly string[], count: number, from = 0): Promise<void> {
  const bus = stage.bus('shop').withContext({ tenantId: 'tenant-1' });
  for (let amount = from; amount < from + count; amount += 1) {
    await Promise.all(keys.map((orderId) => bus.publish(OrderPacked, { orderId, amount })));
  }
}

/** Nothing of an ordered handler is left in Redis. */
async function nothingLeft(): Promise<void> {
  await until('the key queues are empty', async () => {
    const left = await Promise.all([stage.redis.hlen(`${group}:heads`), stage.redis.zcard(`${group}:waiting`)]);
    return left[0] + left[1] === 0;
  });
  expect(await stage.redis.hlen(`${group}:rows`)).toBe(0);
  expect(await stage.redis.hlen(`${group}:claims`)).toBe(0);
}

describe('order by key', () => {
  it('the events of each key run one after another and in order, in two processes; different keys run side by side', async () => {
    const keys = Array.from({ length: 10 }, (_, index) => `key ${index}`);
    const seen = new Map<string, number[]>(keys.map((key) => [key, []]));
    const running = new Set<string>();
    let overlaps = 0;
    let most = 0;
    const run = async ({ data: { orderId, amount } }: Packed) => {
      if (running.has(orderId)) overlaps += 1;
      running.add(orderId);
      most = Math.max(most, running.size);
      seen.get(orderId)?.push(amount);
      await sleep((amount * 7 + orderId.length) % 5);
      running.delete(orderId);
    };
    await ordered(run, {}, { concurrency: 20 });
    await ordered(run, {}, { concurrency: 20 });
    await publish(keys, 30);
    await until('all are handled', () => [...seen.values()].every((amounts) => amounts.length >= 30));
    await nothingLeft();
    expect(overlaps).toBe(0);
    expect(most).toBeGreaterThan(1);
    for (const amounts of seen.values()) expect(amounts).toEqual(Array.from({ length: 30 }, (_, index) => index));
  });
});
