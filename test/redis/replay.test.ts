import { setTimeout as sleep } from 'node:timers/promises';
import {
  createEventOperator,
  type HandlerOptions,
  type Replay,
  type ReplayRequest,
  type ReplayStatus,
} from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { describe, expect, it } from 'vitest';
import { allEvents, anOrder, OrderPaid, OrderPlaced } from '../support/events/events.js';
import { tenant, useStage } from '../support/processes/chaos.js';
import { until } from '../support/wait.js';

const stage = useStage();
const ann = { actor: 'ann' };

const paid = { group: 'billing', handler: 'paid' };
const one = (handler: string): ReplayRequest => ({ handlers: [{ group: 'billing', handler }] });

/** A recorded run of a handler. */
interface Seen {
  readonly id: string;
  readonly jobId: string | undefined;
  readonly key: string;
  readonly streamId: string;
}

/** A started bus whose handlers record their runs. */
async function record(service: string, ...handlers: readonly ({ readonly name: string } & HandlerOptions)[]) {
  const seen = new Map<string, Seen[]>(handlers.map(({ name }) => [name, []]));
  const bus = stage.bus(service);
  for (const options of handlers) {
    bus.subscribe(
      subscribeTo(allEvents, '*', options, async (event: { id: string; replay?: { jobId: string } }, ctx) => {
        const { idempotencyKey: key, streamId } = ctx;
        seen.get(options.name)?.push({ id: event.id, jobId: event.replay?.jobId, key, streamId });
      }),
    );
  }
  await bus.start();
  return { seen: (name: string) => seen.get(name) ?? [] };
}

async function reaches(jobId: string, state: ReplayStatus): Promise<Replay> {
  await until(`the replay is ${state}`, async () => (await stage.operator.replays.get(jobId))?.status === state);
  const replay = await stage.operator.replays.get(jobId);
  if (replay === undefined) throw new Error('the replay does not exist');
  return replay;
}

describe('a replay', () => {
  it('delivers each event of its range again to every handler, marked, with unchanged data', async () => {
    const billing = await record('billing', { name: 'bill' }, { name: 'mail' });
    const ids = await stage.publish(30);
    await until('all are handled', () => billing.seen('bill').length === 30 && billing.seen('mail').length === 30);
    const { jobId, status } = await stage.operator.replays.start({}, ann);
    expect(status).toBe('waiting');
    await until(
      'all were delivered again',
      () => billing.seen('bill').length === 60 && billing.seen('mail').length === 60,
    );
    const again = billing.seen('bill').slice(30);
    expect(again.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(new Set(again.map((seen) => seen.jobId))).toEqual(new Set([jobId]));
    const live = new Map(
      billing
        .seen('bill')
        .slice(0, 30)
        .map((seen) => [seen.id, seen]),
    );
    for (const { id, key, streamId } of again) {
      expect(key).toBe(`${live.get(id)?.key}/${jobId}`);
      expect(streamId).toBe(live.get(id)?.streamId);
    }
    const replay = await reaches(jobId, 'completed');
    expect(replay).toMatchObject({ actor: 'ann', progress: { fraction: 1, scanned: 30, replayed: 30, unreadable: 0 } });
    expect((await stage.operator.log()).map(({ kind, actor }) => [kind, actor])).toEqual([
      ['replay-started', 'ann'],
      ['replay-completed', undefined],
    ]);
    await until('no data of it is left', async () => {
      const [group] = (await stage.operator.statistics.snapshot()).groups;
      return group?.replayPending === 0 && group.replayLag === 0;
    });
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:marks')).toBe(0);
  });

  it('can be restricted to times, types, a tenant, groups and handlers', async () => {
    const billing = await record('billing', { name: 'bill' }, { name: 'mail' });
    const audit = await record('audit', { name: 'audit' });
    const shop = stage.bus('shop');
    await shop.publish(OrderPlaced, anOrder, tenant);
    await sleep(20);
    const { streamId } = await shop.publish(OrderPlaced, anOrder, tenant);
    await shop.publish(OrderPaid, anOrder, tenant);
    await shop.publish(OrderPlaced, anOrder, { tenantId: 'tenant-2' });
    await until('all are handled', () => billing.seen('mail').length === 4 && audit.seen('audit').length === 4);
    const request = {
      from: new Date(Number(streamId.split('-')[0])),
      eventTypes: ['shop.order.placed'],
      tenantId: 'tenant-1',
      handlers: [{ group: 'billing', handler: 'mail' }],
    };
    const count = await stage.operator.replays.count(request);
    expect(count).toMatchObject({ events: 1, byType: { 'shop.order.placed': 1 }, scanned: 3, complete: true });
    const { jobId } = await stage.operator.replays.start(request, ann);
    await reaches(jobId, 'completed');
    await until('it was delivered again', () => billing.seen('mail').length === 5);
    await sleep(100);
    expect([billing.seen('bill').length, billing.seen('mail').length, audit.seen('audit').length]).toEqual([4, 5, 4]);
    const event = { streamId, type: OrderPlaced.type, tenantId: 'tenant-1' };
    const [replay, ...none] = await stage.operator.replaysOf(event);
    expect(none).toEqual([]);
    expect(replay?.replay.jobId).toBe(jobId);
    expect(replay?.groups).toEqual([{ group: 'billing', handlers: [{ handler: 'mail', status: 'COMPLETED' }] }]);
    const entries = await stage.redis.xrange('{hyvve:0}:events', '-', '+');
    const [before = '', , paid = '', stranger = ''] = entries.map(([id]) => id);
    for (const other of [
      { ...event, streamId: before },
      { ...event, streamId: paid, type: OrderPaid.type },
      { ...event, streamId: stranger, tenantId: 'tenant-2' },
    ]) {
      expect(await stage.operator.replaysOf(other)).toEqual([]);
    }
    expect(await stage.redis.xpending('{hyvve:0}:events:replay', 'audit')).toEqual([0, null, null, null]);
  });

  it('handlers can include replays, skip them or get only replays', async () => {
    const billing = await record(
      'billing',
      { name: 'include' },
      { name: 'skip', replay: 'skip' },
      { name: 'only', replay: 'only' },
    );
    await stage.publish(1);
    await until('it is handled', () => billing.seen('include').length === 1 && billing.seen('skip').length === 1);
    await reaches((await stage.operator.replays.start({}, ann)).jobId, 'completed');
    await until(
      'it was delivered again',
      () => billing.seen('include').length === 2 && billing.seen('only').length === 1,
    );
    await sleep(100);
    expect(billing.seen('skip')).toHaveLength(1);
    const jobId = billing.seen('only')[0]?.jobId;
    expect(jobId).toBeDefined();
    const [[streamId = ''] = []] = await stage.redis.xrange('{hyvve:0}:events', '-', '+');
    const event = { streamId, type: OrderPlaced.type, tenantId: 'tenant-1' };
    const statuses = ['include COMPLETED', 'only COMPLETED', 'skip SKIPPED'];
    const replays = await stage.operator.replaysOf(event);
    expect(replays.map(({ replay }) => [replay.jobId, replay.actor])).toEqual([[jobId, ann.actor]]);
    const handlers = replays[0]?.groups[0]?.handlers.map(({ handler, status }) => `${handler} ${status}`);
    expect(handlers?.sort()).toEqual(statuses);
  });

  it.each<{
    readonly to: string;
    readonly request: ReplayRequest;
    readonly byType: Record<string, number>;
    readonly runs: Record<string, number>;
  }>([
    { to: 'one handler', request: one('paid'), byType: { 'shop.order.paid': 2 }, runs: { paid: 2 } },
    {
      to: 'handlers of several groups',
      request: { handlers: [paid, { group: 'audit', handler: 'orders' }] },
      byType: { 'shop.order.paid': 2, 'shop.order.placed': 3 },
      runs: { paid: 2, orders: 5 },
    },
    { to: 'one that leaves replays out', request: one('live'), byType: {}, runs: {} },
    { to: 'one that is of nothing published', request: one('other'), byType: {}, runs: {} },
    {
      to: 'a group and a type',
      request: { groups: ['billing'], eventTypes: ['shop.*'] },
      byType: { 'shop.order.paid': 2 },
      runs: { paid: 2 },
    },
    {
      to: 'a group and a handler',
      request: { groups: ['audit'], handlers: [paid] },
      byType: { 'shop.order.paid': 2, 'shop.order.placed': 3 },
      runs: { paid: 2, orders: 5 },
    },
    {
      to: 'a type that the handler does not get',
      request: { ...one('paid'), eventTypes: [OrderPlaced.type] },
      byType: {},
      runs: {},
    },
  ])('to $to: counts and delivers the events that these handlers get', async ({ request, byType, runs }) => {
    const seen: Record<string, number> = {};
    const note = (name: string) => (event: { replay?: unknown }) => {
      if (event.replay !== undefined) seen[name] = (seen[name] ?? 0) + 1;
    };
    const billing = stage.bus('billing');
    billing.subscribe(subscribeTo(allEvents, 'shop.order.paid', { name: 'paid' }, note('paid')));
    billing.subscribe(subscribeTo(allEvents, '*', { name: 'live', replay: 'skip' }, note('live')));
    billing.subscribe(subscribeTo(allEvents, 'depot.*', { name: 'other' }, note('other')));
    const audit = stage.bus('audit');
    audit.subscribe(subscribeTo(allEvents, 'shop.order.*', { name: 'orders', replay: 'only' }, note('orders')));
    await billing.start();
    await audit.start();
    const placed = await stage.publish(3);
    for (let i = 0; i < 2; i += 1) await billing.publish(OrderPaid, anOrder, tenant);
    const events = Object.values(byType).reduce((sum, number) => sum + number, 0);
    expect(await stage.operator.replays.count(request)).toMatchObject({ events, byType, scanned: 5, complete: true });
    const { jobId } = await stage.operator.replays.start(request, ann);
    expect((await reaches(jobId, 'completed')).progress).toMatchObject({ scanned: 5, replayed: events });
    await until('no delivery of it waits', async () =>
      (await stage.operator.statistics.snapshot()).groups.every(
        (group) => group.replayLag === 0 && group.replayPending === 0,
      ),
    );
    expect(seen).toEqual(runs);
    const [first] = await stage.redis.xrange('{hyvve:0}:events', '-', '+', 'COUNT', 1);
    const event = { streamId: first?.[0] ?? '', type: OrderPlaced.type, tenantId: 'tenant-1' };
    expect(placed).toHaveLength(3);
    const ran = (await stage.operator.replaysOf(event)).flatMap(({ groups }) =>
      groups.flatMap((group) => group.handlers),
    );
    expect(ran.some(({ status }) => status === 'COMPLETED')).toBe(byType[OrderPlaced.type] !== undefined);
  });

  it('has separate retries, dead letters and status from the live delivery', async () => {
    let live = 0;
    const replayed: number[] = [];
    await stage.handle(
      'billing',
      (event, ctx) => {
        if (!('replay' in event)) live += 1;
        else if (replayed.push(ctx.attempt) < 3) throw new Error('the bank is closed');
      },
      { handler: { maxRetries: 1, retryDelaysMs: [20] } },
    );
    const [id = ''] = await stage.publish(1);
    await until('it is handled', () => live === 1);
    const { jobId } = await stage.operator.replays.start({}, ann);
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    const [letter] = (await stage.operator.deadLetters.list()).items;
    expect(letter).toMatchObject({ eventId: id, replayJobId: jobId, attempts: 2, reason: 'RETRIES_EXHAUSTED' });
    expect(await stage.operator.status({ eventId: id })).toMatchObject([{ handlers: [{ status: 'COMPLETED' }] }]);
    const event = { streamId: letter?.streamId ?? '', type: OrderPlaced.type, tenantId: 'tenant-1' };
    const handlers = async () => (await stage.operator.replaysOf(event))[0]?.groups[0]?.handlers;
    expect(await handlers()).toEqual([{ handler: 'bill', status: 'DLQ', deadLetterId: letter?.id }]);
    expect((await stage.operator.statistics.snapshot()).groups[0]?.deadLetters).toBe(1);
    await stage.operator.deadLetters.retry(letter?.id ?? '', ann);
    await until('it is handled again', () => replayed.length === 3);
    await until('its retry is removed', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 0);
    expect(live).toBe(1);
    expect(await handlers()).toEqual([{ handler: 'bill', status: 'COMPLETED' }]);
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:dead')).toBe(0);
    const jobs = (await stage.operator.log()).map(({ kind, detail }) => [kind, detail.replayJobId ?? detail.jobId]);
    expect(new Set(jobs.map(([, job]) => job))).toEqual(new Set([jobId]));
  });

  it('a discarded replay does not change the status of the live event', async () => {
    await stage.handle(
      'billing',
      (event) => {
        if ('replay' in event) throw new Error('no');
      },
      { handler: { maxRetries: 0 } },
    );
    const [id = ''] = await stage.publish(1);
    await until(
      'it is handled',
      async () => (await stage.operator.status({ eventId: id }))[0]?.handlers[0]?.status === 'COMPLETED',
    );
    await stage.operator.replays.start({}, ann);
    await until('it is dead', async () => (await stage.operator.deadLetters.count()) === 1);
    const [letter] = (await stage.operator.deadLetters.list()).items;
    await stage.operator.deadLetters.discard(letter?.id ?? '', ann);
    expect(await stage.operator.status({ eventId: id })).toMatchObject([{ handlers: [{ status: 'COMPLETED' }] }]);
    expect(await stage.redis.hlen('{hyvve:0}:group:billing:dead')).toBe(0);
  });

  it('runs a side effect once for each replay', async () => {
    let effects = 0;
    let runs = 0;
    await stage.handle(
      'billing',
      async (_event, ctx) => {
        runs += 1;
        await ctx.once('mail', () => {
          effects += 1;
        });
        if (runs % 2 === 1) throw new Error('after the effect');
      },
      { handler: { retryDelaysMs: [20] } },
    );
    await stage.publish(1);
    await until('it is handled', () => runs === 2);
    for (const expected of [4, 6]) {
      await stage.operator.replays.start({}, ann);
      await until('it is handled again', () => runs === expected);
    }
    expect(effects).toBe(3);
  });

  it('observes its rate, is cancelled, and continues at the same position', async () => {
    const billing = await record('billing', { name: 'bill' });
    const ids = await stage.publish(100);
    await until('all are handled', () => billing.seen('bill').length === 100);
    const startedAt = performance.now();
    const { jobId } = await stage.operator.replays.start({ ratePerSecond: 20 }, ann);
    await until('some were delivered again', () => billing.seen('bill').length >= 106);
    const cancelled = await stage.operator.replays.cancel(jobId, { actor: 'bob' });
    const perSecond = cancelled.progress.replayed / ((performance.now() - startedAt) / 1_000);
    expect(perSecond).toBeLessThan(40);
    expect(cancelled.progress.fraction).toBeLessThan(1);
    await expect(stage.operator.replays.cancel(jobId, ann)).rejects.toMatchObject({ code: 'CONFLICT' });
    await sleep(300);
    expect((await stage.operator.replays.get(jobId))?.progress.replayed).toBe(cancelled.progress.replayed);
    const other = createEventOperator({ redis: stage.server.url, runReplays: true });
    try {
      expect(await other.replays.resume(jobId, ann)).toMatchObject({ status: 'waiting' });
      await until('all were delivered again', () => billing.seen('bill').length === 200);
    } finally {
      await other.close();
    }
    await reaches(jobId, 'completed');
    expect(
      billing
        .seen('bill')
        .slice(100)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...ids].sort());
    const kinds = (await stage.operator.log()).map(({ kind, actor }) => [kind, actor]);
    expect(kinds).toEqual([
      ['replay-started', 'ann'],
      ['replay-cancelled', 'bob'],
      ['replay-resumed', 'ann'],
      ['replay-completed', undefined],
    ]);
  });

  it('delivers no event that was published after its start, and skips entries that are not envelopes', async () => {
    const billing = await record('billing', { name: 'bill' });
    await stage.publish(3);
    await stage.redis.xadd('{hyvve:0}:events', '*', 'e', 'not json');
    await until('they are handled', () => billing.seen('bill').length === 3);
    const { jobId } = await stage.operator.replays.start({ ratePerSecond: 10 }, ann);
    await stage.publish(5);
    const { progress } = await reaches(jobId, 'completed');
    expect(progress).toMatchObject({ scanned: 4, replayed: 3, unreadable: 1 });
    await until('all were delivered', () => billing.seen('bill').length === 11);
  });

  it.each<[string, object]>([
    ['from', { from: new Date(Date.now() + 60_000) }],
    ['from', { from: new Date(2), to: new Date(1) }],
    ['to', { to: new Date(Number.NaN) }],
    ['eventTypes', { eventTypes: [] }],
    ['groups', { groups: ['nobody'] }],
    ['handlers', { handlers: [{ group: 'billing', handler: 'nobody' }] }],
    ['ratePerSecond', { ratePerSecond: 0 }],
    ['tenantId', { tenantId: '' }],
    // If the field were ignored, the replay would be for all groups.
    ['"groups"', { group: ['billing'] }],
    ['"eventTypes"', { eventType: ['shop.*'] }],
  ])('is refused because of %s', async (field, request) => {
    await record('billing', { name: 'bill' });
    await expect(stage.operator.replays.start(request, ann)).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message: expect.stringContaining(field),
    });
    expect((await stage.operator.replays.list()).items).toEqual([]);
  });

  it('is listed newest first, in pages; another id is NOT_FOUND', async () => {
    await record('billing', { name: 'bill' });
    const started: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      started.unshift((await stage.operator.replays.start({}, ann)).jobId);
      await sleep(5);
    }
    const first = await stage.operator.replays.list({ limit: 2 });
    const second = await stage.operator.replays.list({ limit: 2, cursor: first.cursor ?? '' });
    expect([...first.items, ...second.items].map(({ jobId }) => jobId)).toEqual(started);
    expect(second.cursor).toBeUndefined();
    expect(await stage.operator.replays.get('nothing')).toBeUndefined();
    await expect(stage.operator.replays.resume('nothing', ann)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
