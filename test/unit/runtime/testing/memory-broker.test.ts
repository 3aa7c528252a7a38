import { silentLogger } from '@hyvve-events/runtime';
import { type AnyEventDefinition, subscribeTo } from '@hyvve-events/runtime/codegen';
import { createMemoryBroker, createMemoryBus } from '@hyvve-events/runtime/testing';
import { expect, it } from 'vitest';
import { settledV1, settledV2, settledV3 } from '../../../support/events/versioned.js';

it('writeVersion: an older version is converted, a newer one is parked, and invalid data is a dead letter', async () => {
  const bus = createMemoryBus({ service: 'billing', logger: silentLogger });
  const seen: unknown[] = [];
  bus.subscribe(subscribeTo([settledV2()], '*', { name: 'bill' }, (event) => void seen.push(event)));
  await bus.start();
  bus.writeVersion(settledV2(), '1.0.0', { orderId: 'o', amount: 12.5 }, { tenantId: 'acme' });
  bus.writeVersion(settledV2(), '3.0.0', { orderId: 'o', cents: 1, currency: 'EUR' });
  bus.writeVersion(settledV2(), '2.0.0', { orderId: 'o' });
  await bus.idle();
  expect(seen).toMatchObject([
    { tenantId: 'acme', version: '2.0.0', upcastFrom: '1.0.0', data: { orderId: 'o', amount: 1250 } },
  ]);
  expect((await bus.parked.list()).items).toMatchObject([{ version: '3.0.0', tenantId: 'none' }]);
  expect((await bus.deadLetters.list()).items).toMatchObject([{ reason: 'SCHEMA' }]);
});

it('createMemoryBroker refuses a definition whose older versions cannot be used', () => {
  const unusable = { ...settledV3(), older: [...(settledV3().older ?? [])].reverse() } as AnyEventDefinition;
  expect(() => createMemoryBroker({ events: [unusable] })).toThrow(/must be in ascending order/);
  expect(() => createMemoryBroker({ events: [settledV1, settledV3()] })).not.toThrow();
});
