import {
  type EventBus,
  type HandlerContext,
  type HandlerOptions,
  type Interceptors,
  NonRetryableError,
} from '@hyvve-events/runtime';
import { type AnyEventDefinition, subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { anOrder, OrderPaid } from '../support/events/events.js';
import { settledV1, settledV2, settledV3, settledV3Without1 } from '../support/events/versioned.js';
import { type Harness, useHarness } from './harness.js';

interface Seen {
  readonly id: string;
  readonly version: string;
  readonly upcastFrom?: string;
  readonly data: unknown;
  readonly replay?: unknown;
}

type Run = (event: Seen, ctx: HandlerContext) => unknown;

const soon = { retryDelaysMs: [20] } as const;
const by = { actor: 'ann' };
const v1Data = { orderId: 'o', amount: 12.5, note: 'n' };
const v2Data = { orderId: 'o', amount: 1250, note: 'n' };
const v3Data = { orderId: 'o', cents: 1250, currency: 'EUR', note: 'n' };

/** An entry as a publisher of this version writes it. Its spaces would not survive a new serialisation. */
function written(version: string, data: unknown = v1Data, id = 'e123456789012345678901234'): string {
  const head = `{ "id":"${id}", "type":"${settledV1.type}", "source":"elsewhere", "timestamp":"2026-01-01T00:00:00.000Z"`;
  return `${head}, "correlationId":"c", "tenantId":"tenant-1", "version":"${version}", "data":${JSON.stringify(data)} }`;
}

/** What becomes of events of older major versions, common to all buses. */
export function describeOlderVersions(name: string, createHarness: () => Promise<Harness>): void {
  describe(`older versions ${name}`, () => {
    const harness = useHarness(createHarness, { drainMs: 0 });

    /** A started build of billing. */
    async function build(
      definition: AnyEventDefinition,
      run: Run = () => undefined,
      options: HandlerOptions & { readonly interceptors?: Interceptors } = {},
    ): Promise<EventBus> {
      const { interceptors = {}, ...handlerOptions } = options;
      const bus = harness.createBus({ service: 'billing', interceptors });
      const handler = async (event: Seen, ctx: HandlerContext) => void (await run(event, ctx));
      bus.subscribe(subscribeTo([definition, OrderPaid], '*', { name: 'bill', ...handlerOptions }, handler));
      await bus.start();
      return bus;
    }

    const letters = async () => (await harness.deadLetters.list({ limit: 200 })).items;
    const isDead = async () => (await harness.deadLetters.count()) === 1;

    it('⚑ each row of the table: what becomes of an event of each version', async () => {
      const rows: readonly [version: string, data: unknown, outcome: string, handled?: unknown][] = [
        ['3.0.0', v3Data, 'handled 3.0.0', v3Data],
        ['3.0.0', v1Data, 'SCHEMA'],
        ['unversioned', v3Data, 'handled unversioned', v3Data],
        ['unversioned', v1Data, 'SCHEMA'],
        ['3.1.0', v3Data, 'handled 3.1.0', v3Data],
        ['3.1.0', v1Data, 'parked'],
        ['4.0.0', v3Data, 'parked'],
        ['4.0.0', 'anything', 'parked'],
        ['2.1.0', v2Data, 'handled 3.0.0 from 2.1.0', v3Data],
        ['2.0.0', v2Data, 'handled 3.0.0 from 2.0.0', v3Data],
        ['2.2.0', v2Data, 'handled 3.0.0 from 2.2.0', v3Data],
        ['2.2.0', { orderId: 'o', amount: 'unusual' }, 'parked'],
        ['2.2.0', { orderId: 'o', amount: 0 }, 'parked'],
        ['2.1.0', { orderId: 'o', amount: 0 }, 'UPCAST_FAILED'],
        ['2.0.0', v3Data, 'SCHEMA'],
        ['1.0.0', v1Data, 'handled 3.0.0 from 1.0.0', v3Data],
        ['1', { ...v1Data, addedLater: true }, 'handled 3.0.0 from 1', v3Data],
        ['1.0.0', { ...v1Data, orderId: 7 }, 'SCHEMA'],
        ['1.0.0', { ...v1Data, amount: 0.001 }, 'UPCAST_FAILED'],
        ['0.9.0', v1Data, 'VERSION_RETIRED'],
      ];
      const second = (data: { orderId: string; amount: number; note?: string }) => {
        if (data.amount === 0) throw new RangeError('no money');
        return { ...v3Data, orderId: data.orderId, cents: data.amount };
      };
      const outcomes = new Map<string, string>();
      const seen = new Map<string, unknown>();
      const json = new Map<string, string>();
      await build(settledV3({ second: second as never }), ({ id, version, upcastFrom, data }) => {
        outcomes.set(id, `handled ${version}${upcastFrom === undefined ? '' : ` from ${upcastFrom}`}`);
        seen.set(id, data);
      });
      for (const [index, [version, data]] of rows.entries()) {
        json.set(`row${index}`, written(version, data, `row${index}`));
        await harness.write(json.get(`row${index}`) ?? '');
      }
      await harness.eventually('each has an outcome', async () => {
        return seen.size + (await harness.deadLetters.count()) + (await harness.parked.count()) === rows.length;
      });
      for (const { eventId, reason, envelope } of await letters()) {
        outcomes.set(eventId, reason);
        expect(envelope).toBe(json.get(eventId));
      }
      for (const { eventId, envelope } of (await harness.parked.list({ limit: 100 })).items) {
        outcomes.set(eventId, 'parked');
        expect(envelope).toBe(json.get(eventId));
      }
      const found = rows.map(([version, data], index) => [version, data, outcomes.get(`row${index}`)]);
      expect(found).toEqual(rows.map(([version, data, outcome]) => [version, data, outcome]));
      for (const [index, [, , , handled]] of rows.entries()) expect(seen.get(`row${index}`)).toEqual(handled);
      const failed = (await letters()).find(({ reason }) => reason === 'UPCAST_FAILED');
      const step = 'shop.order.settled: the conversion 2.1.0 → 3.0.0 threw RangeError: no money';
      expect(failed?.error).toMatchObject({ name: 'UPCAST_FAILED', message: step });
    });

    it('⚑ the first run, retries, a retried dead letter and a replay are converted each time; what is stored never is', async () => {
      const json = written('1.0.0');
      const runs: Seen[] = [];
      let broken = true;
      await build(
        settledV3(),
        (event, { attempt }) => {
          runs.push(event);
          if (broken && attempt < 3) throw new Error('not yet');
          if (broken) throw new NonRetryableError('never');
        },
        { ...soon, maxRetries: 5 },
      );
      await harness.write(json);
      await harness.eventually('it is dead', isDead);
      const [letter] = await letters();
      expect(letter).toMatchObject({ reason: 'NON_RETRYABLE', attempts: 3, envelope: json });
      broken = false;
      await harness.deadLetters.retry(letter?.id ?? '', by);
      await harness.eventually('it is handled', () => runs.length === 4);
      const jobId = await harness.replay({});
      await harness.eventually('the replay is handled', () => runs.length === 5);
      const event = { version: '3.0.0', upcastFrom: '1.0.0', data: v3Data, source: 'elsewhere', correlationId: 'c' };
      expect(runs).toMatchObject([event, event, event, event, { ...event, replay: { jobId } }]);
    });

    it('the dead letter of a replay contains the envelope as it was written, with the mark of the replay', async () => {
      const json = written('1.0.0');
      await build(settledV3(), ({ replay }) => {
        if (replay !== undefined) throw new NonRetryableError('no');
      });
      await harness.write(json);
      await harness.quiet();
      const jobId = await harness.replay({});
      await harness.eventually('it is dead', isDead);
      const [letter] = await letters();
      expect(JSON.parse(letter?.envelope ?? '')).toEqual({ ...JSON.parse(json), replay: { jobId } });
      expect(letter?.envelope).toContain('"version":"1.0.0", "data":{"orderId":"o","amount":12.5,"note":"n"}');
    });

    it('⚑ a parked delivery of a version that is an older one for the next build: handled once, converted', async () => {
      const runs: string[] = [];
      const note = (known: string) => (event: Seen) => runs.push(`${known} ${event.version} from ${event.upcastFrom}`);
      await build(settledV1, note('1'));
      const json = written('2.0.0', v2Data);
      await harness.write(json);
      await harness.eventually('it is parked', async () => (await harness.parked.count()) === 1);
      expect((await harness.parked.list()).items).toMatchObject([{ version: '2.0.0', envelope: json }]);
      await build(settledV3(), note('3'));
      await harness.eventually('it is handled', () => runs.length === 1);
      await harness.quiet();
      expect(runs).toEqual(['3 3.0.0 from 2.0.0']);
      expect([await harness.parked.count(), await harness.deadLetters.count()]).toEqual([0, 0]);
    });

    it('builds of two versions with events of both: each is handled once, and only the new build gets new events', async () => {
      const runs = new Map<string, string[]>();
      const note = (known: string) => (event: Seen) => {
        runs.set(event.id, [...(runs.get(event.id) ?? []), known]);
      };
      await build(settledV1, note('1'));
      await build(settledV2(), note('2'));
      const count = 200;
      for (let n = 0; n < count; n += 1) {
        await harness.write(n % 2 === 0 ? written('1.0.0', v1Data, `e${n}`) : written('2.0.0', v2Data, `e${n}`));
      }
      await harness.eventually('all are handled', () => runs.size === count);
      await harness.quiet();
      expect([...runs.values()].every(({ length }) => length === 1)).toBe(true);
      for (let n = 1; n < count; n += 2) expect(runs.get(`e${n}`)).toEqual(['2']);
      expect([await harness.parked.count(), await harness.deadLetters.count()]).toEqual([0, 0]);
    });

    it('a repaired conversion: the dead letters UPCAST_FAILED are retried and handled', async () => {
      const seen: Seen[] = [];
      const broken = await build(settledV2((() => Promise.reject(new Error('no'))) as never), (event) =>
        seen.push(event),
      );
      await harness.write(written('1.0.0'));
      await harness.eventually('it is dead', isDead);
      const [letter] = await letters();
      expect(letter).toMatchObject({ reason: 'UPCAST_FAILED', handler: 'bill', envelope: written('1.0.0') });
      await broken.close();
      await build(settledV2(), (event) => seen.push(event));
      await harness.deadLetters.retry(letter?.id ?? '', by);
      await harness.eventually('it is handled', () => seen.length === 1);
      expect(seen).toMatchObject([{ version: '2.0.0', data: v2Data }]);
    });

    it('hostile conversions: each bad event is a dead letter, and all others are handled', async () => {
      const ring: Record<string, unknown> = { orderId: 'ring', amount: 1 };
      ring.self = ring;
      const trap = () => {
        throw new Error('a trap');
      };
      const results: readonly [what: string, run: () => unknown, isHandled: boolean][] = [
        ['throws', trap, false],
        ['returns a promise that rejects', () => Promise.reject(new Error('late')), false],
        ['returns nothing', () => undefined, false],
        ['returns a promise', async () => v2Data, false],
        ['returns a proxy that throws', () => new Proxy({}, { get: trap, has: trap, ownKeys: trap }), false],
        ['returns a ring', () => ring, true],
        ['returns a class', () => Object.assign(Object.create({ inherited: 1 }), v2Data), true],
        ['returns a frozen object', () => Object.freeze({ ...v2Data }), true],
        ['returns 1 MB', () => ({ ...v2Data, note: 'x'.repeat(1_000_000) }), true],
      ];
      const step = ((data: { note: string }, event: Record<string, unknown>) => {
        for (const field of ['id', 'tenantId', 'version', 'type']) event[field] = 'spoilt';
        const result = results.find(([what]) => what === data.note);
        if (result !== undefined) return result[1]();
        data.note = 'changed';
        return data;
      }) as never;
      const seen = new Map<string, Seen & { readonly tenantId?: string }>();
      await build(settledV2(step), (event) => seen.set(event.id, event));
      for (const [index, [what]] of results.entries()) {
        await harness.write(written('1.0.0', { ...v1Data, note: what }, `bad${index}`));
        await harness.write(written('1.0.0', v1Data, `good${index}`));
      }
      await harness.eventually('each has an outcome', async () => {
        return seen.size + (await harness.deadLetters.count()) === 2 * results.length;
      });
      for (const [index, [what, , isHandled]] of results.entries()) {
        expect(seen.has(`bad${index}`), what).toBe(isHandled);
        expect(seen.get(`good${index}`)).toMatchObject({ tenantId: 'tenant-1', version: '2.0.0' });
      }
      expect(new Set((await letters()).map(({ reason }) => reason))).toEqual(new Set(['UPCAST_FAILED']));
    });

    it('effects of ctx.once, the idempotency key and the number of the run do not depend on the version that is read', async () => {
      const runs: { readonly version: string; readonly attempt: number; readonly key: string }[] = [];
      let effects = 0;
      const often = { ...soon, maxRetries: 100 };
      const run = (fails: () => boolean) => async (event: Seen, ctx: HandlerContext) => {
        await ctx.once('effect', () => {
          effects += 1;
        });
        runs.push({ version: event.version, attempt: ctx.attempt, key: ctx.idempotencyKey });
        if (fails()) throw new Error('again');
      };
      const old = await build(
        settledV1,
        run(() => true),
        often,
      );
      await harness.write(written('1.0.0'));
      await harness.eventually('it has run', () => runs.length > 0);
      await old.close();
      await build(
        settledV2(),
        run(() => runs.filter(({ version }) => version === '2.0.0').length < 2),
        often,
      );
      await harness.eventually(
        'the new build has run it twice',
        () => runs.at(-1)?.version === '2.0.0' && runs.at(-2)?.version === '2.0.0',
      );
      await harness.quiet();
      expect(runs.map(({ attempt }) => attempt)).toEqual(runs.map((_, index) => index + 1));
      expect(new Set(runs.map(({ key }) => key))).toEqual(new Set(['billing/bill/e123456789012345678901234']));
      expect(effects).toBe(1);
    });

    it('a handler of a converted event publishes with its tenant, correlation and cause; interceptors get the converted event', async () => {
      const seen: unknown[] = [];
      const intercepted: unknown[] = [];
      const run: Run = async ({ id, ...event }, ctx) => {
        if (ctx.handler === 'bill' && event.upcastFrom !== undefined) await ctx.publish(OrderPaid, anOrder);
        else seen.push(event);
      };
      await build(settledV2(), run, {
        interceptors: {
          handle: [
            (next) => async (request) => {
              intercepted.push([request.event.version, (request.event as Seen).upcastFrom]);
              return next(request);
            },
          ],
        },
      });
      await harness.write(written('1.0.0'));
      await harness.eventually('the published event is handled', () => seen.length === 1);
      expect(seen[0]).toMatchObject({
        type: OrderPaid.type,
        version: OrderPaid.version,
        tenantId: 'tenant-1',
        correlationId: 'c',
        causationId: 'e123456789012345678901234',
      });
      expect(seen[0]).not.toHaveProperty('upcastFrom');
      expect(intercepted).toEqual([
        ['2.0.0', '1.0.0'],
        ['1.0.0', undefined],
      ]);
    });

    describe('an edited dead letter', () => {
      /** Makes a dead letter of an event of this version in a build of version 3, edits it, and returns what the handler gets. */
      async function edited(version: string, data: unknown, edit: unknown, definition = settledV3()): Promise<Seen> {
        const seen: Seen[] = [];
        await build(definition, (event) => {
          if (event.id === 'first') throw new NonRetryableError('no');
          seen.push(event);
        });
        await harness.write(written(version, data, 'first'));
        await harness.eventually('it is dead', isDead);
        const [letter] = await letters();
        const { eventId } = await harness.deadLetters.retryEdited(letter?.id ?? '', edit, by);
        await harness.eventually('the edited event is handled', () => seen.length === 1);
        expect(seen[0]).toMatchObject({ id: eventId, causationId: 'first', correlationId: 'c', tenantId: 'tenant-1' });
        return seen[0] as Seen;
      }

      it('with data of its own version: it is converted', async () => {
        const event = await edited('1.0.0', v1Data, { orderId: 'o', amount: 20 });
        const data = { orderId: 'o', cents: 2_000, currency: 'EUR' };
        expect(event).toMatchObject({ version: '3.0.0', upcastFrom: '1.0.0', data });
      });

      it('with data of the present version: it is not converted', async () => {
        const data = { orderId: 'o', cents: 1, currency: 'CHF' };
        const event = await edited('1.0.0', v1Data, data);
        expect(event).toMatchObject({ version: '3.0.0', data });
        expect(event.upcastFrom).toBeUndefined();
      });

      it('of a minor version: the new event has the last minor version that the operator knows', async () => {
        const event = await edited('2.0.0', v2Data, { orderId: 'o', amount: 7 });
        expect(event).toMatchObject({ version: '3.0.0', upcastFrom: '2.1.0', data: { cents: 7 } });
      });

      it('of a version that is no longer read: with data of the present version', async () => {
        expect(await edited('0.9.0', v1Data, v3Data)).toMatchObject({ version: '3.0.0', data: v3Data });
      });

      it('with data that neither version accepts: VALIDATION_FAILED with the problems of both; strictly', async () => {
        await build(settledV3(), () => Promise.reject(new NonRetryableError('no')));
        await harness.write(written('1.0.0'));
        await harness.eventually('it is dead', isDead);
        const [letter] = await letters();
        const edit = (data: unknown) => harness.deadLetters.retryEdited(letter?.id ?? '', data, by);
        await expect(edit({ orderId: 'o', amount: 'x' })).rejects.toMatchObject({
          code: 'VALIDATION_FAILED',
          message: expect.stringMatching(
            /version 1\.0\.0: \$\.amount must be number; and .*version 3\.0\.0: .*'cents'/,
          ),
          violations: [{ path: '$.amount', message: 'must be number' }],
        });
        // A property of neither version is allowed in data that is read, but not in data that a person writes.
        await expect(edit({ ...v1Data, addedLater: 1 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
        // Data of a version between the two is not accepted as either.
        await expect(edit({ ...v3Data, amount: 1 })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
        expect(await harness.deadLetters.count()).toBe(1);
      });

      it('of a newer minor version of an older major, with data that this operator cannot read: CONFLICT', async () => {
        const able = settledV2();
        const failing = await build({ ...able, version: '2.9.0', validate: acceptsAll }, () =>
          Promise.reject(new NonRetryableError('no')),
        );
        await harness.write(written('2.9.0', { orderId: 'o', amount: 'unusual' }));
        await harness.eventually('it is dead', isDead);
        await failing.close();
        await build(settledV3());
        const [letter] = await letters();
        const edit = harness.deadLetters.retryEdited(letter?.id ?? '', v3Data, by);
        await expect(edit).rejects.toMatchObject({ code: 'CONFLICT' });
      });
    });

    it('a version that is retired in a newer build: VERSION_RETIRED there, while an older build still handles its events', async () => {
      const seen: Seen[] = [];
      const old = await build(settledV2(), (event) => seen.push(event));
      await harness.write(written('1.0.0', v1Data, 'first'));
      await harness.eventually('it is handled', () => seen.length === 1);
      await old.close();
      await build(settledV3Without1, (event) => seen.push(event));
      await harness.write(written('1.0.0', v1Data, 'second'));
      await harness.eventually('it is dead', isDead);
      expect(await letters()).toMatchObject([{ eventId: 'second', reason: 'VERSION_RETIRED' }]);
      expect(seen.map(({ id }) => id)).toEqual(['first']);
    });
  });
}

const acceptsAll = Object.assign((data: unknown): data is never => data !== undefined, { errors: null });
