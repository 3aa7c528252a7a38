import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type EventBus,
  EventBusError,
  eventDraft,
  type HandleInterceptor,
  type HandlerContext,
  type HandlerOptions,
  type Interceptors,
  type Logger,
  NonRetryableError,
  type PublishInterceptor,
  type RunResult,
  silentLogger,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { allEvents, anOrder, type Order, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { type Harness, useHarness } from './harness.js';

const tenant = { tenantId: 'tenant-1' };
const soon = { retryDelaysMs: [20] } as const;

/** The behaviour of interceptors, common to all buses. */
export function describeInterceptors(name: string, createHarness: () => Promise<Harness>): void {
  describe(`interceptors ${name}`, () => {
    const harness = useHarness(createHarness, { drainMs: 0 });

    function busWith(interceptors: Interceptors, service = 'billing'): EventBus {
      return harness.createBus({ service, interceptors });
    }

    /** A started service with one handler, `bill`. */
    async function handling(
      handle: readonly HandleInterceptor[],
      run: (event: { readonly data: unknown }, ctx: HandlerContext) => unknown,
      options: HandlerOptions = soon,
    ): Promise<EventBus> {
      const bus = busWith({ handle });
      const handler = async (event: { readonly data: unknown }, ctx: HandlerContext) => void (await run(event, ctx));
      bus.subscribe(subscribeTo(allEvents, 'shop.*', { name: 'bill', ...options }, handler));
      await bus.start();
      return bus;
    }

    /** Records when it begins and ends. */
    function noting(notes: string[], label: string): HandleInterceptor {
      return (next) => async (request) => {
        notes.push(`${label} begins`);
        const result = await next(request);
        notes.push(`${label} ends: ${result.outcome}`);
        return result;
      };
    }

    describe('handle', () => {
      it('two interceptors: the first of the list is the outermost', async () => {
        const notes: string[] = [];
        const bus = await handling([noting(notes, 'outer'), noting(notes, 'inner')], () => notes.push('handler'));
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is handled', () => notes.length === 5);
        expect(notes).toEqual([
          ...['outer begins', 'inner begins', 'handler', 'inner ends: completed', 'outer ends: completed'],
        ]);
      });

      it('an interceptor that sets an AsyncLocalStorage: the handler and its publishes see the value', async () => {
        const storage = new AsyncLocalStorage<string>();
        const seen: unknown[] = [];
        const bus = busWith({
          handle: [(next) => (request) => storage.run(request.event.tenantId, () => next(request))],
          publish: [
            (next) => (request) => {
              seen.push(`publish in ${storage.getStore()}`);
              return next(request);
            },
          ],
        });
        bus.subscribe(
          subscribeTo(allEvents, OrderPlaced.type, { name: 'bill' }, async (_event, ctx: HandlerContext) => {
            seen.push(`handler in ${storage.getStore()}`);
            await ctx.publish(OrderPaid, anOrder);
          }),
        );
        await bus.start();
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('both are published', () => seen.length === 3);
        expect(seen).toEqual(['publish in undefined', 'handler in tenant-1', 'publish in tenant-1']);
      });

      it('an interceptor that changes the context and the event: the handler gets the changed copies, whole', async () => {
        const lines: string[] = [];
        const log: Logger = { ...silentLogger, info: (_fields, message) => lines.push(message) };
        const changing: HandleInterceptor = (next) => (request) => {
          const data = { ...(request.event.data as Order), orderId: 'changed' };
          const event = { ...request.event, data } as typeof request.event;
          return next({ ...request, event, context: { ...request.context, log } });
        };
        const seen: unknown[] = [];
        const bus = await handling([changing], async (event, ctx) => {
          ctx.log.info({}, 'within the handler');
          await ctx.once('effect', () => seen.push((event.data as Order).orderId));
          seen.push([ctx.group, ctx.handler, ctx.attempt, ctx.maxAttempts, ctx.tenantId, ctx.signal.aborted]);
        });
        const { streamId } = await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is handled', () => seen.length === 2);
        expect(seen).toEqual(['changed', ['billing', 'bill', 1, 4, 'tenant-1', false]]);
        expect(lines).toEqual(['within the handler']);
        expect(streamId).toMatch(/-/);
      });

      it('a failed run: the result has the thrown error and the time until the retry', async () => {
        const thrown = new TypeError('no such customer');
        const results: RunResult[] = [];
        const watching: HandleInterceptor = (next) => async (request) => {
          const result = await next(request);
          results.push(result);
          return result;
        };
        const bus = await handling([watching], (_event, ctx) => {
          if (ctx.attempt === 1) throw thrown;
          throw new NonRetryableError('never');
        });
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', () => results.length === 2);
        const [failed, dead] = results;
        if (failed?.outcome !== 'failed' || dead?.outcome !== 'dead') throw new Error('not the outcomes expected');
        expect(failed.error).toBe(thrown);
        expect(failed.retryInMs).toBeGreaterThanOrEqual(20);
        expect(failed.failure).toMatchObject({ name: 'TypeError', message: 'no such customer', retryable: true });
        expect(dead.error).toBeInstanceOf(NonRetryableError);
        expect(dead.reason).toBe('NON_RETRYABLE');
      });

      it('a run that times out: its result is available at the timeout, although the handler still runs', async () => {
        const results: RunResult[] = [];
        const watching: HandleInterceptor = (next) => async (request) => {
          const result = await next(request);
          results.push(result);
          return result;
        };
        const options = { ...soon, timeoutMs: 60, maxRetries: 0 };
        const bus = await handling([watching], () => new Promise(() => undefined), options);
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        expect(results).toMatchObject([{ outcome: 'dead', reason: 'RETRIES_EXHAUSTED' }]);
        const [result] = results;
        expect(result?.outcome === 'dead' && result.error).toMatchObject({ code: 'HANDLER_TIMEOUT' });
      });

      it('⚑ an interceptor that never returns: the run still ends at its timeout', async () => {
        const stuck: HandleInterceptor = (next) => async (request) => {
          await next(request);
          return new Promise<never>(() => undefined);
        };
        const bus = await handling([stuck], () => undefined, { ...soon, timeoutMs: 60, maxRetries: 0 });
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        expect((await harness.deadLetters.list()).items[0]?.error).toMatchObject({ code: 'HANDLER_TIMEOUT' });
      });

      it('⚑ an interceptor that throws: the run fails with its error, and the next event is handled', async () => {
        const seen: string[] = [];
        const refusing: HandleInterceptor = (next) => (request) => {
          if ((request.event.data as Order).orderId === 'bad') throw new NonRetryableError('refused here');
          return next(request);
        };
        const bus = await handling([refusing], (event) => seen.push((event.data as Order).orderId));
        await bus.publish(OrderPlaced, { ...anOrder, orderId: 'bad' }, tenant);
        await bus.publish(OrderPlaced, { ...anOrder, orderId: 'good' }, tenant);
        await harness.eventually('one is dead, one is handled', async () => {
          return seen.length === 1 && (await harness.deadLetters.count()) === 1;
        });
        expect(seen).toEqual(['good']);
        expect((await harness.deadLetters.list()).items[0]).toMatchObject({
          reason: 'NON_RETRYABLE',
          error: { name: 'NonRetryableError', message: 'refused here' },
        });
      });

      it('an interceptor that handles a failure: its result is recorded', async () => {
        const results: string[] = [];
        const forgiving: HandleInterceptor = (next) => async (request) => {
          const result = await next(request);
          results.push(result.outcome);
          return { outcome: 'completed' };
        };
        let runs = 0;
        const bus = await handling([forgiving], () => {
          runs += 1;
          throw new Error('ignored');
        });
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it has run', () => results.length === 1);
        await harness.quiet();
        expect([runs, results, await harness.deadLetters.count()]).toEqual([1, ['failed'], 0]);
      });

      it.each<[string, HandleInterceptor]>([
        ['returns nothing', () => async () => undefined as never],
        ['returns something else', () => async () => ({ outcome: 'fine' }) as never],
        [
          'passes on a new object',
          (next) =>
            ({ event, context }) =>
              next({ event, context }),
        ],
      ])('an interceptor that %s: the run fails with CONFIG_INVALID and says what to return', async (_what, wrong) => {
        let runs = 0;
        const bus = await handling([wrong], () => (runs += 1), { ...soon, maxRetries: 0 });
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        const [letter] = (await harness.deadLetters.list()).items;
        expect(letter?.error).toMatchObject({ code: 'CONFIG_INVALID' });
        expect(letter?.error.message).toMatch(/return the result of next\(\)|next\(\{ \.\.\.request \}\)/);
        expect(runs).toBe(0);
      });

      it.each<[string, HandleInterceptor]>([
        [
          'throws',
          () => () => {
            throw new Error('refused here');
          },
        ],
        ['rejects', () => () => Promise.reject(new Error('refused here'))],
        ['returns nothing', () => async () => undefined as never],
        ['never returns', () => () => new Promise<never>(() => undefined)],
      ])('⚑ metrics and an interceptor that %s: the run is reported as dead', async (_what, wrong) => {
        const outcomes: string[] = [];
        const bus = harness.createBus({
          service: 'billing',
          metrics: { ran: ({ outcome }) => outcomes.push(outcome) },
          interceptors: { handle: [wrong] },
        });
        const options = { name: 'bill', maxRetries: 0, timeoutMs: 60 };
        bus.subscribe(subscribeTo(allEvents, 'shop.*', options, () => undefined));
        await bus.start();
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is dead', async () => (await harness.deadLetters.count()) === 1);
        expect(outcomes).toEqual(['dead']);
      });

      it('metrics and interceptors: the metric reports the recorded result', async () => {
        const outcomes: string[] = [];
        const bus = harness.createBus({
          service: 'billing',
          metrics: { ran: ({ outcome }) => outcomes.push(outcome) },
          interceptors: {
            handle: [
              (next) => async (request) => {
                await next(request);
                return { outcome: 'completed' };
              },
            ],
          },
        });
        bus.subscribe(
          subscribeTo(allEvents, 'shop.*', { name: 'bill' }, () => {
            throw new Error('ignored');
          }),
        );
        await bus.start();
        await bus.publish(OrderPlaced, anOrder, tenant);
        await harness.eventually('it is reported', () => outcomes.length === 1);
        expect(outcomes).toEqual(['completed']);
      });
    });

    describe('publish', () => {
      it('an interceptor gets the drafts with their context and may change them', async () => {
        const seen: unknown[] = [];
        const stamping: PublishInterceptor = (next) => (request) => {
          seen.push(request.drafts.map(({ event, options }) => [event.type, options]));
          const drafts = request.drafts.map((draft) => ({ ...draft, options: { ...draft.options, userId: 'usr_1' } }));
          return next({ ...request, drafts });
        };
        const users: unknown[] = [];
        const bus = busWith({ publish: [stamping] });
        bus.subscribe(
          subscribeTo(allEvents, 'shop.*', { name: 'bill' }, ((event: { userId?: string }) => {
            users.push(event.userId);
          }) as never),
        );
        await bus.start();
        await bus.withContext(tenant).publish(OrderPlaced, anOrder, { correlationId: 'c1' });
        await harness.eventually('it is handled', () => users.length === 1);
        expect(seen).toEqual([[[OrderPlaced.type, { ...tenant, correlationId: 'c1' }]]]);
        expect(users).toEqual(['usr_1']);
      });

      it('an interceptor that throws: the publish rejects with its error, and nothing is written', async () => {
        const refusal = new Error('this tenant is blocked');
        let isHandled = false;
        const bus = busWith({
          publish: [
            () => async () => {
              throw refusal;
            },
          ],
        });
        bus.subscribe(
          subscribeTo(allEvents, 'shop.*', { name: 'bill' }, () => {
            isHandled = true;
          }),
        );
        await bus.start();
        await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toBe(refusal);
        await harness.quiet();
        expect(isHandled).toBe(false);
      });

      it.each<[string, PublishInterceptor]>([
        ['returns nothing', () => async () => undefined as never],
        ['returns too few results', (next) => async (request) => (await next(request)).slice(1)],
      ])(
        '⚑ an interceptor that %s: the publish rejects with CONFIG_INVALID, and the metric has it',
        async (_what, wrong) => {
          const codes: (string | undefined)[] = [];
          const bus = harness.createBus({
            service: 'billing',
            metrics: { published: ({ error }) => codes.push(error) },
            interceptors: { publish: [wrong] },
          });
          const refused = { code: 'CONFIG_INVALID', message: expect.stringContaining('return the result of next()') };
          await expect(bus.publish(OrderPlaced, anOrder, tenant)).rejects.toMatchObject(refused);
          await expect(bus.publishBatch([eventDraft(OrderPlaced, anOrder, tenant)])).rejects.toMatchObject(refused);
          expect(codes).toEqual(['CONFIG_INVALID', 'CONFIG_INVALID']);
        },
      );

      it('a refused publish: the interceptor gets the reason', async () => {
        const codes: string[] = [];
        const bus = busWith({
          publish: [
            (next) => async (request) => {
              try {
                return await next(request);
              } catch (error) {
                codes.push(EventBusError.from(error).code);
                throw error;
              }
            },
          ],
        });
        await expect(bus.publish(OrderPlaced, { orderId: 1 } as never, tenant)).rejects.toThrow();
        // @ts-expect-error no tenant: the compiler refuses it, too
        await expect(bus.publish(OrderPlaced, anOrder)).rejects.toThrow();
        expect(codes).toEqual(['VALIDATION_FAILED', 'CONTEXT_INVALID']);
      });
    });

    it('interceptors that are not a list of functions: refused with CONFIG_INVALID', () => {
      const refused = (interceptors: unknown) =>
        expect(() => harness.createBus({ service: 'billing', interceptors: interceptors as Interceptors })).toThrow(
          expect.objectContaining({ code: 'CONFIG_INVALID' }),
        );
      refused({ handle: {} });
      refused({ publish: [1] });
      refused({ handler: [] });
    });
  });
}
