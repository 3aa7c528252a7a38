import { createEventBus, EventBusError } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { allEvents, anOrder, OrderPlaced } from '../events/events.js';

// Runs where BullMQ is not installed: publishing works, starting is refused, twice, and nothing keeps the process alive.
const bus = createEventBus({ service: 'billing', redis: process.argv[2] ?? '' });
bus.subscribe(subscribeTo(allEvents, '*', { name: 'bill' }, () => undefined));
const { duplicate } = await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
console.log(`published, duplicate: ${duplicate}`);
for (const attempt of ['first', 'second']) {
  const error = await bus.start().catch((thrown: unknown) => EventBusError.from(thrown));
  console.log(`${attempt} start: ${error?.code}`);
}
await bus.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
console.log(bus.health().reasons.join());
await bus.close();
