import type { EventBus, EventBusOptions, HandlerOptions, Published } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { fieldsOf } from '../../runtime/redis/store/keys.js';
import { atVersion, type Order, OrderPacked } from './events/events.js';
import type { Stage } from './processes/chaos.js';
import { until } from './wait.js';

/** An event of an ordering key, which is its order. */
export interface Packed {
  readonly id: string;
  readonly data: Order;
  readonly replay?: { readonly jobId: string };
}

export interface OrderedOptions extends Partial<EventBusOptions> {
  readonly handler?: HandlerOptions & { readonly name?: string };
  readonly version?: string;
}

/** Keys of the group of these tests. */
export const accounts = '{hyvve:0}:group:accounts';

/** Starts a process of the service `accounts`, with one ordered handler. */
export async function startOrdered(
  stage: Stage,
  run: (event: Packed, attempt: number) => unknown,
  { handler, version = '1.0.0', ...options }: OrderedOptions = {},
): Promise<EventBus> {
  const bus = stage.bus('accounts', { sweepMs: 100, ...options });
  const subscribed = { name: 'balance', maxRetries: 0, order: 'key', ...handler } as const;
  const events = [atVersion(OrderPacked, version)];
  bus.subscribe(
    subscribeTo(events, '*', subscribed, async (event: Packed, ctx) => void (await run(event, ctx.attempt))),
  );
  await bus.start();
  return bus;
}

/** Publishes `count` events of each key, in turn; their amounts are 0, 1, 2… within each key. */
export async function publishPacked(
  stage: Stage,
  keys: readonly string[],
  count: number,
  version = '1.0.0',
): Promise<Published[]> {
  const bus = stage.bus('shop').withContext({ tenantId: 'tenant-1' });
  const event = atVersion(OrderPacked, version);
  const published: Published[] = [];
  for (let amount = 0; amount < count; amount += 1) {
    published.push(...(await Promise.all(keys.map((orderId) => bus.publish(event, { orderId, amount })))));
  }
  return published;
}

/** Waits until every event is finished, and nothing of an ordered handler is left in Redis. */
export async function nothingIsLeft(stage: Stage): Promise<void> {
  await until('all events are finished and the key queues are empty', async () => {
    const stream = fieldsOf(((await stage.redis.xinfo('STREAM', '{hyvve:0}:events')) as unknown[]).map(String));
    const groups = (await stage.redis.xinfo('GROUPS', '{hyvve:0}:events')) as unknown[][];
    const group = groups.map((info) => fieldsOf(info.map(String))).find(({ name }) => name === 'accounts');
    if (group?.pending !== '0' || group['last-delivered-id'] !== stream['last-generated-id']) return false;
    const names = ['heads', 'waiting', 'rows', 'claims'];
    const left = await Promise.all(names.map((name) => stage.redis.exists(`${accounts}:${name}`)));
    return left.every((exists) => exists === 0);
  });
}

/** Whether so many deliveries wait in key queues. */
export function hasWaiting(stage: Stage, count: number): () => Promise<boolean> {
  return async () => (await stage.redis.zcard(`${accounts}:waiting`)) === count;
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
