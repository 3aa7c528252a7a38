import { defineEvent } from '@hyvve-events/runtime';
import { subscribeTo, type Validate } from '@hyvve-events/runtime/codegen';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import { expect, it } from 'vitest';

// `test/types/context.ts` has the same cases for the compiler.
const validate = Object.assign((_data: unknown): _data is { n: number } => true, { errors: null }) as Validate<{
  n: number;
}>;
const fields = { key: 'E', version: '1.0.0', domain: 'a', validate };
const envelopes = {
  default: undefined,
  free: { tenantId: 'optional' },
  'by user': { userId: 'required' },
  'free, by user': { tenantId: 'optional', userId: 'required' },
} as const;
const tenant = { tenantId: 'wks_1' };
const user = { userId: 'usr_1' };

it.each([
  ['default', tenant, {}, true],
  ['default', {}, {}, false],
  ['default', user, {}, false],
  ['default', {}, tenant, true],
  ['free', {}, {}, true],
  ['by user', tenant, {}, false],
  ['by user', tenant, user, true],
  ['by user', user, tenant, true],
  ['free, by user', {}, {}, false],
  ['free, by user', user, {}, true],
] as const)(
  'an event that is %s: options %o in a scope %o are accepted: %s',
  async (name, options, scope, accepted) => {
    const envelope = envelopes[name];
    const event = defineEvent({ ...fields, type: 'a.b.c', ...(envelope === undefined ? {} : { envelope }) });
    const bus = createMemoryBus({ service: 'shop' });
    const publisher = bus.withContext(scope) as { publish(...args: readonly unknown[]): Promise<unknown> };
    const published = publisher.publish(event, { n: 1 }, options);
    if (accepted) await published;
    else await expect(published).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
  },
);

it('a scope has its tenant and its user, a handler those of its event', async () => {
  const bus = createMemoryBus({ service: 'shop' });
  const both = { tenantId: 'wks_1', userId: 'usr_1' };
  expect(bus.withContext(tenant).withContext(user)).toMatchObject(both);
  const event = defineEvent({ ...fields, type: 'a.b.c', envelope: { userId: 'required' } });
  const next = defineEvent({ ...fields, type: 'a.b.d', envelope: { userId: 'required' } });
  const seen: unknown[] = [];
  bus.subscribe(
    subscribeTo([event, next], 'a.b.c', { name: 'h' }, async (_event, ctx) => {
      seen.push({ tenantId: ctx.tenantId, userId: ctx.userId });
      await ctx.publish(next, { n: 1 });
    }),
  );
  await bus.start();
  await bus.publish(event, { n: 1 }, both);
  await bus.idle();
  expect(seen).toEqual([both]);
  expect(bus.publishedOf(next)).toMatchObject([both]);
  await bus.close();
});
