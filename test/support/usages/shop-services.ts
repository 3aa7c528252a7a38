import { symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Shop } from '../catalogs/shop.js';

const tsconfig = {
  compilerOptions: { target: 'ES2022', module: 'NodeNext', strict: true, types: ['node'] },
  include: ['services'],
};

/** The code of three services of the shop. The catalog names one of them otherwise, and does not know what another handles. */
export const shopServices = {
  'services/orders.ts': `import { createEventBus } from '@hyvve-events/runtime';
import { orderHandlers, publishOrderPlaced } from '../generated/order.js';

const bus = createEventBus({ service: 'orders' });
bus.subscribe(orderHandlers({ onOrderCancelled: ({ data }) => console.log(data.reason) }));

export function place(tenantId: string, sku: string) {
  const lines = [{ sku, quantity: 1 }];
  return publishOrderPlaced(bus, { orderId: 'ord_1', currency: 'EUR', lines, placedAt: new Date().toISOString() }, { tenantId });
}
`,
  'services/billing.ts': `import { createEventBus } from '@hyvve-events/runtime';
import { orderHandlers } from '../generated/order.js';

const bus = createEventBus({ service: 'billings' });
bus.subscribe(
  orderHandlers({
    onOrderPlaced({ data: { lines } }) {
      for (const line of lines) console.log(line.sku);
    },
  }),
);
`,
  'services/audit.ts': `import { createEventBus } from '@hyvve-events/runtime';
import { subscribe } from '../generated/index.js';

const bus = createEventBus({ service: 'audit' });
bus.subscribe(subscribe('order.*', { name: 'log' }, (event) => console.log(event.type)));
`,
} as const;

/** Prepares a shop for code of services. The packages are those of this repository, as they are built. */
export async function addPackages(shop: Shop): Promise<void> {
  await shop.write('package.json', '{ "type": "module" }');
  await shop.write('tsconfig.json', JSON.stringify(tsconfig));
  await symlink(resolve('node_modules'), join(shop.path, 'node_modules'));
}

export async function addServices(shop: Shop): Promise<void> {
  await addPackages(shop);
  for (const [path, text] of Object.entries(shopServices)) await shop.write(path, text);
}
