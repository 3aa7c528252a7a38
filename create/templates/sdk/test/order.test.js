import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { orderHandlers, publishOrderPlaced } from '../package/dist/order.js';
import { sampleOrderPlaced } from '../package/dist/samples/order.js';

test('an order that is published reaches its handler', async () => {
  const handled = [];
  const bus = createMemoryBus({ service: 'test' });
  bus.subscribe(orderHandlers({ onOrderPlaced: ({ data }) => void handled.push(data.orderId) }));
  await bus.start();
  await publishOrderPlaced(bus, sampleOrderPlaced({ orderId: 'ord_1' }), { tenantId: 'acme' });
  await bus.idle();
  assert.deepEqual(handled, ['ord_1']);
  await bus.close();
});
