import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getEventBusToken } from '@hyvve-events/nestjs';
import { EventsTestingModule } from '@hyvve-events/nestjs/testing';
import { createMemoryBus, type MemoryBus } from '@hyvve-events/runtime/testing';
import { Test } from '@nestjs/testing';
import { AppModule } from './app-module.js';
import { Billing } from './billing.js';
import { publishOrderCancelled, publishOrderPlaced } from './events/order.js';

test('an order gets an invoice until it is cancelled', async () => {
  const imports = [EventsTestingModule.forRoot({ service: 'billing' })];
  const app = await Test.createTestingModule({ imports, providers: [Billing] }).compile();
  await app.init();
  const bus = app.get<MemoryBus>(getEventBusToken());
  const { invoices } = app.get(Billing);

  const order = { orderId: 'ord_1', currency: 'EUR', placedAt: '2026-11-24T09:30:00.000Z' };
  await publishOrderPlaced(bus, { ...order, lines: [{ sku: 'sku_7', quantity: 2 }] }, { tenantId: 'acme' });
  await bus.idle();
  assert.equal(invoices.get('ord_1'), 2);

  await publishOrderCancelled(bus, { orderId: 'ord_1', reason: 'customer' }, { tenantId: 'acme' });
  await bus.idle();
  assert.equal(invoices.has('ord_1'), false);
  await app.close();
});

test('a request of the whole application publishes for its tenant', async () => {
  const bus = createMemoryBus({ service: 'billing' });
  const testing = Test.createTestingModule({ imports: [AppModule] });
  const module = await testing.overrideProvider(getEventBusToken()).useValue(bus).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  const answer = await fetch(`${await app.getUrl()}/orders/ord_2`, { method: 'POST', headers: { 'x-tenant': 'acme' } });
  assert.equal(answer.status, 201);
  await bus.idle();
  assert.deepEqual(
    bus.published.map(({ type, tenantId }) => [type, tenantId]),
    [['order.order.placed', 'acme']],
  );
  assert.equal(app.get(Billing).invoices.get('ord_2'), 2);
  await app.close();
});
