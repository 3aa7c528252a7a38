import { type AnyEventDefinition, subscribeTo } from '@hyvve-events/runtime/codegen';
import { expect, it } from 'vitest';
import { HandlerSet } from '../../../../runtime/handle/handler-set.js';
import { atVersion, OrderPlaced } from '../../../support/events/events.js';
import { settledV3, settledV3Without1 } from '../../../support/events/versioned.js';

const handlerOf = (event: typeof OrderPlaced, name: string) => subscribeTo([event], '*', { name }, () => undefined);

it('refuses two versions of one event, and keeps the handlers that it has', () => {
  const handlers = new HandlerSet();
  for (const subscription of [handlerOf(OrderPlaced, 'bill')].flat()) handlers.add(subscription);
  const other = [handlerOf(atVersion(OrderPlaced, '2.0.0'), 'ship')].flat();
  expect(() => other.map((subscription) => handlers.add(subscription))).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/"ship" has version 2\.0\.0 of \S+, another handler has 1\.0\.0/),
    }),
  );
  expect([...handlers].map(({ name }) => name)).toEqual(['bill']);
});

it('accepts the same version from two copies of an SDK', () => {
  const handlers = new HandlerSet();
  for (const subscription of [
    handlerOf(OrderPlaced, 'bill'),
    handlerOf(atVersion(OrderPlaced, OrderPlaced.version), 'ship'),
  ].flat()) {
    handlers.add(subscription);
  }
  expect(handlers.size).toBe(2);
});

it('refuses two definitions that read different older versions, and definitions whose older versions cannot be used', () => {
  const handlers = new HandlerSet();
  const add = (event: AnyEventDefinition, name: string) =>
    [subscribeTo([event], '*', { name }, () => undefined)]
      .flat()
      .forEach((subscription) => void handlers.add(subscription));
  add(settledV3(), 'bill');
  add(settledV3(), 'ship');
  expect(() => add(settledV3Without1, 'mail')).toThrow(
    expect.objectContaining({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(
        /"mail" has version 3\.0\.0, which also reads 2\.1\.0 of \S+, another handler has 3\.0\.0, which also reads 1\.0\.0 and 2\.1\.0/,
      ),
    }),
  );
  const unordered = { ...settledV3(), older: [...(settledV3().older ?? [])].reverse() };
  expect(() => add(unordered, 'mail')).toThrow(
    /shop\.order\.settled 3\.0\.0 cannot be used: `older` must be in ascending/,
  );
  expect(handlers.size).toBe(2);
});
