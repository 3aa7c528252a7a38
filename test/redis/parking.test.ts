import { setTimeout as sleep } from 'node:timers/promises';
import { type EventBus, type EventBusOptions, NonRetryableError, type TransitionLogEntry } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { anOrder, atVersion, OrderPlaced } from '../support/events/events.js';
import { useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const by = { actor: 'ann', from: '10.0.0.1' };

/** A started build of a service that knows one version of the event. */
async function build(
  version: string,
  run: (event: { readonly id: string }) => unknown = () => undefined,
  options: Partial<EventBusOptions> & { readonly name?: string } = {},
): Promise<EventBus> {
  const { name = 'bill', ...busOptions } = options;
  const bus = stage.bus('billing', { sweepMs: 100, ...busOptions });
  bus.subscribe(
    subscribeTo([atVersion(OrderPlaced, version)], '*', { name, maxRetries: 0 }, async (event: { id: string }) => {
      await run(event);
    }),
  );
  await bus.start();
  return bus;
}

/** Publishes with an SDK of one version. Returns the ids. */
async function publish(version: string, count = 1): Promise<{ readonly id: string; readonly streamId: string }[]> {
  const shop = stage.bus('shop').withContext({ tenantId: 'tenant-1' });
  return Promise.all(Array.from({ length: count }, () => shop.publish(atVersion(OrderPlaced, version), anOrder)));
}

const parked = (count: number) => async () => (await stage.operator.parked.count()) === count;
const lines = async (kind: string): Promise<readonly TransitionLogEntry[]> =>
  (await stage.operator.log({ limit: 10_000 })).filter((line) => line.kind === kind);

describe('parking on Redis', () => {
  it('a parked delivery: its status is PARKED, it has its own count, one log line, and is acknowledged', async () => {
    const old = await build('1.0.0');
    expect(old.health()).toMatchObject({ ready: true, consumer: { parked: 0 } });
    const [event = { id: '', streamId: '' }] = await publish('2.0.0');
    await until('it is parked', parked(1));
    await until('health reports it', () => old.health().consumer?.parked === 1);
    expect(old.health()).toMatchObject({ live: true, ready: true, reasons: [] });
    // The count of the whole group, known from the start.
    expect((await build('1.5.0')).health().consumer?.parked).toBe(1);
    const [group] = await stage.operator.status({ eventId: event.id });
    expect(group).toEqual({ group: 'billing', handlers: [{ handler: 'bill', status: 'PARKED' }] });
    const { groups } = await stage.operator.statistics.snapshot();
    expect(groups[0]).toMatchObject({ group: 'billing', parked: 1, scheduled: 0, deadLetters: 0, pending: 0 });
    const parkedVersions = [{ type: OrderPlaced.type, version: '2.0.0', count: 1 }];
    expect(groups[0]).toMatchObject({ parkedVersions });
    expect(old.health().consumer).toMatchObject({ parkedVersions });
    expect(await lines('parked')).toMatchObject([
      {
        group: 'billing',
        handler: 'bill',
        streamId: event.streamId,
        detail: { eventId: event.id, type: OrderPlaced.type, version: '2.0.0', tenantId: 'tenant-1' },
      },
    ]);
    await build('2.0.0');
    await until(
      'it is handled',
      async () => (await stage.operator.status({ eventId: event.id }))[0]?.handlers[0]?.status === 'COMPLETED',
    );
    await until('health reports it', () => old.health().consumer?.parked === 0);
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:rows')).toBe(0);
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:ahead')).toBe(0);
    expect(await stage.redis.keys('{hyvve:0}:group:billing:due:*')).toEqual([]);
  });

  it('both builds in parallel, 500 events: each is handled once and parked at most once, with few changes of the set', async () => {
    const runs = new Map<string, number>();
    await build('1.0.0');
    await build('2.0.0', ({ id }) => runs.set(id, (runs.get(id) ?? 0) + 1));
    const published = await publish('2.0.0', 500);
    await until('all are handled', () => runs.size === 500);
    await until('no data is left', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 0);
    expect([...runs.values()].every((count) => count === 1)).toBe(true);
    const parkedOf = (await lines('parked')).map(({ detail }) => String(detail.eventId));
    expect(new Set(parkedOf).size).toBe(parkedOf.length);
    expect(parkedOf.length).toBeGreaterThan(0);
    expect(parkedOf.every((id) => published.some((event) => event.id === id))).toBe(true);
    expect(Number(await stage.redis.hget('{hyvve:0}:group:billing', 'handlersVersion'))).toBeLessThan(60);
    expect(await stage.operator.deadLetters.count()).toBe(0);
  });

  it('discard: logged with the actor, and the status is DISCARDED', async () => {
    await build('1.0.0');
    const [event = { id: '' }] = await publish('2.0.0');
    await until('it is parked', parked(1));
    const [delivery] = (await stage.operator.parked.list()).items;
    await stage.operator.parked.discard(delivery?.id ?? '', by);
    expect(await lines('discarded')).toMatchObject([
      {
        group: 'billing',
        handler: 'bill',
        actor: 'ann',
        from: '10.0.0.1',
        detail: { eventId: event.id, version: '2.0.0' },
      },
    ]);
    expect((await stage.operator.status({ eventId: event.id }))[0]?.handlers).toEqual([
      { handler: 'bill', status: 'DISCARDED' },
    ]);
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:ahead')).toBe(0);
  });

  it('pages skip no delivery while others are discarded, and an invalid cursor is refused', async () => {
    await build('1.0.0');
    await publish('2.0.0', 7);
    await until('all are parked', parked(7));
    const { parked: deliveries } = stage.operator;
    const seen = new Set<string>();
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Awaited<ReturnType<typeof deliveries.list>> = await deliveries.list({
        limit: 2,
        ...(cursor === '' ? {} : { cursor }),
      });
      for (const { id, eventId } of page.items) {
        seen.add(eventId);
        await deliveries.discard(id, by);
      }
      cursor = page.cursor;
    }
    expect(seen.size).toBe(7);
    await expect(deliveries.list({ cursor: 'nonsense' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('a delivery that was claimed and parked again has another id', async () => {
    const old = await build('1.0.0');
    await publish('2.0.0');
    await until('it is parked', parked(1));
    const [first] = (await stage.operator.parked.list()).items;
    await old.close();
    const failing = await build('2.0.0', () => Promise.reject(new Error('not now')), {});
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    await failing.close();
    await build('1.0.0');
    const [letter] = (await stage.operator.deadLetters.list()).items;
    await stage.operator.deadLetters.retry(letter?.id ?? '', by);
    await until('it is parked again', parked(1));
    expect(await stage.operator.parked.get(first?.id ?? '')).toBeUndefined();
    await expect(stage.operator.parked.discard(first?.id ?? '', by)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await stage.operator.parked.count()).toBe(1);
  });

  it('after maxParkMs: a dead letter VERSION_AHEAD; a retry in an old build parks it again', async () => {
    await build('1.0.0', undefined, { maintenance: { everyMs: 200, maxParkMs: 600 } });
    const [event = { id: '' }] = await publish('2.0.0');
    await until('it is parked', parked(1));
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({
      eventId: event.id,
      type: OrderPlaced.type,
      reason: 'VERSION_AHEAD',
      attempts: 0,
      handler: 'bill',
      error: { name: 'VERSION_AHEAD', message: expect.stringContaining('2.0.0') },
    });
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:ahead')).toBe(0);
    await stage.operator.deadLetters.retry(letter?.id ?? '', by);
    await until('it is parked again', parked(1));
    const seen: string[] = [];
    await build('2.0.0', ({ id }) => seen.push(id));
    await until('it is handled', () => seen.length === 1);
    expect(seen).toEqual([event.id]);
  });

  it('a retired handler: its parked deliveries become dead letters', async () => {
    const old = await build('1.0.0', undefined, { name: 'removed~1' });
    await publish('2.0.0');
    await until('it is parked', parked(1));
    await old.close();
    // The grace is longer than a busy machine delays a heartbeat: the handler of the running build stays.
    await build('1.0.0', undefined, { maintenance: { everyMs: 200, handlerGraceMs: 4_000 } });
    // If the former bus closed during a round of maintenance, BullMQ gives the next one up to a minute later: its lock lasts 30 s,
    // and expired locks are searched every 30 s.
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1, 90_000);
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ handler: 'removed~1', reason: 'HANDLER_RETIRED' });
    expect(await stage.operator.parked.count()).toBe(0);
    expect(await lines('handler-retired')).toMatchObject([{ handler: 'removed~1' }]);
  }, 120_000);

  it('does not hold back trimming', async () => {
    await build('1.0.0', undefined, { maintenance: { everyMs: 200, eventsMs: 300 } });
    await publish('2.0.0', 3);
    await until('they are parked', parked(3));
    await until('the stream is trimmed', async () => (await stage.redis.xlen('{hyvve:0}:events')) === 0);
    expect(await stage.operator.parked.count()).toBe(3);
  });

  it('a retry that failed in a new build and is due in an old one is parked, and its attempts continue', async () => {
    const attempts: number[] = [];
    const bus = stage.bus('billing', { sweepMs: 100 });
    const handler = async (_event: unknown, ctx: { readonly attempt: number }) => {
      attempts.push(ctx.attempt);
      if (ctx.attempt === 1) throw new Error('later');
      if (ctx.attempt === 2) throw new NonRetryableError('no');
    };
    const subscription = () =>
      subscribeTo([atVersion(OrderPlaced, '2.0.0')], '*', { name: 'bill', retryDelaysMs: [300] }, handler);
    bus.subscribe(subscription());
    await bus.start();
    await publish('2.0.0');
    await until('it has failed', async () => attempts.length === 1 && (await lines('failed')).length === 1);
    await bus.close();
    await build('1.0.0');
    await until('it is parked', parked(1));
    await sleep(300);
    expect(await lines('parked')).toHaveLength(1);
    const next = stage.bus('billing', { sweepMs: 100 });
    next.subscribe(subscription());
    await next.start();
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    expect(attempts).toEqual([1, 2]);
    expect((await stage.operator.deadLetters.list()).items[0]).toMatchObject({ attempts: 2, reason: 'NON_RETRYABLE' });
  });
});
