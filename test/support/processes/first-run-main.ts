import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEventBus, createEventOperator, type EventBus, type Logger } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { allEvents, anOrder, OrderPlaced } from '../events/events.js';

// A first run: no logger, or one that throws, and handlers that throw. What it prints to stderr is tested.
const redis = process.argv[2] ?? '';
const tenant = { tenantId: 'tenant-1' };
const unusable = () => {
  throw new Error('the logger is not bound');
};
const broken: Logger = { debug: unusable, info: unusable, warn: unusable, error: unusable };

function failing(bus: EventBus, name: string): EventBus {
  const fail = () => {
    throw new Error(`${name}: the bank is closed`);
  };
  bus.subscribe(subscribeTo(allEvents, 'shop.*', { name, maxRetries: 0 }, fail));
  return bus;
}

const shop = createEventBus({ service: 'shop', redis });
for (let count = 0; count < 3; count += 1) await shop.publish(OrderPlaced, anOrder, tenant);
const buses = [
  failing(createEventBus({ service: 'silent', redis }), 'on-redis'),
  failing(createEventBus({ service: 'broken', redis, logger: broken }), 'broken-logger'),
  failing(createEventBus({ service: 'child', redis, logger: { ...broken, child: () => broken } }), 'broken-child'),
  failing(createEventBus({ service: 'late', redis, startFrom: 'latest' }), 'late'),
];
for (const bus of buses) await bus.start();
const operator = createEventOperator({ redis });
while ((await operator.deadLetters.count()) < 9) await nextTurn();
const memory = failing(createMemoryBus({ service: 'memory' }), 'in-memory');
await memory.start();
await memory.publish(OrderPlaced, anOrder, tenant);
await Promise.all([...buses, shop, memory, operator].map((part) => part.close()));
