import { createEventBus } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { allEvents, anOrder, OrderPaid } from '../events/events.js';

// A service with `closeOn`. Its handler runs for 300 ms, or for ever with the second argument, and then publishes.
const [, , redis = '', hangs] = process.argv;
const bus = createEventBus({ service: 'billing', redis, closeOn: ['SIGTERM', 'SIGINT'] });
bus.subscribe(
  subscribeTo(allEvents, 'shop.order.placed', { name: 'bill' }, async (_event: unknown, ctx) => {
    process.stdout.write('running\n');
    await new Promise((resolve) => setTimeout(resolve, hangs === undefined ? 300 : 3_600_000));
    await ctx.publish(OrderPaid, anOrder);
  }),
);
await bus.start();
process.stdout.write('started\n');
