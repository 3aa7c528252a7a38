import {
  createEventBus,
  createEventOperator,
  type EventBus,
  type EventOperator,
  silentLogger,
} from '@hyvve-events/runtime';
import { type Envelope, subscribeTo, type UnknownEvent } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PrivateRedis, startRedis } from '../../scripts/redis-server.js';
import { allEvents, anOrder, OrderPlaced } from '../support/events/events.js';
import { until } from '../support/wait.js';

let server: PrivateRedis;
let redis: Redis;
let operator: EventOperator;
const buses: EventBus[] = [];
const ann = { actor: 'ann' };
const tenant = { tenantId: 'acme' };

beforeEach(async () => {
  server = await startRedis(['--maxmemory', '40mb', '--maxmemory-policy', 'noeviction']);
  redis = new Redis(server.url);
  operator = createEventOperator({ redis: server.url, logger: silentLogger, runReplays: true });
});
afterEach(async () => {
  await Promise.all([...buses.splice(0).map((bus) => bus.close()), operator.close()]);
  redis.disconnect();
  await server.stop();
});

async function group(service: string, handle: (id: string, replayed: boolean) => unknown) {
  const bus = createEventBus({ redis: server.url, service, logger: silentLogger, drainMs: 100 });
  bus.subscribe(
    subscribeTo(allEvents, '*', { name: 'all' }, async (event: Envelope | UnknownEvent) => {
      await handle(event.id, event.replay !== undefined);
    }),
  );
  buses.push(bus);
  await bus.start();
  return bus;
}

async function publish(bus: EventBus, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 100) {
    const drafts = Array.from({ length: 100 }, () =>
      bus.publish(OrderPlaced, { ...anOrder, orderId: 'x'.repeat(4_000) }, tenant),
    );
    ids.push(...(await Promise.all(drafts)).map(({ id }) => id));
  }
  return ids;
}

const length = () => redis.xlen('{hyvve:0}:events:replay');
const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);

describe('the replay stream', () => {
  it('stays below its limit while a group is slow, and is empty after all is handled', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handled = new Set<string>();
    const bus = await group('desk', async (id, replayed) => {
      if (!replayed) return;
      await gate;
      handled.add(id);
    });
    const ids = await publish(bus, 3_000);
    const before = await used();
    const { jobId } = await operator.replays.start({ groups: ['desk'], ratePerSecond: 100_000 }, ann);
    await until('it waits for room', async () => {
      const first = await length();
      await new Promise((resolve) => setTimeout(resolve, 400));
      return first > 0 && first === (await length());
    });
    // A tenth of 40 MiB, plus Redis's state for the groups.
    expect((await used()) - before).toBeLessThan(5 * 1024 * 1024);
    await expect(bus.publish(OrderPlaced, anOrder, tenant)).resolves.toMatchObject({ id: expect.any(String) });
    release();
    await until('it has ended', async () => (await operator.replays.get(jobId))?.status === 'completed');
    await until('all are handled', () => handled.size === ids.length);
    const { jobId: next } = await operator.replays.start({ groups: ['desk'], eventTypes: ['shop.order.paid'] }, ann);
    await operator.replays.cancel(next, ann).catch(() => undefined);
    await until('no data is left', async () => (await length()) === 0);
  });

  it('is emptied when a replay is cancelled; a resumed replay delivers every event', async () => {
    const publisher = await group('other', () => undefined);
    const waiting = await group('desk', () => undefined);
    const ids = await publish(publisher, 600);
    // The group is known and has no running process: its entries stay in the stream.
    await waiting.close();
    buses.splice(buses.indexOf(waiting), 1);
    const { jobId } = await operator.replays.start({ groups: ['desk'], ratePerSecond: 100_000 }, ann);
    await until('it wrote something', async () => (await length()) > 200);
    const cancelled = await operator.replays.cancel(jobId, ann);
    expect(cancelled.progress.replayed).toBe(await length());
    expect(await length()).toBe(0);
    await operator.replays.resume(jobId, ann);
    const runs = new Map<string, number>();
    await group('desk', (id, replayed) => {
      if (replayed) runs.set(id, (runs.get(id) ?? 0) + 1);
    });
    await until('all are handled', () => ids.every((id) => runs.has(id)));
    await until('it has ended', async () => (await operator.replays.get(jobId))?.status === 'completed');
    expect((await operator.replays.get(jobId))?.progress.replayed).toBe(ids.length);
  });

  it('is counted separately from live events', async () => {
    const bus = await group('desk', (_id, replayed) => {
      if (replayed) throw new Error('not in a replay');
    });
    await publish(bus, 100);
    const handledOf = async (replays: boolean) =>
      (await operator.statistics.series({ every: 'hour', replays })).series[0]?.total;
    await until('live runs are counted', async () => (await handledOf(false))?.completed === 100);
    await operator.replays.start({ groups: ['desk'] }, ann);
    await until('replayed runs are counted', async () => (await handledOf(true))?.failed === 100);
    expect(await handledOf(false)).toMatchObject({ completed: 100, failed: 0, dead: 0 });
    expect(await handledOf(true)).toMatchObject({ published: 0, completed: 0 });
    const [durations] = await operator.statistics.durations();
    expect(durations?.count ?? 0).toBeLessThanOrEqual(100);
  });
});
