import { setTimeout as sleep } from 'node:timers/promises';
import { type EventBus, type HandlerOptions, NonRetryableError } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { atVersion, type Order, OrderPacked } from '../support/events/events.js';
import { type Harness, useHarness } from './harness.js';

interface Packed {
  readonly data: Order;
  readonly replay?: { readonly jobId: string };
}

const by = { actor: 'ann' };
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Handlers that get the events of one key one after another, common to all buses. */
export function describeKeyOrder(name: string, createHarness: () => Promise<Harness>): void {
  describe(`order by key ${name}`, () => {
    const harness = useHarness(createHarness, { drainMs: 0 });

    async function ordered(
      run: (event: Packed, attempt: number) => unknown,
      options: HandlerOptions = {},
      concurrency = 20,
    ): Promise<EventBus> {
      const bus = harness.createBus({ service: 'accounts', concurrency });
      const subscribed = { name: 'balance', maxRetries: 0, order: 'key', ...options } as const;
      bus.subscribe(
        subscribeTo([OrderPacked], '*', subscribed, async (event: Packed, ctx) => void (await run(event, ctx.attempt))),
      );
      await bus.start();
      return bus;
    }

    /** Publishes `count` events of each key, in turn; their amounts are 0, 1, 2… within each key. */
    async function publish(keys: readonly string[], count: number, version = '1.0.0', tenantId = 'tenant-1') {
      const bus = harness.createBus({ service: 'shop' });
      const event = atVersion(OrderPacked, version);
      for (const amount of upTo(count)) {
        await Promise.all(keys.map((orderId) => bus.publish(event, { orderId, amount }, { tenantId })));
      }
    }

    it('the events of each key are handled in order and never at once, by two processes; different keys side by side', async () => {
      const keys = upTo(8).map((index) => `key ${index}`);
      const seen = new Map<string, number[]>(keys.map((key) => [key, []]));
      const running = new Set<string>();
      let [overlaps, most] = [0, 0];
      const run = async ({ data: { orderId, amount } }: Packed, attempt: number) => {
        if (running.has(orderId)) overlaps += 1;
        running.add(orderId);
        most = Math.max(most, running.size);
        await sleep((amount * 7 + orderId.length) % 4);
        running.delete(orderId);
        if (attempt === 1 && amount % 5 === 0) throw new Error('not yet');
        seen.get(orderId)?.push(amount);
      };
      for (const _ of upTo(2)) await ordered(run, { maxRetries: 1, retryDelaysMs: [10] });
      await publish(keys, 12);
      await harness.eventually('all are handled', () => [...seen.values()].every(({ length }) => length === 12));
      for (const amounts of seen.values()) expect(amounts).toEqual(upTo(12));
      expect(overlaps).toBe(0);
      expect(most).toBeGreaterThan(1);
    });

    it('the keys of two tenants are different, and an event that fails holds up only its own key', async () => {
      const seen: string[] = [];
      let mayPass = false;
      await ordered(
        (event) => {
          const { tenantId } = event as Packed & { readonly tenantId: string };
          if (tenantId === 'tenant-1' && event.data.amount === 0 && !mayPass) throw new Error('not yet');
          seen.push(`${tenantId} ${event.data.amount}`);
        },
        { maxRetries: 1_000, retryDelaysMs: [20] },
      );
      await publish(['a'], 3);
      await publish(['a'], 3, '1.0.0', 'tenant-2');
      await harness.eventually('those of the second tenant are handled', () => seen.length === 3);
      expect(seen).toEqual(['tenant-2 0', 'tenant-2 1', 'tenant-2 2']);
      mayPass = true;
      await harness.eventually('all are handled', () => seen.length === 6);
      expect(seen.slice(3)).toEqual(['tenant-1 0', 'tenant-1 1', 'tenant-1 2']);
    });

    it("whenFailed: 'pass': the next events of the key are handled before the retry", async () => {
      const runs: string[] = [];
      await ordered(
        ({ data: { amount } }, attempt) => {
          runs.push(`${amount}/${attempt}`);
          if (amount === 0 && attempt === 1) throw new Error('not yet');
        },
        { maxRetries: 1, retryDelaysMs: [500], order: { by: 'key', whenFailed: 'pass' } },
      );
      await publish(['a'], 3);
      await harness.eventually('all have run', () => runs.length === 4);
      expect(runs).toEqual(['0/1', '1/1', '2/1', '0/2']);
    });

    it.each(['pass', 'retry', 'edit', 'discard'] as const)(
      'an event that becomes a dead letter: %s',
      async (action) => {
        const runs: number[] = [];
        const whenDead = action === 'pass' ? 'pass' : 'hold';
        const bus = await ordered(
          ({ data: { amount } }) => {
            runs.push(amount);
            if (amount === 0 && runs.length === 1) throw new NonRetryableError('never');
          },
          { order: { by: 'key', whenDead } },
        );
        await publish(['a'], 3);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        if (action === 'pass') {
          await harness.eventually('the others have run', () => runs.length === 3);
          expect(runs).toEqual([0, 1, 2]);
          return;
        }
        await harness.eventually('two wait', () => bus.health().consumer?.waiting === 2);
        await harness.quiet();
        expect(runs).toEqual([0]);
        const [letter] = (await harness.deadLetters.list()).items;
        const id = letter?.id ?? '';
        if (action === 'retry') await harness.deadLetters.retry(id, by);
        else if (action === 'edit') await harness.deadLetters.retryEdited(id, { orderId: 'a', amount: 7 }, by);
        else await harness.deadLetters.discard(id, by);
        const expected = { retry: [0, 0, 1, 2], edit: [0, 7, 1, 2], discard: [0, 1, 2] }[action];
        await harness.eventually('all have run', () => runs.length === expected.length);
        expect(runs).toEqual(expected);
      },
    );

    it('a parked event holds its key until it is discarded', async () => {
      const runs: number[] = [];
      const bus = await ordered(({ data: { amount } }) => void runs.push(amount));
      await publish(['a'], 1, '2.0.0');
      await publish(['a'], 2);
      await harness.eventually('it is parked', async () => (await harness.parked.count()) === 1);
      await harness.eventually('two wait', () => bus.health().consumer?.waiting === 2);
      expect(runs).toEqual([]);
      const [parked] = (await harness.parked.list()).items;
      await harness.parked.discard(parked?.id ?? '', by);
      await harness.eventually('the others have run', () => runs.length === 2);
      expect(runs).toEqual([0, 1]);
    });

    it('a replay is ordered within itself', async () => {
      const replayed: number[] = [];
      let live = 0;
      await ordered(async ({ data: { amount }, replay }) => {
        await sleep(3 - amount);
        if (replay === undefined) live += 1;
        else replayed.push(amount);
      });
      await publish(['a'], 4);
      await harness.eventually('all are handled', () => live === 4);
      await harness.replay({ groups: ['accounts'] });
      await harness.eventually('all are replayed', () => replayed.length === 4);
      expect(replayed).toEqual([0, 1, 2, 3]);
    });
  });
}
