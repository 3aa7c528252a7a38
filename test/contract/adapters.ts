import {
  type EventBus,
  type FailedRun,
  type HandlerContext,
  type HandlerOptions,
  NonRetryableError,
  type Subscription,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPaid, OrderPlaced, ShopsOpened } from '../support/events/events.js';
import { recordingLogger } from '../support/events/log.js';
import { newGate } from '../support/wait.js';
import { type Harness, useHarness } from './harness.js';

const tenant = { tenantId: 'tenant-1' };
const closed = { code: 'CLOSED' };

type Run = (event: { readonly id: string }, ctx: HandlerContext) => unknown;

/** What adapters of frameworks and error reporters need from a bus, common to all buses. */
export function describeAdapters(name: string, createHarness: () => Promise<Harness>): void {
  describe(`adapters ${name}`, () => {
    const harness = useHarness(createHarness, { drainMs: 0 });

    function newBus(options: Partial<Parameters<Harness['createBus']>[0]> = {}): EventBus {
      return harness.createBus({ service: 'billing', ...options });
    }

    function on(handler: string, run: Run, options: HandlerOptions = {}, pattern = 'shop.*'): Subscription {
      return subscribeTo(allEvents, pattern, { name: handler, ...options }, async (event: { id: string }, ctx) => {
        await run(event, ctx);
      });
    }

    describe('subscriptions', () => {
      it('several modules subscribe until start: each handler gets the events', async () => {
        const seen: string[] = [];
        const bus = newBus();
        bus.subscribe(on('bill', () => seen.push('bill')));
        bus.subscribe(
          [on('mail', () => seen.push('mail'))],
          on('count', () => seen.push('count')),
        );
        await bus.start();
        expect(() => bus.subscribe(on('late', () => undefined))).toThrow('before start()');
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('all have run', () => seen.length === 3);
        expect(seen.sort()).toEqual(['bill', 'count', 'mail']);
      });

      it('a copy with another handler runs that handler, which may call the original one', async () => {
        const seen: string[] = [];
        const original = on('bill', () => seen.push('original'));
        const bus = newBus();
        const around: Subscription['handler'] = async (event, ctx) => {
          seen.push('before');
          await original.handler(event, ctx);
        };
        bus.subscribe({ ...original, handler: around });
        await bus.start();
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is handled', () => seen.length === 2);
        expect(seen).toEqual(['before', 'original']);
      });

      it('definitionOf: the definition of an event type of a subscription; undefined for other types', () => {
        const bus = newBus();
        expect(bus.definitionOf('shop.order.placed')).toBeUndefined();
        bus.subscribe(on('bill', () => undefined));
        const { definitionOf } = bus;
        expect(definitionOf('shop.order.placed')).toBe(OrderPlaced);
        expect(definitionOf('shop.order.paid')).toBe(OrderPaid);
        expect(definitionOf(ShopsOpened.type)).toBeUndefined();
      });
    });

    describe('onError', () => {
      /** The failed runs of one event. */
      async function failedRuns(
        run: Run,
        options: HandlerOptions,
        others: Partial<Parameters<Harness['createBus']>[0]> = {},
      ): Promise<readonly FailedRun[]> {
        const runs: FailedRun[] = [];
        const bus = newBus({ onError: (failed) => void runs.push(failed), ...others });
        bus.subscribe(on('bill', run, options));
        await bus.start();
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is a dead letter', async () => (await harness.deadLetters.count()) === 1);
        return runs;
      }

      it('is called for each failed run, with the error, the event, the handler, the run and what follows', async () => {
        const error = new Error('the bank is closed');
        const runs = await failedRuns(
          () => {
            throw error;
          },
          { maxRetries: 1, retryDelaysMs: [20] },
        );
        expect(runs).toMatchObject([
          {
            event: { type: 'shop.order.placed', tenantId: 'tenant-1', data: anOrder },
            context: { group: 'billing', handler: 'bill', attempt: 1, maxAttempts: 2 },
            result: { outcome: 'failed', retryInMs: expect.any(Number), failure: { message: 'the bank is closed' } },
          },
          { context: { attempt: 2 }, result: { outcome: 'dead', reason: 'RETRIES_EXHAUSTED' } },
        ]);
        expect(runs.map(({ result }) => result.error === error)).toEqual([true, true]);
      });

      it('gets the outcome that is recorded: after the interceptors, and after a timeout', async () => {
        const runs = await failedRuns(() => new Promise(() => undefined), { maxRetries: 0, timeoutMs: 60 });
        expect(runs).toMatchObject([{ result: { outcome: 'dead', failure: { code: 'HANDLER_TIMEOUT' } } }]);
        let accepted = 0;
        let reported = 0;
        const accept = newBus({
          service: 'accepting',
          onError: () => {
            reported += 1;
          },
          interceptors: {
            handle: [
              (next) => async (request) => {
                await next(request);
                accepted += 1;
                return { outcome: 'completed' };
              },
            ],
          },
        });
        accept.subscribe(on('bill', () => Promise.reject(new Error('accepted'))));
        await accept.start();
        await harness.eventually('it is accepted', () => accepted === 1);
        await accept.close();
        expect(reported).toBe(0);
        expect(await harness.deadLetters.count()).toBe(1);
      });

      it.each([
        [
          'throws',
          () => {
            throw new Error('no reporter');
          },
        ],
        ['rejects', () => Promise.reject(new Error('no reporter'))],
      ])('%s: this is logged, and the outcome stays the same', async (_what, onError) => {
        const { logger, messages } = recordingLogger();
        await failedRuns(() => Promise.reject(new NonRetryableError('never')), {}, { onError, logger });
        expect(messages('error')).toEqual([...['handler failed; the event became a dead letter', 'onError threw']]);
      });
    });

    describe('closing in two phases', () => {
      it('stop: running handlers finish, nothing is delivered, publishing works until close', async () => {
        const gate = newGate();
        const seen: string[] = [];
        const bus = newBus();
        const run: Run = async (event, ctx) => {
          seen.push(event.id);
          await gate.passed;
          await ctx.publish(ShopsOpened, anOrder);
        };
        bus.subscribe(on('bill', run));
        await bus.start();
        const first = await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it runs', () => seen.length === 1);
        const stopped = bus.stop();
        expect(bus.health()).toMatchObject({ live: true, ready: false, reasons: ['the bus has stopped'] });
        gate.open();
        await stopped;
        const second = await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.quiet();
        expect(seen).toEqual([first.id]);
        expect(bus.health()).toMatchObject({
          live: true,
          ready: false,
          redis: 'ready',
          reasons: ['the bus has stopped'],
        });
        await bus.close();
        await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(closed);

        const opened: string[] = [];
        const next = newBus();
        next.subscribe(
          on('bill', (event) => seen.push(event.id)),
          on('opened', (event) => opened.push(event.id), {}, 'shops.*'),
        );
        await next.start();
        await harness.eventually('the next process gets the rest', () => seen.length === 2 && opened.length === 1);
        expect(seen).toEqual([first.id, second.id]);
      });

      it('stop with a drain time: a handler that does not finish in time returns to the group', async () => {
        const seen: string[] = [];
        const bus = newBus();
        const hang: Run = (event) => {
          seen.push(event.id);
          return new Promise(() => undefined);
        };
        bus.subscribe(on('bill', hang));
        await bus.start();
        const { id } = await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it runs', () => seen.length === 1);
        await bus.stop({ drainMs: 20 });
        const next = newBus();
        next.subscribe(on('bill', (event) => seen.push(event.id)));
        await next.start();
        await harness.eventually('it runs again', () => seen.length === 2);
        expect(seen).toEqual([id, id]);
      });

      it('a stopped bus does not start again, and refuses subscriptions; stop and close may be repeated', async () => {
        const bus = newBus();
        await bus.stop();
        await bus.stop();
        await expect(bus.start()).rejects.toMatchObject(closed);
        expect(() => bus.subscribe(on('bill', () => undefined))).toThrow(expect.objectContaining(closed));
        await bus.publish(OrderPlaced, anOrder, tenant);
        await expect(bus.stop({ drainMs: -1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
        await Promise.all([bus.close(), bus.close(), bus.stop()]);
      });

      it('close without stop does both phases; stop during start ends the start', async () => {
        const bus = newBus();
        bus.subscribe(on('bill', () => undefined));
        const starting = bus.start().catch((error: unknown) => error);
        const stopping = bus.stop();
        await Promise.all([starting, stopping]);
        await bus.publish(OrderPlaced, anOrder, tenant);
        await bus.close();
        await bus.stop();
        await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(closed);
      });
    });
  });
}
