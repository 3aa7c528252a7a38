import {
  type EventBus,
  type EventDefinition,
  eventDraft,
  type HandlerContext,
  type HandlerOptions,
  NonRetryableError,
  type Subscription,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { isCuid } from '@paralleldrive/cuid2';
import { describe, expect, it } from 'vitest';
import {
  allEvents,
  anOrder,
  atVersion,
  type Order,
  OrderPaid,
  OrderPlaced,
  ShopsOpened,
} from '../support/events/events.js';
import { type Harness, useHarness } from './harness.js';

interface Seen {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly [field: string]: unknown;
}

const tenant = { tenantId: 'tenant-1' };
const soon = { retryDelaysMs: [20] } as const;

/** Random numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** The common behaviour of all transports. */
export function describeContract(name: string, createHarness: () => Promise<Harness>): void {
  describe(`contract: ${name}`, () => {
    const harness = useHarness(createHarness);

    function bus(service: string, options: { readonly concurrency?: number; readonly maxEventBytes?: number } = {}) {
      return harness.createBus({ service, ...options });
    }

    async function started(service: string, ...subscriptions: Subscription[]): Promise<EventBus> {
      const made = bus(service);
      made.subscribe(subscriptions);
      await made.start();
      return made;
    }

    function on(
      pattern: string,
      handler: string,
      run: (event: Seen, ctx: HandlerContext) => unknown,
      options: HandlerOptions = {},
    ): Subscription {
      return subscribeTo(allEvents, pattern, { name: handler, ...options }, async (event: Seen, ctx) => {
        await run(event, ctx);
      });
    }

    describe('publishing', () => {
      it('resolves with the ids of the event and its entry, and delivers the envelope', async () => {
        const seen: Seen[] = [];
        await started(
          'billing',
          on('shop.order.placed', 'bill', (event) => seen.push(event)),
        );
        const published = await bus('shop').publish(OrderPlaced, anOrder, { ...tenant, userId: 'user-1' });
        await harness.eventually('it is handled', () => seen.length === 1);
        expect(published).toEqual({
          id: expect.stringMatching(/^[a-z][0-9a-z]{23}$/),
          streamId: expect.stringMatching(/^\d+-\d+(\.\d+)?$/),
          duplicate: false,
        });
        expect(seen).toEqual([
          {
            id: published.id,
            type: 'shop.order.placed',
            source: 'shop',
            version: '1.0.0',
            data: anOrder,
            correlationId: published.id,
            tenantId: 'tenant-1',
            userId: 'user-1',
            timestamp: expect.any(String),
          },
        ]);
      });

      it('refuses invalid data with every violation and its path', async () => {
        const wrong = { orderId: 7, amount: 'x', more: true } as unknown as Order;
        await expect(bus('shop').publish(OrderPlaced, wrong, tenant)).rejects.toMatchObject({
          code: 'VALIDATION_FAILED',
          violations: [{ path: '$.orderId' }, { path: '$.amount' }, { path: '$' }],
        });
      });

      it('refuses an event without a tenant', async () => {
        // @ts-expect-error no tenant: the compiler refuses it, too
        await expect(bus('shop').publish(OrderPlaced, anOrder)).rejects.toMatchObject({ code: 'CONTEXT_INVALID' });
      });

      it('refuses an event that is too large', async () => {
        const large = { ...anOrder, orderId: 'x'.repeat(1000) };
        const publish = bus('shop', { maxEventBytes: 1000 }).publish(OrderPlaced, large, tenant);
        await expect(publish).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
      });

      it('publishBatch: publishes all events in order, or none', async () => {
        const seen: unknown[] = [];
        await started(
          'billing',
          on('*', 'bill', ({ data }) => seen.push((data as Order).orderId), { concurrency: 1 }),
        );
        const shop = bus('shop').withContext(tenant);
        const order = (orderId: string) => eventDraft(OrderPlaced, { ...anOrder, orderId });
        const wrong = eventDraft(OrderPlaced, { orderId: 1 } as unknown as Order);
        await expect(shop.publishBatch([order('never'), wrong])).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
        expect(await shop.publishBatch([order('a'), order('b'), order('c')])).toHaveLength(3);
        expect(await shop.publishBatch([])).toEqual([]);
        await harness.eventually('all are handled', () => seen.length === 3);
        await harness.quiet();
        expect(seen).toEqual(['a', 'b', 'c']);
      });

      it('publishBatch with drafts of two tenants: refuses all of them', async () => {
        const shop = bus('shop');
        const mine = eventDraft(OrderPlaced, anOrder, tenant);
        const theirs = eventDraft(OrderPlaced, anOrder, { tenantId: 'tenant-2' });
        await expect(shop.publishBatch([mine, theirs])).rejects.toMatchObject({
          code: 'CONTEXT_INVALID',
          message: expect.stringContaining('two tenants ("tenant-1" and "tenant-2")'),
        });
        await expect(shop.publishBatch([mine, eventDraft(OrderPlaced, anOrder)], tenant)).resolves.toHaveLength(2);
      });

      it('a second publish with the same idempotency key and tenant is not written', async () => {
        const shop = bus('shop');
        const once = { idempotencyKey: 'order-1' };
        const first = await shop.publish(OrderPlaced, anOrder, { ...tenant, ...once });
        expect(await shop.publish(OrderPlaced, anOrder, { ...tenant, ...once })).toEqual({ ...first, duplicate: true });
        const other = await shop.publish(OrderPlaced, anOrder, { tenantId: 'tenant-2', ...once });
        expect(other.duplicate).toBe(false);
      });

      it('an idempotency key is forgotten after its TTL', async () => {
        const shop = bus('shop').withContext(tenant);
        const once = { idempotencyKey: 'order-1', idempotencyTtlMs: 50 };
        await shop.publish(OrderPlaced, anOrder, once);
        let again = true;
        await harness.eventually('it is written again', async () => {
          again = (await shop.publish(OrderPlaced, anOrder, { ...once, idempotencyTtlMs: 1 })).duplicate;
          return !again;
        });
      });

      it('an event with an id that was already written is not written again', async () => {
        const shop = bus('shop').withContext(tenant);
        const first = await shop.publish(OrderPlaced, anOrder);
        const again = await shop.publish(OrderPlaced, anOrder, { id: first.id });
        expect(again).toEqual({ ...first, duplicate: true });
      });

      it('a closed bus refuses publishes', async () => {
        const shop = bus('shop');
        await shop.close();
        await expect(shop.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject({ code: 'CLOSED' });
        await expect(shop.start()).rejects.toMatchObject({ code: 'CLOSED' });
      });
    });

    describe('subscribing', () => {
      it('patterns: each handler receives exactly the event types that its pattern matches', async () => {
        const seen: string[] = [];
        const patterns = ['*', 'shop.*', 'shop.order.*', 'shop.order.paid', 'shops.*'];
        const handlers = patterns.map((pattern, index) =>
          on(pattern, `handler-${index}`, ({ type }) => seen.push(`${pattern} ${type}`)),
        );
        await started('audit', ...handlers);
        const shop = bus('shop').withContext(tenant);
        await shop.publishBatch([eventDraft(OrderPaid, anOrder), eventDraft(ShopsOpened, anOrder)]);
        await harness.eventually('both are handled', () => seen.length >= 6);
        await harness.quiet();
        expect(seen.sort()).toEqual([
          '* shop.order.paid',
          '* shops.shop.opened',
          'shop.* shop.order.paid',
          'shop.order.* shop.order.paid',
          'shop.order.paid shop.order.paid',
          'shops.* shops.shop.opened',
        ]);
      });

      it('refuses two handlers with one name, and handlers after the start', async () => {
        const billing = await started(
          'billing',
          on('*', 'bill', () => undefined),
        );
        expect(() =>
          bus('mail').subscribe(
            on('*', 'a', () => undefined),
            on('*', 'a', () => undefined),
          ),
        ).toThrow('HANDLER_DUPLICATE');
        expect(() => billing.subscribe(on('*', 'late', () => undefined))).toThrow('CONFIG_INVALID');
      });

      it('each group gets every event, also a group that starts later', async () => {
        const seen: string[] = [];
        await started(
          'billing',
          on('*', 'bill', () => seen.push('billing')),
        );
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('one process has it', () => seen.length === 1);
        await started(
          'mail',
          on('*', 'send', () => seen.push('mail')),
        );
        await harness.eventually('both processes have it', () => seen.length === 2);
        expect(seen).toEqual(['billing', 'mail']);
      });

      it('the processes of one group share the events', async () => {
        const counts = [0, 0];
        for (const index of [0, 1]) {
          const made = bus('billing', { concurrency: 2 });
          made.subscribe(
            on('*', 'bill', async () => {
              counts[index] = (counts[index] ?? 0) + 1;
              await new Promise((resolve) => setTimeout(resolve, 2));
            }),
          );
          await made.start();
        }
        const shop = bus('shop').withContext(tenant);
        await Promise.all(Array.from({ length: 100 }, () => shop.publish(OrderPlaced, anOrder)));
        await harness.eventually('all are handled', () => (counts[0] ?? 0) + (counts[1] ?? 0) >= 100);
        await harness.quiet();
        expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(100);
        expect(Math.min(...counts)).toBeGreaterThan(0);
      });

      it('priority: a lower number runs first, 100 is the default, each level ends before the next begins', async () => {
        const runs: string[] = [];
        const slow = (name: string, priority?: number) =>
          on(
            '*',
            name,
            async () => {
              runs.push(`${name} starts`);
              await new Promise((resolve) => setTimeout(resolve, 5));
              runs.push(`${name} ends`);
            },
            priority === undefined ? {} : { priority },
          );
        await started('billing', slow('late', 200), slow('default'), slow('early', 10));
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('all have run', () => runs.length === 6);
        expect(runs).toEqual([
          ...['early starts', 'early ends', 'default starts', 'default ends', 'late starts', 'late ends'],
        ]);
      });

      it('limits a handler to its concurrency', async () => {
        let running = 0;
        let most = 0;
        let ended = 0;
        const limited = on(
          '*',
          'bill',
          async () => {
            running += 1;
            most = Math.max(most, running);
            await new Promise((resolve) => setTimeout(resolve, 2));
            running -= 1;
            ended += 1;
          },
          { concurrency: 3 },
        );
        await started('billing', limited);
        const shop = bus('shop').withContext(tenant);
        await Promise.all(Array.from({ length: 30 }, () => shop.publish(OrderPlaced, anOrder)));
        await harness.eventually('all have run', () => ended === 30);
        expect(most).toBe(3);
      });
    });

    describe('reading', () => {
      const envelope = (event: EventDefinition, data: unknown, more: object = {}) =>
        JSON.stringify({
          id: 'e123456789012345678901234',
          type: event.type,
          source: 'elsewhere',
          version: '1.0.0',
          data,
          timestamp: '2026-01-01T00:00:00.000Z',
          correlationId: 'c',
          tenantId: 'tenant-1',
          ...more,
        });

      it('allows properties that the schema does not describe', async () => {
        const seen: unknown[] = [];
        await started(
          'billing',
          on('*', 'bill', ({ data }) => seen.push(data)),
        );
        await harness.write(envelope(OrderPlaced, { ...anOrder, currency: 'EUR' }));
        await harness.eventually('it is handled', () => seen.length === 1);
        expect(seen).toEqual([{ ...anOrder, currency: 'EUR' }]);
      });

      it('delivers an unknown type to pattern handlers as UnknownEvent', async () => {
        const seen: Seen[] = [];
        await started(
          'billing',
          on('shop.*', 'bill', (event) => seen.push(event)),
        );
        await harness.write(envelope({ ...OrderPlaced, type: 'shop.order.shipped' }, { any: 'thing' }));
        await harness.eventually('it is handled', () => seen.length === 1);
        expect(seen).toMatchObject([{ type: 'shop.order.shipped', unknown: true, data: { any: 'thing' } }]);
      });

      it('makes dead letters of entries that are not envelopes or break their schema, and continues', async () => {
        const seen: Seen[] = [];
        await started(
          'billing',
          on('*', 'bill', (event) => seen.push(event)),
        );
        await harness.write('not json');
        await harness.write('{"id":"a"}');
        await harness.write(envelope(OrderPlaced, { orderId: 1 }));
        const { id } = await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('the valid event is handled', () => seen.length === 1);
        await harness.eventually('the others are dead', async () => (await harness.deadLetters.count()) === 3);
        expect(seen[0]?.id).toBe(id);
        const { items } = await harness.deadLetters.list();
        expect(items.map(({ reason, handler }) => `${reason} ${handler}`).sort()).toEqual([
          'NOT_ENVELOPE *',
          'NOT_JSON *',
          'SCHEMA bill',
        ]);
        expect(items.find(({ reason }) => reason === 'NOT_JSON')?.envelope).toBe('not json');
      });
    });

    describe('versions', () => {
      const order = (version: string, data: unknown = anOrder, id = 'e123456789012345678901234') =>
        JSON.stringify({
          id,
          type: OrderPlaced.type,
          source: 'elsewhere',
          version,
          data,
          tenantId: 'tenant-1',
          timestamp: '2026-01-01T00:00:00.000Z',
          correlationId: 'c',
        });
      /** A build of billing that knows one version of OrderPlaced. */
      async function build(
        version: string,
        run: (event: Seen, ctx: HandlerContext) => unknown,
        options: HandlerOptions & { readonly accepts?: (data: unknown) => boolean } = {},
      ): Promise<EventBus> {
        const { accepts, ...handlerOptions } = options;
        const definition = atVersion(OrderPlaced, version, accepts);
        const made = bus('billing');
        made.subscribe(
          subscribeTo([definition], '*', { name: 'bill', ...handlerOptions }, async (event: Seen, ctx) => {
            await run(event, ctx);
          }),
        );
        await made.start();
        return made;
      }
      const unusual = { orderId: 'o', amount: 'unusual' };
      const acceptsUnusual = (data: unknown) => (data as { amount?: unknown }).amount === 'unusual';
      const dead = async () => (await harness.deadLetters.list()).items.map(({ reason }) => reason);

      it.each<[event: string, build: string, data: unknown, what: 'handled' | 'SCHEMA' | 'VERSION_RETIRED' | 'parked']>(
        [
          ['1.2.0', '1.2.0', anOrder, 'handled'],
          ['1.2.0', '1.2.0', unusual, 'SCHEMA'],
          ['1.1.0', '1.2.0', anOrder, 'handled'],
          ['1.1.0', '1.2.0', unusual, 'SCHEMA'],
          ['1.2.9', '1.2.0', unusual, 'SCHEMA'],
          ['unversioned', '1.2.0', anOrder, 'handled'],
          ['unversioned', '1.2.0', unusual, 'SCHEMA'],
          ['1', '1.2.0', anOrder, 'handled'],
          ['1.3.0', '1.2.0', anOrder, 'handled'],
          ['1.3.0', '1.2.0', unusual, 'parked'],
          ['2.0.0', '1.2.0', anOrder, 'parked'],
          ['2.0.0-rc.1', '1.2.0', anOrder, 'parked'],
          ['10.0.0', '9.0.0', anOrder, 'parked'],
          ['1.2.0', '2.0.0', anOrder, 'VERSION_RETIRED'],
          ['0.9.0', '1.2.0', anOrder, 'VERSION_RETIRED'],
        ],
      )('an event of %s in a build of %s with data %j: %s', async (version, known, data, what) => {
        const seen: Seen[] = [];
        await build(known, (event) => seen.push(event));
        await harness.write(order(version, data));
        await harness.eventually('it has an outcome', async () => {
          return seen.length + (await harness.deadLetters.count()) + (await harness.parked.count()) > 0;
        });
        await harness.quiet();
        const outcome = [
          ...seen.map(() => 'handled'),
          ...(await dead()),
          ...(await harness.parked.list()).items.map(() => 'parked'),
        ];
        expect(outcome).toEqual([what]);
        for (const event of seen) expect(event).toMatchObject({ version, data });
      });

      it('a parked event is handled once, by the first build that knows its version; its envelope is unchanged', async () => {
        const old: Seen[] = [];
        const seen: Seen[] = [];
        await build('1.0.0', (event) => old.push(event));
        const json = order('2.1.0');
        await harness.write(json);
        await harness.eventually('it is parked', async () => (await harness.parked.count()) === 1);
        const { items } = await harness.parked.list();
        expect(items).toMatchObject([
          {
            group: 'billing',
            handler: 'bill',
            type: OrderPlaced.type,
            version: '2.1.0',
            tenantId: 'tenant-1',
            envelope: json,
          },
        ]);
        expect(await harness.parked.get(items[0]?.id ?? '')).toEqual(items[0]);
        // This build does not know 2.1 either.
        await build('2.0.0', (event) => old.push(event), { accepts: () => false });
        await harness.quiet();
        expect(await harness.parked.count()).toBe(1);
        await build('2.1.0', (event) => seen.push(event));
        await harness.eventually('it is handled', () => seen.length === 1);
        await harness.quiet();
        expect([old.length, seen.length, await harness.parked.count(), await harness.deadLetters.count()]).toEqual([
          0, 1, 0, 0,
        ]);
        expect(seen[0]).toMatchObject({ version: '2.1.0', data: anOrder });
      });

      it('builds of both versions in parallel: each event is handled once, by a build that can read it', async () => {
        const runs = new Map<string, string[]>();
        const note = (known: string) => (event: Seen) => {
          runs.set(event.id, [...(runs.get(event.id) ?? []), `${String(event.version)} by ${known}`]);
        };
        await build('1.0.0', note('1.0.0'));
        await build('1.1.0', note('1.1.0'), { accepts: acceptsUnusual });
        for (let n = 0; n < 40; n += 1)
          await harness.write(order('1.1.0', n % 2 === 0 ? anOrder : unusual, `event${n}`));
        await harness.eventually('all are handled', () => runs.size === 40);
        await harness.quiet();
        expect([...runs.values()].every(({ length }) => length === 1)).toBe(true);
        for (let n = 1; n < 40; n += 2) expect(runs.get(`event${n}`)).toEqual(['1.1.0 by 1.1.0']);
        expect([await harness.parked.count(), await harness.deadLetters.count()]).toEqual([0, 0]);
      });

      it('attempt, effects and idempotency key are preserved while a delivery is parked', async () => {
        const runs: unknown[] = [];
        const old = await build('1.0.0', () => undefined);
        await harness.write(order('2.0.0'));
        await harness.eventually('it is parked', async () => (await harness.parked.count()) === 1);
        let effects = 0;
        const run = async (_event: Seen, ctx: HandlerContext) => {
          await ctx.once('effect', () => {
            effects += 1;
          });
          runs.push([ctx.attempt, ctx.idempotencyKey]);
          if (ctx.attempt < 3) throw new Error('again');
        };
        await build('2.0.0', run, soon);
        await harness.eventually('three runs', () => runs.length === 3);
        const key = 'billing/bill/e123456789012345678901234';
        expect(runs).toEqual([1, 2, 3].map((attempt) => [attempt, key]));
        expect(effects).toBe(1);
        expect(old.health().ready).toBe(true);
      });

      it('replays and retried dead letters of a newer version are parked, too, and such a dead letter cannot be edited', async () => {
        const seen: Seen[] = [];
        const failing = await build('2.0.0', () => Promise.reject(new NonRetryableError('no')));
        await harness.write(order('2.0.0'));
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        await failing.close();
        await build('1.0.0', (event) => seen.push(event));
        const [letter] = (await harness.deadLetters.list()).items;
        const edit = harness.deadLetters.retryEdited(letter?.id ?? '', anOrder, { actor: 'ann' });
        await expect(edit).rejects.toMatchObject({ code: 'CONFLICT' });
        await harness.deadLetters.retry(letter?.id ?? '', { actor: 'ann' });
        await harness.eventually('it is parked', async () => (await harness.parked.count()) === 1);
        const jobId = await harness.replay({});
        await harness.eventually('the replay is parked', async () => (await harness.parked.count()) === 2);
        const { items } = await harness.parked.list();
        expect(items.map(({ replayJobId }) => replayJobId ?? 'live').sort()).toEqual(['live', jobId].sort());
        await build('2.0.0', (event) => seen.push(event));
        await harness.eventually('both are handled', () => seen.length === 2);
        expect(seen.map(({ replay }) => replay === undefined).sort()).toEqual([false, true]);
      });

      it('a dead letter of a retired version can be edited; one of a newer version cannot', async () => {
        const seen: Seen[] = [];
        const run = (event: Seen) => {
          seen.push(event);
          if (event.version === '1.5.0') throw new NonRetryableError('no');
        };
        await build('1.0.0', run);
        await harness.write(order('0.9.0'));
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        const [retired] = (await harness.deadLetters.list()).items;
        await harness.deadLetters.retryEdited(retired?.id ?? '', anOrder, { actor: 'ann' });
        await harness.eventually('it is handled', () => seen.length === 1);
        expect(seen[0]).toMatchObject({ version: '1.0.0', data: anOrder });
      });

      it('parked deliveries are listed in pages and discarded, once', async () => {
        const seen: Seen[] = [];
        await build('1.0.0', (event) => seen.push(event));
        for (let n = 0; n < 5; n += 1) await harness.write(order('2.0.0', anOrder, `event${n}`));
        await harness.eventually('all are parked', async () => (await harness.parked.count()) === 5);
        const first = await harness.parked.list({ limit: 3 });
        const second = await harness.parked.list({
          limit: 3,
          ...(first.cursor === undefined ? {} : { cursor: first.cursor }),
        });
        const ids = [...first.items, ...second.items].map(({ eventId }) => eventId);
        expect(ids.sort()).toEqual(['event0', 'event1', 'event2', 'event3', 'event4']);
        expect(second.cursor).toBeUndefined();
        expect(await harness.parked.list({ group: 'mail' })).toEqual({ items: [], cursor: undefined });
        const by = { actor: 'ann' };
        const [one] = first.items;
        const both = await Promise.allSettled([
          harness.parked.discard(one?.id ?? '', by),
          harness.parked.discard(one?.id ?? '', by),
        ]);
        expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await expect(harness.parked.discard(one?.id ?? '', by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await harness.parked.get('nonsense')).toBeUndefined();
        await build('2.0.0', (event) => seen.push(event));
        await harness.eventually('the others are handled', () => seen.length === 4);
        await harness.quiet();
        expect(seen.map(({ id }) => id)).not.toContain(one?.eventId);
        expect(await harness.parked.count()).toBe(0);
      });
    });

    describe('retrying', () => {
      it('retries only the handler that failed', async () => {
        const runs: string[] = [];
        const failing = on(
          '*',
          'failing',
          (_event, ctx) => {
            runs.push(`failing ${ctx.attempt} of ${ctx.maxAttempts}`);
            if (ctx.attempt < 3) throw new Error('not yet');
          },
          soon,
        );
        await started(
          'billing',
          failing,
          on('*', 'steady', () => runs.push('steady')),
        );
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('the third run has ended', () => runs.length === 4);
        await harness.quiet();
        expect(runs.sort()).toEqual(['failing 1 of 4', 'failing 2 of 4', 'failing 3 of 4', 'steady']);
        expect(await harness.deadLetters.count()).toBe(0);
      });

      it('makes a dead letter after the last retry, with the event, the error and the number of runs', async () => {
        const failing = on(
          '*',
          'bill',
          () => {
            throw new TypeError('no card');
          },
          { ...soon, maxRetries: 1 },
        );
        await started('billing', failing);
        const { id, streamId } = await bus('shop').publish(OrderPlaced, anOrder, { ...tenant, correlationId: 'flow' });
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        const [letter] = (await harness.deadLetters.list()).items;
        expect(letter).toMatchObject({
          eventId: id,
          streamId,
          type: 'shop.order.placed',
          tenantId: 'tenant-1',
          correlationId: 'flow',
          group: 'billing',
          handler: 'bill',
          reason: 'RETRIES_EXHAUSTED',
          attempts: 2,
          error: { name: 'TypeError', message: 'no card', stack: expect.stringContaining('no card') },
        });
        expect(JSON.parse(letter?.envelope ?? '')).toMatchObject({ id, data: anOrder });
        expect(await harness.deadLetters.get(letter?.id ?? '')).toEqual(letter);
      });

      it('does not retry a NonRetryableError, and retries a thrown string only maxRetries times', async () => {
        let runs = 0;
        await started(
          'billing',
          on('shop.order.placed', 'hopeless', () => {
            runs += 1;
            throw new NonRetryableError('no such customer');
          }),
          on(
            'shop.order.paid',
            'rude',
            () => {
              throw 'a string';
            },
            { maxRetries: 0 },
          ),
        );
        await bus('shop')
          .withContext(tenant)
          .publishBatch([eventDraft(OrderPlaced, anOrder), eventDraft(OrderPaid, anOrder)]);
        await harness.eventually('both are dead', async () => (await harness.deadLetters.count()) === 2);
        const { items } = await harness.deadLetters.list();
        expect(items.map(({ reason, error }) => `${reason}: ${error.message}`).sort()).toEqual([
          'NON_RETRYABLE: no such customer',
          'RETRIES_EXHAUSTED: a string',
        ]);
        expect(runs).toBe(1);
      });

      it('a run that takes longer than its timeout fails, and its signal is aborted', async () => {
        let aborted = false;
        const never = on(
          '*',
          'bill',
          (_event, ctx) =>
            new Promise((resolve) => {
              ctx.signal.addEventListener('abort', () => {
                aborted = true;
                resolve(undefined);
              });
            }),
          { timeoutMs: 20, maxRetries: 0 },
        );
        await started('billing', never);
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        expect(aborted).toBe(true);
        expect((await harness.deadLetters.list()).items[0]?.error.code).toBe('HANDLER_TIMEOUT');
      });
    });

    describe('dead letters', () => {
      async function oneDead(): Promise<{ runs: Seen[]; heal: () => void; eventId: string; letterId: string }> {
        const runs: Seen[] = [];
        let healed = false;
        const failing = on(
          '*',
          'bill',
          (event) => {
            runs.push(event);
            if (!healed) throw new Error('the bank is closed');
          },
          { maxRetries: 0 },
        );
        const others = on('*', 'other', () => undefined);
        await started('billing', failing, others);
        const { id } = await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        const [letter] = (await harness.deadLetters.list()).items;
        return {
          runs,
          eventId: id,
          letterId: letter?.id ?? '',
          heal: () => {
            healed = true;
          },
        };
      }

      it('are retried under the same event id, once', async () => {
        const { runs, heal, eventId, letterId } = await oneDead();
        heal();
        const by = { actor: 'ann' };
        const both = await Promise.allSettled([
          harness.deadLetters.retry(letterId, by),
          harness.deadLetters.retry(letterId, by),
        ]);
        expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
        await harness.eventually('it runs again', () => runs.length === 2);
        await harness.quiet();
        expect(runs.map(({ id }) => id)).toEqual([eventId, eventId]);
        expect(await harness.deadLetters.count()).toBe(0);
        await expect(harness.deadLetters.retry(letterId, by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('are retried with edited data as a new event, if the data is valid', async () => {
        const { runs, heal, eventId, letterId } = await oneDead();
        heal();
        const edit = (data: unknown) => harness.deadLetters.retryEdited(letterId, data, { actor: 'ann' });
        await expect(edit({ orderId: 1 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
        const { eventId: newId } = await edit({ ...anOrder, amount: 1 });
        await harness.eventually('it runs again', () => runs.length === 2);
        expect(newId).not.toBe(eventId);
        expect(runs[1]).toMatchObject({ id: newId, causationId: eventId, data: { ...anOrder, amount: 1 } });
      });

      it('are discarded for good', async () => {
        const { runs, heal, letterId } = await oneDead();
        heal();
        await harness.deadLetters.discard(letterId, { actor: 'ann' });
        await harness.quiet();
        expect(runs).toHaveLength(1);
        expect(await harness.deadLetters.get(letterId)).toBeUndefined();
        const again = harness.deadLetters.discard(letterId, { actor: 'ann' });
        await expect(again).rejects.toMatchObject({ code: 'NOT_FOUND' });
      });

      it('are listed newest first, in pages', async () => {
        const failing = on(
          '*',
          'bill',
          () => {
            throw new NonRetryableError('no');
          },
          { concurrency: 1 },
        );
        await started('billing', failing);
        const shop = bus('shop').withContext(tenant);
        const ids: string[] = [];
        for (let index = 0; index < 5; index += 1) {
          ids.push((await shop.publish(OrderPlaced, anOrder)).id);
          await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === index + 1);
        }
        const first = await harness.deadLetters.list({ limit: 3 });
        const second = await harness.deadLetters.list({ limit: 3, cursor: first.cursor ?? '' });
        expect([...first.items, ...second.items].map(({ eventId }) => eventId)).toEqual(ids.reverse());
        expect(second.cursor).toBeUndefined();
      });
    });

    describe("a handler's context", () => {
      it("publishes with the event's tenant and correlation id, and with the event as the cause", async () => {
        const seen: Seen[] = [];
        await started(
          'billing',
          on('shop.order.placed', 'bill', (_event, ctx) => ctx.publish(OrderPaid, anOrder)),
          on('shop.order.paid', 'thank', (event) => seen.push(event)),
        );
        const context = { ...tenant, userId: 'user-1', correlationId: 'flow-1' };
        const { id } = await bus('shop').publish(OrderPlaced, anOrder, context);
        await harness.eventually('the second is handled', () => seen.length === 1);
        expect(seen[0]).toMatchObject({ ...context, causationId: id, source: 'billing' });
      });

      it('once: runs a side effect once for several runs of the handler', async () => {
        const results: unknown[] = [];
        let effects = 0;
        const failing = on(
          '*',
          'bill',
          async (_event, ctx) => {
            results.push(
              await ctx.once('charge', () => {
                effects += 1;
                return { receipt: effects };
              }),
            );
            if (ctx.attempt < 3) throw new Error('after the effect');
          },
          soon,
        );
        await started('billing', failing);
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('three runs', () => results.length === 3);
        expect(results).toEqual([{ receipt: 1 }, { receipt: 1 }, { receipt: 1 }]);
      });

      it('once: runs a failed side effect again', async () => {
        const results: unknown[] = [];
        const failing = on(
          '*',
          'bill',
          async (_event, ctx) => {
            const effect = () => {
              if (ctx.attempt === 1) throw new Error('the effect failed');
              return ctx.attempt;
            };
            results.push(await ctx.once('charge', effect));
          },
          soon,
        );
        await started('billing', failing);
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('the second run', () => results.length === 1);
        expect(results).toEqual([2]);
      });

      it('identifies the delivery: group, handler, and a key that is the same for every run', async () => {
        const keys: string[] = [];
        const failing = on(
          '*',
          'bill',
          (_event, ctx) => {
            keys.push(`${ctx.group} ${ctx.handler} ${ctx.idempotencyKey}`);
            if (ctx.attempt === 1) throw new Error('again');
          },
          soon,
        );
        await started('billing', failing);
        const { id } = await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('two runs', () => keys.length === 2);
        expect(new Set(keys)).toEqual(new Set([`billing bill billing/bill/${id}`]));
      });
    });

    describe('replays', () => {
      it('deliver events again to the requested handlers, marked, after live events', async () => {
        const seen: Seen[] = [];
        const note = (handler: string) =>
          on('*', handler, (event, ctx) => seen.push({ ...event, handler, key: ctx.idempotencyKey }));
        await started('billing', note('bill'), note('mail'));
        const service = await started('audit', note('audit'));
        const { id } = await service.publish(OrderPlaced, anOrder, tenant);
        await service.publish(OrderPaid, anOrder, tenant);
        await harness.eventually('all are handled', () => seen.length === 6);
        const live = seen.find((event) => event.id === id && event.handler === 'mail');
        const jobId = await harness.replay({
          eventTypes: ['shop.order.placed'],
          groups: ['audit'],
          handlers: [{ group: 'billing', handler: 'mail' }],
        });
        await harness.eventually('one was delivered again', () => seen.length === 8);
        await harness.quiet();
        const again = seen.slice(6).sort((a, b) => (String(a.handler) < String(b.handler) ? -1 : 1));
        expect(again).toMatchObject([
          { id, handler: 'audit', data: anOrder, replay: { jobId } },
          { id, handler: 'mail', data: anOrder, replay: { jobId }, key: `${live?.key}/${jobId}` },
        ]);
      });

      it('respect the option replay of handlers: include, skip or only', async () => {
        const seen: string[] = [];
        const handler = (replay: 'include' | 'skip' | 'only') =>
          on('*', replay, (event) => seen.push(`${replay} ${event.replay === undefined ? 'live' : 'replay'}`), {
            replay,
          });
        const service = await started('billing', handler('include'), handler('skip'), handler('only'));
        await service.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is handled', () => seen.length === 2);
        await harness.replay({});
        await harness.eventually('it was delivered again', () => seen.length === 4);
        await harness.quiet();
        expect(seen.sort()).toEqual(['include live', 'include replay', 'only replay', 'skip live']);
      });

      it('have separate retries, effects and dead letters', async () => {
        const effects: unknown[] = [];
        const run = async (event: Seen, ctx: HandlerContext) => {
          await ctx.once('effect', () => {
            effects.push(event.replay);
          });
          if (event.replay !== undefined) throw new Error('no');
        };
        const service = await started('billing', on('*', 'bill', run, { maxRetries: 1, ...soon }));
        const { id } = await service.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is handled', () => effects.length === 1);
        const jobId = await harness.replay({});
        expect(isCuid(jobId.replace(/^replay-/, '')), jobId).toBe(true);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        const [letter] = (await harness.deadLetters.list()).items;
        expect(letter).toMatchObject({ eventId: id, replayJobId: jobId, attempts: 2 });
        expect(effects).toEqual([undefined, { jobId }]);
      });

      it('are refused if the group does not exist', async () => {
        await started(
          'billing',
          on('*', 'bill', () => undefined),
        );
        const replay = async () => harness.replay({ groups: ['nobody'] });
        await expect(replay()).rejects.toMatchObject({ code: 'REPLAY_INVALID' });
      });
    });

    describe('⚑ start, publish, subscribe and close', () => {
      const outcome = (settling: Promise<unknown>) =>
        settling.then(
          () => 'resolved',
          (error: { readonly code?: string }) => error.code ?? 'no code',
        );
      const handler = () => on('*', 'bill', () => undefined);

      it('close waits for earlier publishes, also before the first connection', async () => {
        const shop = bus('shop');
        const publishing = [1, 2, 3].map(() => outcome(shop.publish(OrderPlaced, anOrder, tenant)));
        await shop.close();
        expect(await Promise.all(publishing)).toEqual(['resolved', 'resolved', 'resolved']);
        const seen: Seen[] = [];
        await started(
          'billing',
          on('*', 'bill', (event) => seen.push(event)),
        );
        await harness.eventually('all were written', () => seen.length === 3);
      });

      it('after close, start and subscribe are refused, a second close is not', async () => {
        const billing = bus('billing');
        billing.subscribe(handler());
        await billing.start();
        await billing.close();
        expect(await outcome(billing.start())).toBe('CLOSED');
        expect(() => billing.subscribe(handler())).toThrow('CLOSED');
        expect(await outcome(billing.publish(OrderPlaced, anOrder, tenant))).toBe('CLOSED');
        expect(await outcome(billing.close())).toBe('resolved');
        expect(billing.health()).toMatchObject({ live: true, ready: false, redis: 'closed' });
      });

      it('a bus that was not started closes immediately, and then refuses to start', async () => {
        const billing = bus('billing');
        billing.subscribe(handler());
        await billing.close();
        expect(await outcome(billing.start())).toBe('CLOSED');
      });

      it('close during start ends both', async () => {
        const billing = bus('billing');
        billing.subscribe(handler());
        const starting = outcome(billing.start());
        await billing.close();
        expect(['resolved', 'CLOSED']).toContain(await starting);
        expect(await outcome(billing.start())).toBe('CLOSED');
      });

      it('an empty batch is accepted by any bus, also a closed one', async () => {
        const shop = bus('shop');
        expect(await shop.publishBatch([])).toEqual([]);
        await shop.close();
        expect(await shop.publishBatch([], tenant)).toEqual([]);
        expect(await outcome(shop.publishBatch([eventDraft(OrderPlaced, anOrder, tenant)]))).toBe('CLOSED');
        const notDrafts = shop.publishBatch([undefined] as unknown as readonly never[]);
        expect(await outcome(notDrafts)).toBe('CONTEXT_INVALID');
      });

      it('a second start waits for the first one; handlers are refused after the first', async () => {
        const billing = bus('billing');
        billing.subscribe(handler());
        const [first, second] = [billing.start(), billing.start()];
        expect(second).toBe(first);
        expect(() => billing.subscribe(on('*', 'late', () => undefined))).toThrow('CONFIG_INVALID');
        await first;
        expect(billing.start()).toBe(first);
      });

      it('subscribe is refused after close, with or without a start', async () => {
        for (const startsFirst of [false, true]) {
          const billing = bus('billing');
          if (startsFirst) await billing.start();
          const closing = billing.close();
          expect(() => billing.subscribe(handler())).toThrow('CLOSED');
          expect(() => billing.subscribe()).toThrow('CLOSED');
          await closing;
          expect(() => billing.subscribe(handler())).toThrow('CLOSED');
        }
      });

      it('health includes the consumer after start', async () => {
        let release = () => {};
        const running = new Promise<void>((resolve) => {
          release = resolve;
        });
        const billing = bus('billing');
        billing.subscribe(on('*', 'bill', () => running));
        // A bus is ready as soon as it can use one partition.
        const isWell = () => billing.health().ready && billing.health().reasons.length === 0;
        await harness.eventually('it can publish', isWell);
        expect(billing.health()).toMatchObject({ live: true, reasons: [], redis: 'ready', pendingPublishBytes: 0 });
        expect(billing.health().consumer).toBeUndefined();
        await billing.start();
        await harness.eventually('it reads', isWell);
        expect(billing.health().consumer).toMatchObject({ problem: undefined, lastSettleMs: undefined, running: 0 });
        await billing.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it runs', () => billing.health().consumer?.running === 1);
        release();
        await harness.eventually('it is settled', () => billing.health().consumer?.lastSettleMs !== undefined);
        await harness.eventually('nothing runs', () => billing.health().consumer?.running === 0);
        expect(billing.health().consumer).toMatchObject({ unsettled: 0 });
        await billing.close();
        expect(billing.health()).toMatchObject({
          live: true,
          ready: false,
          redis: 'closed',
          reasons: ['the bus is closed'],
        });
      });

      it('start twice starts once', async () => {
        const seen: Seen[] = [];
        const billing = bus('billing');
        billing.subscribe(on('*', 'bill', (event) => seen.push(event)));
        await Promise.all([billing.start(), billing.start()]);
        await billing.start();
        await billing.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is handled', () => seen.length === 1);
        await harness.quiet();
        expect(seen).toHaveLength(1);
        expect(() => billing.subscribe(handler())).toThrow('CONFIG_INVALID');
      });

      it('publishes of handlers during close are written', async () => {
        let startedRuns = 0;
        let published: string | undefined;
        const billing = await started(
          'billing',
          on('shop.order.placed', 'bill', async (_event, ctx) => {
            startedRuns += 1;
            await new Promise((resolve) => setTimeout(resolve, 50));
            published = (await ctx.publish(OrderPaid, anOrder)).id;
          }),
        );
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it runs', () => startedRuns === 1);
        await billing.close();
        expect(published).toBeDefined();
      });

      it('in any order and at any time: accepted publishes are written, all others are refused with a code', async () => {
        const random = seeded(Number(process.env.FUZZ_SEED ?? 7));
        for (let round = 0; round < 15; round += 1) {
          const one = bus('billing');
          const early: Promise<string>[] = [];
          const all: Promise<string>[] = [];
          let closing: Promise<string> | undefined;
          for (let step = 0; step < 8; step += 1) {
            const dice = random();
            if (dice < 0.2) all.push(outcome(one.start()));
            else if (dice < 0.35)
              all.push(outcome((async () => one.subscribe(on('*', `h${step}`, () => undefined)))()));
            else if (dice < 0.5) closing = outcome(one.close());
            else {
              const publishing = outcome(one.publish(OrderPlaced, anOrder, tenant));
              if (closing === undefined) early.push(publishing);
              all.push(publishing);
            }
            if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 10));
          }
          expect(await outcome(one.close())).toBe('resolved');
          expect(await Promise.all(early)).toEqual(early.map(() => 'resolved'));
          for (const code of await Promise.all(all)) expect(['resolved', 'CLOSED', 'CONFIG_INVALID']).toContain(code);
          expect(await outcome(one.publish(OrderPlaced, anOrder, tenant))).toBe('CLOSED');
        }
      });
    });

    describe('closing', () => {
      it('running handlers finish', async () => {
        let ended = 0;
        let startedRuns = 0;
        const slow = on('*', 'bill', async () => {
          startedRuns += 1;
          await new Promise((resolve) => setTimeout(resolve, 100));
          ended += 1;
        });
        const billing = await started('billing', slow);
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it runs', () => startedRuns === 1);
        await billing.close();
        expect(ended).toBe(1);
      });

      it('unfinished deliveries are returned to the group', async () => {
        const runs: string[] = [];
        const stuck = on('*', 'bill', () => {
          runs.push('first');
          return new Promise(() => undefined);
        });
        const billing = await started('billing', stuck);
        await bus('shop').publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it runs', () => runs.length === 1);
        await billing.close({ drainMs: 50 });
        await started(
          'billing',
          on('*', 'bill', () => runs.push('second')),
        );
        await harness.eventually('the next process runs it', () => runs.length === 2);
        expect(runs).toEqual(['first', 'second']);
      });
    });
  });
}
