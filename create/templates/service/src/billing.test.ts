import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { Billing } from './billing.js';
import { orderHandlers, publishOrderCancelled, publishOrderPlaced } from './events/order.js';

test('an order gets an invoice until it is cancelled', async () => {
  const billing = new Billing();
  const bus = createMemoryBus({ service: 'billing' });
  bus.subscribe(orderHandlers(billing));
  await bus.start();

  const order = { orderId: 'ord_1', currency: 'EUR', placedAt: '2026-11-24T09:30:00.000Z' };
  await publishOrderPlaced(bus, { ...order, lines: [{ sku: 'sku_7', quantity: 2 }] }, { tenantId: 'acme' });
  await bus.idle();
  assert.equal(billing.invoices.get('ord_1'), 2);

  await publishOrderCancelled(bus, { orderId: 'ord_1', reason: 'customer' }, { tenantId: 'acme' });
  await bus.idle();
  assert.equal(billing.invoices.has('ord_1'), false);
  await bus.close();
});

test('an order without lines is refused before it is published', async () => {
  const bus = createMemoryBus({ service: 'billing' });
  const order = { orderId: 'ord_1', currency: 'EUR', lines: [], placedAt: '2026-11-24T09:30:00.000Z' };
  await assert.rejects(publishOrderPlaced(bus, order, { tenantId: 'acme' }), { code: 'VALIDATION_FAILED' });
  await bus.close();
});
