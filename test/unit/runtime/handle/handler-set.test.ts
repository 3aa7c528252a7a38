import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { expect, it } from 'vitest';
import { HandlerSet } from '../../../../runtime/handle/handler-set.js';
import { atVersion, OrderPlaced } from '../../../support/events/events.js';

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
