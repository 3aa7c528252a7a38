import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { expect, it } from 'vitest';
import { anOrder, OrderPaid, OrderPlaced, ShopsOpened } from '../../../support/events/events.js';

it('subscribeTo: an event that only another catalog of the service defines is unknown for a pattern of this one', async () => {
  const bus = createMemoryBus({ service: 'billing' });
  const seen: unknown[] = [];
  const record = (name: string) => async (event: { readonly type: string; readonly unknown?: boolean }) => {
    seen.push([name, event.type, event.unknown]);
  };
  bus.subscribe(
    subscribeTo([OrderPlaced, OrderPaid], '*', { name: 'shop' }, record('shop')),
    subscribeTo([ShopsOpened], '*', { name: 'shops' }, record('shops')),
    subscribeTo([OrderPlaced, OrderPaid], OrderPlaced.type, { name: 'placed' }, record('placed')),
  );
  await bus.start();
  for (const event of [OrderPlaced, ShopsOpened]) await bus.publish(event, anOrder, { tenantId: 'north' });
  await bus.idle();
  expect(seen).toEqual([
    ['shop', OrderPlaced.type, undefined],
    ['shops', OrderPlaced.type, true],
    ['placed', OrderPlaced.type, undefined],
    ['shop', ShopsOpened.type, true],
    ['shops', ShopsOpened.type, undefined],
  ]);
  await bus.close();
});
