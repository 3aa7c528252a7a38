import {
  type EventBus,
  type EventDefinition,
  eventDraft,
  type HandlerContext,
  NonRetryableError,
  type PublishOptions,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { anOrder, type Order, OrderPacked, OrderPlaced, OrderSorted } from '../support/events/events.js';
import { type Harness, useHarness } from './harness.js';

interface Seen {
  readonly key?: string;
  readonly data: Order;
}

const tenant = { tenantId: 'tenant-1' };
const order = (orderId: string): Order => ({ ...anOrder, orderId });

/** Ordering keys from a publish to a handler, common to all buses. */
export function describeOrderingKeys(name: string, createHarness: () => Promise<Harness>): void {
  describe(`ordering keys ${name}`, () => {
    const harness = useHarness(createHarness, { drainMs: 0 });

    function newBus(service: string): EventBus {
      return harness.createBus({ service });
    }

    async function handle(run: (event: Seen, ctx: HandlerContext) => void): Promise<void> {
      const bus = newBus('billing');
      const handler = async (event: Seen, ctx: HandlerContext) => run(event, ctx);
      bus.subscribe(subscribeTo([OrderPlaced, OrderPacked, OrderSorted], '*', { name: 'bill' }, handler));
      await bus.start();
    }

    it('a handler gets the key of the data or of the publish; without one, its key is the tenant', async () => {
      const seen: (readonly [orderId: string, key: string | undefined, ctxKey: string])[] = [];
      await handle((event, ctx) => seen.push([event.data.orderId, event.key, ctx.key]));
      const shop = newBus('shop').withContext(tenant);
      await shop.publish(OrderPacked, order('packed'));
      await shop.publish(OrderSorted, order('sorted'));
      await shop.publish(OrderPlaced, order('placed'), { key: 'account-7' });
      await shop.publish(OrderPlaced, order('without'));
      await harness.eventually('all are handled', () => seen.length === 4);
      expect(seen.sort()).toEqual([
        ['packed', 'packed', 'packed'],
        ['placed', 'account-7', 'account-7'],
        ['sorted', 'sorted', 'sorted'],
        ['without', undefined, 'tenant-1'],
      ]);
    });

    it('an event whose key is in its data: a key of the publish is refused', async () => {
      const refused = newBus('shop').publish(OrderPacked, anOrder, { ...tenant, key: 'ord_1' });
      await expect(refused).rejects.toMatchObject({
        code: 'CONTEXT_INVALID',
        message: expect.stringContaining('the ordering key is read from the data at /orderId'),
      });
    });

    it('a batch of two partition keys is refused and names both; one of two ordering keys in one partition is not', async () => {
      const shop = newBus('shop').withContext(tenant);
      const draft = (event: EventDefinition<string, Order>, id: string, options: PublishOptions = {}) =>
        eventDraft(event, order(id), options);
      const refusal = (message: string) => ({ code: 'CONTEXT_INVALID', message: expect.stringContaining(message) });
      await expect(shop.publishBatch([draft(OrderSorted, 'a'), draft(OrderSorted, 'b')])).rejects.toMatchObject(
        refusal(
          'two partition keys (shop.order.sorted: tenant "tenant-1", ordering key "a" and shop.order.sorted: tenant "tenant-1", ordering key "b")',
        ),
      );
      await expect(shop.publishBatch([draft(OrderPacked, 'a'), draft(OrderSorted, 'a')])).rejects.toMatchObject(
        refusal('(shop.order.packed: tenant "tenant-1" and shop.order.sorted: tenant "tenant-1", ordering key "a")'),
      );
      const byTenant = [draft(OrderPacked, 'a'), draft(OrderPacked, 'b'), draft(OrderPlaced, 'c', { key: 'd' })];
      expect(await shop.publishBatch(byTenant)).toHaveLength(3);
      expect(await shop.publishBatch([draft(OrderSorted, 'a'), draft(OrderSorted, 'a')])).toHaveLength(2);
    });

    it('partitioned by the key: idempotency keys and ids hold for one ordering key', async () => {
      const shop = newBus('shop').withContext(tenant);
      const once = { idempotencyKey: 'once' };
      const first = await shop.publish(OrderSorted, order('a'), once);
      expect(await shop.publish(OrderSorted, order('a'), once)).toEqual({ ...first, duplicate: true });
      expect(await shop.publish(OrderSorted, order('a'), { id: first.id })).toEqual({ ...first, duplicate: true });
      // Also if both keys are in one partition: what is a duplicate does not depend on the number of partitions.
      for (const id of ['b', 'c', 'd']) {
        expect(await shop.publish(OrderSorted, order(id), once)).toMatchObject({ duplicate: false });
      }
      expect(await shop.publish(OrderPacked, order('a'), once)).toMatchObject({ duplicate: false });
    });

    it('an edit of a dead letter keeps the ordering key', async () => {
      const seen: Seen[] = [];
      await handle((event) => {
        seen.push(event);
        if (seen.length === 1) throw new NonRetryableError('no');
      });
      await newBus('shop').publish(OrderPacked, order('a'), tenant);
      await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
      const [letter] = (await harness.deadLetters.list()).items;
      const edit = (data: Order) => harness.deadLetters.retryEdited(letter?.id ?? '', data, { actor: 'ann' });
      await expect(edit(order('b'))).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
        violations: [{ path: '$.orderId', message: expect.stringContaining('is the ordering key') }],
      });
      await edit({ ...order('a'), amount: 1 });
      await harness.eventually('it runs again', () => seen.length === 2);
      expect(seen[1]).toMatchObject({ key: 'a', data: { orderId: 'a', amount: 1 } });
    });
  });
}
