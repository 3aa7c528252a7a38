import { setTimeout as sleep } from 'node:timers/promises';
import type { ParkedDelivery } from '@hyvve-events/runtime';
import { describe, expect, it } from 'vitest';
import { settledV1 } from '../support/events/versioned.js';
import { tenant } from '../support/processes/chaos.js';
import type { Worker, WorkerHandler } from '../support/processes/worker.js';
import { seededRandom } from '../support/random.js';
import { useRecordedStage } from '../support/recording/recorded-stage.js';
import { until } from '../support/wait.js';

const stage = useRecordedStage();
/** `CHAOS_SEED` repeats the choices. A case takes a few seconds, and half of `CHAOS_SECONDS` if that is longer. */
const seed = Number(process.env.CHAOS_SEED ?? 424_242);
const stepMs = (Number(process.env.CHAOS_SECONDS ?? 3) * 1_000) / 20;

const handlers: readonly WorkerHandler[] = [
  { name: 'bill', does: 'sleep', ms: 40 },
  { name: 'flaky', does: 'fail-sometimes', options: { maxRetries: 60, retryDelaysMs: [80] } },
];
const options = { leaseMs: 4_000, sweepMs: 300, drainMs: 2_000, concurrency: 10, maxDeliveries: 100 };

type Version = 1 | 2;

/** Processes of the service and of its publishers, of two builds. */
class Deployment {
  readonly consumers: Worker[] = [];
  readonly publishers: Worker[] = [];
  readonly #random = seededRandom(seed);

  async consumer(settled: Version): Promise<void> {
    this.consumers.push(await stage.worker('billing', handlers, { settled, options }));
  }

  async publisher(settled: Version): Promise<void> {
    this.publishers.push(await stage.worker('shop', [], { settled, publishesPerSecond: 60 }));
  }

  /** Ends one process, at random by SIGKILL or SIGTERM; the other half of a deploy starts its successor. */
  async end(from: Worker[], signal?: NodeJS.Signals): Promise<void> {
    const [victim] = from.splice(Math.floor(this.#random() * from.length), 1);
    if (victim === undefined) throw new Error('no process is left');
    const chosen = signal ?? (this.#random() < 0.5 ? 'SIGKILL' : 'SIGTERM');
    victim.signal(chosen);
    await victim.ended;
  }

  /** Replaces processes of version 1 by processes of version 2, one at a time. Kills the first one, and its successor. */
  async deploy(which: 'consumers' | 'publishers'): Promise<void> {
    if (which === 'publishers') await hasWritten('1.0.0');
    const start = () => (which === 'consumers' ? this.consumer(2) : this.publisher(2));
    const old = this[which].splice(0);
    await Promise.all([this.end(old, 'SIGKILL'), start()]);
    await sleep(stepMs);
    await Promise.all([this.end(this[which], 'SIGKILL'), start()]);
    while (old.length > 0) {
      await sleep(stepMs);
      await Promise.all([this.end(old), start()]);
    }
    await sleep(stepMs);
    if (which === 'publishers') await hasWritten('2.0.0');
  }

  async stopPublishing(): Promise<void> {
    while (this.publishers.length > 0) await this.end(this.publishers, 'SIGTERM');
  }
}

async function deployment(): Promise<Deployment> {
  const made = new Deployment();
  await Promise.all([made.consumer(1), made.consumer(1), made.publisher(1), made.publisher(1)]);
  await sleep(stepMs);
  return made;
}

/** All events that were written: also those whose publisher was killed before it had the answer. */
async function written(): Promise<readonly { readonly id: string; readonly version: string }[]> {
  const entries = await stage.redis.xrange('{hyvve:0}:events', '-', '+');
  return entries.map(([, fields]) => JSON.parse(fields[1] ?? '') as { id: string; version: string });
}

/** Waits until a publisher has written an event of this version, also on a busy machine. */
function hasWritten(version: string): Promise<void> {
  return until(`an event of ${version} is written`, async () =>
    (await written()).some((event) => event.version === version),
  );
}

const effect = (handler: string, id: string) => `billing/${handler}/${id}`;
const ofKind = async (kind: string) =>
  (await stage.operator.log({ limit: 100_000 })).filter((line) => line.kind === kind);

/** Waits until both handlers have handled each event. */
async function allHandled(ids: readonly string[]): Promise<void> {
  await until(
    'each event is handled',
    async () => {
      const effects = await stage.effects();
      return ids.every((id) => ['bill', 'flaky'].every((handler) => effects.has(effect(handler, id))));
    },
    60_000,
  );
  await until('no row is left', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 0);
}

/** Checks what holds after every sequence. The history shows that each event was handled, and why one was handled again. */
async function checkOutcome(): Promise<void> {
  const events = await written();
  expect(new Set(events.map(({ version }) => version))).toEqual(new Set(['1.0.0', '2.0.0']));
  expect(await stage.wrong()).toEqual([]);
  expect((await stage.operator.deadLetters.list({ limit: 100 })).items).toEqual([]);
  expect(await stage.operator.parked.count()).toBe(0);
  console.log(`CHAOS_SEED=${seed}: ${events.length} events`);
}

const timeout = stepMs * 20 + 120_000;

describe(`⚑ a rolling deploy of a new major version under load (CHAOS_SEED=${seed})`, () => {
  it('consumers first, then publishers: every event is handled, and none is parked', { timeout }, async () => {
    const deploy = await deployment();
    await deploy.deploy('consumers');
    await deploy.deploy('publishers');
    await deploy.stopPublishing();
    await allHandled((await written()).map(({ id }) => id));
    await checkOutcome();
    expect(await ofKind('parked')).toEqual([]);
  });

  it('publishers first, then consumers: new events wait, and every event is handled', { timeout }, async () => {
    const deploy = await deployment();
    await deploy.deploy('publishers');
    await until('new events wait', async () => (await stage.operator.parked.count()) > 0);
    await deploy.deploy('consumers');
    await deploy.stopPublishing();
    const events = await written();
    await allHandled(events.map(({ id }) => id));
    await checkOutcome();
    const old = new Set(events.filter(({ version }) => version === '1.0.0').map(({ id }) => id));
    const parked = (await ofKind('parked')).map(({ detail }) => String(detail.eventId));
    expect(parked.length).toBeGreaterThan(0);
    expect(parked.filter((id) => old.has(id))).toEqual([]);
  });

  it('a rollback: what the new build wrote waits and is listed, until the new build is back', { timeout }, async () => {
    const deploy = new Deployment();
    await Promise.all([deploy.consumer(2), deploy.consumer(2), deploy.publisher(1), deploy.publisher(2)]);
    await sleep(stepMs);
    // The new build fails, and the old one is deployed again; the publishers follow later.
    await deploy.end(deploy.consumers, 'SIGKILL');
    await Promise.all([deploy.consumer(1), deploy.consumer(1)]);
    const [failing] = deploy.consumers.splice(0, 1);
    if (failing !== undefined) await deploy.end([failing], 'SIGKILL');
    await sleep(2 * stepMs);
    await until('new events wait', async () => (await stage.operator.parked.count()) > 0);
    await deploy.stopPublishing();
    await deploy.publisher(1);
    await sleep(2 * stepMs);
    await deploy.stopPublishing();
    const events = await written();
    const [older, newer] = ['1.0.0', '2.0.0'].map((known) => events.filter(({ version }) => version === known));
    // Nothing is lost: each delivery is handled or listed.
    const items = await handledOrParked(events.map(({ id }) => id));
    expect(items.length).toBeGreaterThan(0);
    const ids = new Set(newer?.map(({ id }) => id));
    expect(
      items.every(({ eventId, version, type }) => ids.has(eventId) && version === '2.0.0' && type === settledV1.type),
    ).toBe(true);
    // Events of the old version do not wait.
    const waiting = new Set(items.map(({ handler, eventId }) => effect(handler, eventId)));
    expect(older?.every(({ id }) => !waiting.has(effect('bill', id)))).toBe(true);
    expect(await stage.operator.deadLetters.count()).toBe(0);
    // A process may have been killed after the effect and before Redis recorded it.
    const before = await stage.effects();
    const first = items.find(({ handler, eventId }) => !before.has(effect(handler, eventId)));
    const status = await stage.operator.status({ eventId: first?.eventId ?? '' });
    expect(status[0]?.handlers).toContainEqual({ handler: first?.handler, status: 'PARKED' });
    // An operator gives up one delivery; the others are handled when the new build is back.
    await stage.operator.parked.discard(first?.id ?? '', { actor: 'ann' });
    await Promise.all([deploy.consumer(2), deploy.consumer(2)]);
    await until('nothing waits', async () => (await stage.operator.parked.count()) === 0);
    await until('no row is left', async () => (await stage.redis.hlen('{hyvve:0}:group:billing:rows')) === 0);
    const discarded = effect(first?.handler ?? '', first?.eventId ?? '');
    const done = await stage.effects();
    for (const each of waiting) expect(done.has(each)).toBe(each !== discarded);
    expect(await stage.wrong()).toEqual([]);
    expect(await stage.operator.deadLetters.count()).toBe(0);
  });
});

it('⚑ a conversion that crashes every process: the event becomes a dead letter CRASHED, and all others are handled', async () => {
  const quick = { leaseMs: 900, sweepMs: 200, drainMs: 500, maxDeliveries: 3 };
  const plan = { settled: 2, conversionKills: '13', options: quick } as const;
  const shop = stage.bus('shop').withContext(tenant);
  const orders = Array.from({ length: 20 }, (_, n) => ({ orderId: String(n + 1), amount: n + 1 }));
  const published = await Promise.all(orders.map((order) => shop.publish(settledV1, order)));
  const isDead = async () => (await stage.operator.deadLetters.count()) > 0;
  for (let started = 0; !(await isDead()); started += 1) {
    expect(started).toBeLessThan(12);
    const { ended } = await stage.worker('billing', [{ name: 'bill' }], plan);
    await Promise.race([ended, until('it is dead', isDead)]);
  }
  const { id: poison } = published[12] ?? { id: '' };
  await until('all others are handled', async () => (await stage.effects()).size === 19);
  expect((await stage.operator.deadLetters.list()).items).toMatchObject([{ eventId: poison, reason: 'CRASHED' }]);
  expect((await stage.effects()).has(effect('bill', poison))).toBe(false);
  expect(await stage.wrong()).toEqual([]);
});

/** Waits until each delivery is handled or parked. Returns those that are parked. */
async function handledOrParked(ids: readonly string[]): Promise<readonly ParkedDelivery[]> {
  let items: readonly ParkedDelivery[] = [];
  await until(
    'each delivery is handled or parked',
    async () => {
      items = await allParked();
      const effects = await stage.effects();
      const waiting = new Set(items.map(({ handler, eventId }) => effect(handler, eventId)));
      const isOpen = (delivery: string) => !effects.has(delivery) && !waiting.has(delivery);
      const rows = await stage.redis.hlen('{hyvve:0}:group:billing:rows');
      return rows === items.length && !ids.some((id) => isOpen(effect('bill', id)) || isOpen(effect('flaky', id)));
    },
    60_000,
  );
  return items;
}

async function allParked(): Promise<readonly ParkedDelivery[]> {
  const items: ParkedDelivery[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await stage.operator.parked.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
    if (cursor === undefined) return items;
  }
}
