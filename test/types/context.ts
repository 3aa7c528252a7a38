// Compiled by `npm run typecheck`: which fields a publish must set. `test/unit/runtime/publish/required-fields.test.ts` runs the same.
import {
  defineEvent,
  type EventBus,
  type EventDefinition,
  eventDraft,
  type HandlerContext,
  type Publisher,
} from '@hyvve-events/runtime';
import type { Validate } from '@hyvve-events/runtime/codegen';
import { type Publish, publisherOf } from '@hyvve-events/runtime/codegen';

declare const bus: EventBus;
declare const ctx: HandlerContext;
declare const publisher: Publisher;
declare const validate: Validate<{ readonly n: number }>;
const fields = { key: 'E', version: '1.0.0', domain: 'a', validate } as const;
const data = { n: 1 };
const tenant = { tenantId: 'wks_1' };
const user = { userId: 'usr_1' };

const Default = defineEvent({ ...fields, type: 'a.b.default' });
const Free = defineEvent({ ...fields, type: 'a.b.free', envelope: { tenantId: 'optional' } });
const ByUser = defineEvent({ ...fields, type: 'a.b.user', envelope: { userId: 'required' } });
const FreeByUser = defineEvent({ ...fields, type: 'a.b.both', envelope: { tenantId: 'optional', userId: 'required' } });

/** As generated code declares it. */
export const Annotated: EventDefinition<'a.b.noted', { readonly n: number }, { tenantId: 'optional' }> = defineEvent({
  ...fields,
  type: 'a.b.noted',
  envelope: { tenantId: 'optional' },
});
export const publishAnnotated: Publish<{ readonly n: number }, { tenantId: 'optional' }> = publisherOf(Annotated);

export async function publish(): Promise<void> {
  await bus.publish(Default, data, tenant);
  // @ts-expect-error no tenant
  await bus.publish(Default, data);
  // @ts-expect-error no tenant
  await publisher.publish(Default, data, user);
  // @ts-expect-error an unknown option
  await bus.publish(Default, data, { tenantId: 'wks_1', tenant: 'wks_1' });
  await bus.publish(Free, data);
  await bus.publish(Free, data, { idempotencyKey: 'k' });
  await bus.publish(ByUser, data, { tenantId: 'wks_1', userId: 'usr_1' });
  // @ts-expect-error no user
  await bus.publish(ByUser, data, tenant);
  await bus.publish(FreeByUser, data, user);
  // @ts-expect-error no user
  await bus.publish(FreeByUser, data);
}

export async function scopes(): Promise<void> {
  await bus.withContext(tenant).publish(Default, data);
  await bus.withContext(tenant).withContext(user).publish(ByUser, data);
  await bus.withContext(user).withContext(tenant).publish(ByUser, data);
  await bus.withContext({ tenantId: 'wks_1', userId: 'usr_1' }).publish(ByUser, data);
  await bus.withContext(tenant).withContext({ correlationId: 'c' }).publish(Default, data);
  await bus.withContext(tenant).publish(ByUser, data, user);
  // @ts-expect-error a scope without a tenant
  await bus.withContext(user).publish(Default, data);
  // @ts-expect-error a scope without a user
  await bus.withContext(tenant).publish(ByUser, data);
  // The event that the handler got has both.
  await ctx.publish(Default, data);
  await ctx.publish(ByUser, data);
  await ctx.withContext({ correlationId: 'c' }).publish(Default, data);
}

export async function batches(): Promise<void> {
  await bus.publishBatch([]);
  await bus.publishBatch([eventDraft(Default, data), eventDraft(Free, data)], tenant);
  await bus.publishBatch([eventDraft(Default, data, tenant), eventDraft(Free, data)]);
  await bus.publishBatch([eventDraft(Free, data)]);
  await bus.withContext(tenant).publishBatch([eventDraft(Default, data)]);
  await ctx.publishBatch([eventDraft(Default, data), eventDraft(ByUser, data)]);
  // @ts-expect-error one draft has no tenant
  await bus.publishBatch([eventDraft(Default, data), eventDraft(Free, data)]);
  // @ts-expect-error no user
  await bus.publishBatch([eventDraft(ByUser, data)], tenant);
  // @ts-expect-error an unknown option of a draft
  eventDraft(Default, data, { tenantId: 'wks_1', tenant: 'wks_1' });
}

const orders = { ...fields, type: 'a.b.keyed' } as const;
export const Keyed = defineEvent({
  ...orders,
  orderingKey: ({ n }) => n,
  orderingKeyAt: '/n',
  partitionBy: 'ordering-key',
});
// @ts-expect-error the data has no such property
export const OtherProperty = defineEvent({ ...orders, orderingKey: ({ m }) => m });
// @ts-expect-error neither a string nor a number
export const BooleanKey = defineEvent({ ...orders, orderingKey: ({ n }) => n > 0 });
// @ts-expect-error a key that may be absent
export const OptionalKey = defineEvent({ ...orders, orderingKey: ({ n }) => (n > 0 ? n : undefined) });
// @ts-expect-error the tenant is the default
export const ByTenant = defineEvent({ ...orders, partitionBy: 'tenant' });

export async function orderingKeys(): Promise<void> {
  await bus.publish(Default, data, { tenantId: 'wks_1', key: 'account-7' });
  await bus.publishBatch([eventDraft(Default, data, { key: 'account-7' })], tenant);
  await ctx.publish(Default, data, { key: ctx.key });
  // @ts-expect-error a key is a text
  await bus.publish(Default, data, { tenantId: 'wks_1', key: 7 });
  // @ts-expect-error a scope has no key: it would hold for events that have nothing to do with each other
  bus.withContext({ tenantId: 'wks_1', key: 'account-7' });
  // @ts-expect-error nor has a batch
  await bus.publishBatch([eventDraft(Default, data)], { tenantId: 'wks_1', key: 'account-7' });
  // A definition with a key is a definition like any other.
  await bus.publishBatch([eventDraft(Keyed, data), eventDraft(Default, data)], tenant);
}

export async function generated(): Promise<void> {
  const publishDefault: Publish<typeof data> = publisherOf(Default);
  const publishFree: Publish<typeof data, { readonly tenantId: 'optional' }> = publisherOf(Free);
  const publishByUser: Publish<typeof data, { readonly userId: 'required' }> = publisherOf(ByUser);
  await publishDefault(bus, data, tenant);
  // @ts-expect-error no tenant
  await publishDefault(bus, data);
  await publishFree(bus, data);
  await publishByUser(bus.withContext(user), data, tenant);
  await publishByUser(ctx, data);
  // @ts-expect-error no user
  await publishByUser(bus, data, tenant);
}
