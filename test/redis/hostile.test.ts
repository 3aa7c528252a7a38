import {
  createEventBus,
  createEventOperator,
  type EventBus,
  EventBusError,
  eventBusErrorCodes,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { createMemoryBus } from '@hyvve-events/runtime/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AnythingNoted } from '../support/events/items.js';
import { fuzzMs, fuzzSeed, hostile } from '../support/hostile.js';
import { callOf, operatorCalls } from '../support/redis/operator-calls.js';
import { useRedis } from '../support/redis/redis.js';
import { until } from '../support/wait.js';

const redis = useRedis();
const tenant = { tenantId: 'tenant-1' };
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);

beforeAll(() => {
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});

/** Awaits a call that may be refused, but only with an EventBusError. */
async function mayRefuse(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    expect(error).toBeInstanceOf(EventBusError);
    expect(eventBusErrorCodes).toContain((error as EventBusError).code);
    expect((error as EventBusError).code).not.toBe('INTERNAL');
    return undefined;
  }
}

/** Behaviour of the handler, by event id. */
type Behaviour = (ctx: { once(key: string, effect: () => unknown): Promise<unknown> }) => unknown;

/** Properties of every bus, for any input of callers and handlers. */
function describeHostile(
  name: string,
  open: () => Promise<{ bus: EventBus; dead(): Promise<number>; close(): Promise<void> }>,
) {
  describe(`hostile values: ${name}`, () => {
    it(
      'publishes, runs and effects end with a typed error or a normal outcome, and other events are not affected',
      async () => {
        const { bus, dead, close } = await open();
        const behaviours = new Map<string, Behaviour>();
        const seen = new Set<string>();
        let ended = 0;
        let failing = 0;
        bus.subscribe(
          subscribeTo(
            [AnythingNoted],
            '*',
            { name: 'note', maxRetries: 0 },
            async (event: { readonly correlationId: string }, ctx) => {
              seen.add(event.correlationId);
              try {
                await behaviours.get(event.correlationId)?.(ctx);
              } finally {
                ended += 1;
              }
            },
          ),
        );
        await bus.start();
        let round = 0;
        let handled = 0;
        const property = fc.asyncProperty(
          hostile,
          hostile,
          fc.constantFrom('data', 'context', 'options', 'field', 'option', 'draft', 'throw', 'once', 'key'),
          async (make, other, where) => {
            round += 1;
            const correlationId = `round-${round}`;
            const neighbour = () =>
              bus.publish(AnythingNoted, { round }, { ...tenant, correlationId: `${correlationId}-good` });
            const context = { ...tenant, correlationId };
            const before = neighbour();
            const hostileCall = () => {
              const value = make();
              if (where === 'context') return bus.publish(AnythingNoted, 1, value as never);
              if (where === 'options') return bus.publish(AnythingNoted, 1, { ...context, id: value as never });
              if (where === 'field') return bus.publish(AnythingNoted, 1, { ...context, userId: value as string });
              if (where === 'option') {
                return bus.publish(AnythingNoted, 1, {
                  ...tenant,
                  tenantId: other() as string,
                  idempotencyKey: value as string,
                });
              }
              if (where === 'draft') return bus.publishBatch(value as never, context);
              if (where === 'throw') {
                failing += 1;
                behaviours.set(correlationId, () => {
                  throw make();
                });
                return bus.publish(AnythingNoted, 1, context);
              }
              if (where === 'once') {
                behaviours.set(correlationId, (ctx) => ctx.once('effect', () => make()));
                return bus.publish(AnythingNoted, 1, context);
              }
              if (where === 'key') {
                behaviours.set(correlationId, async (ctx) => {
                  await mayRefuse(() => ctx.once(value as string, other as () => unknown));
                });
                return bus.publish(AnythingNoted, 1, context);
              }
              return bus.publish(AnythingNoted, value, context);
            };
            await Promise.all([before, mayRefuse(hostileCall), neighbour()]);
            handled += 2;
          },
        );
        await fc.assert(property, {
          seed: fuzzSeed,
          numRuns: Number.MAX_SAFE_INTEGER,
          interruptAfterTimeLimit: fuzzMs / 2,
          markInterruptAsFailure: false,
        });
        await until('every run has ended', () =>
          ended >= handled && bus.health().consumer?.running !== undefined
            ? bus.health().consumer?.unsettled === 0 && bus.health().consumer?.running === 0
            : ended >= handled,
        );
        await until('each failed run is a dead letter', async () => (await dead()) >= failing);
        expect(round).toBeGreaterThan(20);
        expect(seen.size).toBeGreaterThan(round);
        expect(await dead()).toBeLessThanOrEqual(failing + 5 * round);
        expect(unhandled).toEqual([]);
        await close();
      },
      60_000 + 2 * fuzzMs,
    );
  });
}

describeHostile('Redis', async () => {
  const bus = createEventBus({ service: 'notes', redis: redis.url, logger: silent });
  const operator = createEventOperator({ redis: redis.url });
  const client = new Redis(redis.url);
  return {
    bus,
    dead: () => operator.deadLetters.count(),
    close: async () => {
      // Redis's JSON decoder and operators can read all stored values.
      const check =
        "for _, l in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do for i = 1, #l[2], 2 do if l[2][i] == 'd' then cjson.decode(l[2][i + 1]) end end end return 1";
      expect(await client.eval(check, 1, '{hyvve:0}:dlq')).toBe(1);
      expect(await client.eval(check, 1, '{hyvve:0}:log')).toBe(1);
      expect((await operator.deadLetters.list({ limit: 1_000 })).items.length).toBeGreaterThan(0);
      client.disconnect();
      await operator.close();
      await bus.close();
    },
  };
});

describeHostile('in memory', async () => {
  const bus = createMemoryBus({ service: 'notes', logger: silent });
  return { bus, dead: () => bus.deadLetters.count(), close: () => bus.close() };
});

/** Replaces an argument, or one of its fields, with a hostile value. */
function spoilt(args: readonly unknown[], at: number, value: unknown): unknown[] {
  const places = args.flatMap((argument, index) =>
    typeof argument === 'object' && argument !== null
      ? [[index], ...Object.keys(argument).map((field) => [index, field])]
      : [[index]],
  );
  const [index = 0, field] = places[at % Math.max(1, places.length)] ?? [];
  const changed = [...args];
  changed[Number(index)] = field === undefined ? value : { ...(args[Number(index)] as object), [field]: value };
  return changed;
}

describe('hostile values: operators', () => {
  it(
    'every call resolves or rejects with a typed error, without further effects',
    async () => {
      const operator = createEventOperator({ redis: redis.url, logger: silent, searchMs: 200, runReplays: false });
      const memory = createMemoryBus({ service: 'notes', logger: silent });
      const inMemory = Object.keys(operatorCalls).filter((name) => /^(deadLetters|parked)\./.test(name));
      const counted: Record<string, number> = {};
      const deadBefore = await operator.deadLetters.count();
      const property = fc.asyncProperty(
        hostile,
        fc.constantFrom(...Object.keys(operatorCalls)),
        fc.nat(20),
        async (make, name, at) => {
          const args = () => spoilt(operatorCalls[name] ?? [], at, make());
          await mayRefuse(() => callOf(operator, name, args()));
          if (inMemory.includes(name)) await mayRefuse(() => callOf(memory, name, args()));
          counted[name] = (counted[name] ?? 0) + 1;
        },
      );
      await fc.assert(property, {
        seed: fuzzSeed,
        numRuns: Number.MAX_SAFE_INTEGER,
        interruptAfterTimeLimit: fuzzMs / 2,
        markInterruptAsFailure: false,
      });
      expect(Object.keys(counted)).toHaveLength(Object.keys(operatorCalls).length);
      for (const [name, args] of Object.entries(operatorCalls)) await mayRefuse(() => callOf(operator, name, args));
      expect(await operator.deadLetters.count()).toBe(deadBefore);
      expect(unhandled).toEqual([]);
      await memory.close();
      await operator.close();
    },
    60_000 + 2 * fuzzMs,
  );

  it.each([
    ['deadLetters.list', [{ limit: 0 }], /limit must be a whole number from 1.*, not 0/],
    ['deadLetters.list', [{ limit: 50, cursor: 'newest' }], /cursor must be the id of an entry/],
    ['deadLetters.list', [50], /the options must be an object, not 50/],
    ['status', ['1-1'], /event must be \{ eventId \} or \{ streamId \}/],
    ['log', [{ limt: 5 }], /did you mean "limit"/],
    ['deadLetters.retry', ['1-1'], /by must be an actor/],
    ['deadLetters.discard', ['1-1', { actor: '' }], /by must be an actor/],
    ['parked.list', [{ groups: 'notes' }], /did you mean "group"/],
    ['parked.list', [{ cursor: 'x' }], /cursor must be the cursor of the previous page/],
  ])('%s: the error names the invalid argument: %j', async (name, args, message) => {
    const operator = createEventOperator({ redis: redis.url });
    const memory = createMemoryBus({ service: 'notes' });
    // Calls without a dot exist only on an operator, not on the memory bus.
    for (const owner of name.includes('.') ? [operator, memory] : [operator]) {
      await expect(callOf(owner, name, args)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(message),
      });
    }
    await operator.close();
  });
});

/** A logger that reads its arguments, like any logger, and throws if that throws. */
const silent = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    ({ err }: { err?: Error }) => {
      if (err !== undefined) void `${err.name} ${err.message} ${err.stack} ${String((err as { code?: string }).code)}`;
    },
  ]),
) as never;
