import { createEventBus } from '@hyvve-events/runtime';
import { Billing } from './billing.js';
import { catalogHash } from './events/index.js';
import { orderHandlers } from './events/order.js';

// The Redis of REDIS_URL, otherwise redis://127.0.0.1:6379.
const bus = createEventBus({ service: 'billing', catalogHash, closeOn: ['SIGINT', 'SIGTERM'] });

bus.subscribe(orderHandlers(new Billing()));
await bus.start();
console.log('billing is ready; stop it with Ctrl-C');
