import { createEventBus } from '@hyvve-events/runtime';
import { publishOrderPlaced } from './events/order.js';

const [orderId = `ord_${Date.now()}`, currency = 'EUR'] = process.argv.slice(2);
const bus = createEventBus({ service: 'orders' });
try {
  const order = { orderId, currency, lines: [{ sku: 'sku_7', quantity: 2 }], placedAt: new Date().toISOString() };
  const { id } = await publishOrderPlaced(bus, order, { tenantId: 'acme' });
  console.log(`published order.order.placed for ${orderId}: event ${id}`);
} finally {
  await bus.close();
}
