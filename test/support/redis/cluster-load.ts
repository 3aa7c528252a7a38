import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, type EventBus, type EventBusOptions, type RedisTarget } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { expect } from 'vitest';
import { comparePositions } from '../../../runtime/event/position.js';
import { allEvents, anOrder, OrderPlaced } from '../events/events.js';
import { recordingLogger } from '../events/log.js';
import { succeeds, until } from '../wait.js';
import { expectNothingLost, type LoadCounts, readWritten } from './load-counts.js';

/** An event whose publish has resolved. */
export interface Acknowledged {
  readonly id: string;
  readonly tenantId: string;
  /** Its position in the stream. */
  readonly position: string;
  /** Duration of the publish, in milliseconds. */
  readonly ms: number;
}

export interface Rejected {
  /** The code; for an error that must not occur, its text. */
  readonly code: string;
  readonly tenantId: string;
}

export interface LoadOptions extends Partial<EventBusOptions> {
  /** They publish in turns. Default: ten. */
  readonly tenants?: readonly string[];
  /** Called at the start of each run of the handler. */
  readonly beforeRun?: () => Promise<unknown>;
  /** Duration of a run of a second handler, which gets the events of each tenant in order, in milliseconds. Default: 20. */
  readonly orderedRunMs?: number;
}

const tenTenants = Array.from({ length: 10 }, (_, index) => `tenant-${index}`);

/** What the ordered handler has seen of an event, by `performance.now()`. */
interface OrderedRun {
  readonly startedAt: number;
  /** When a run has completed for the first time. */
  completedAt: number;
}

/** A publisher of 100 events a second, and two handlers, of which one is ordered by key. */
export interface RunningLoad {
  /** By event id. */
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
  /** Runs of the handler by event id. */
  readonly runs: ReadonlyMap<string, number>;
  readonly rejected: readonly Rejected[];
  readonly publisher: EventBus;
  readonly consumer: EventBus;
  /** Errors that the buses have logged. */
  errors(): readonly string[];
  /** Acknowledged events that one of the handlers has not completed. */
  missing(): readonly Acknowledged[];
  /** Number of runs that no failure of the handler explains. */
  repeated(): number;
  /** What became of the events, after {@link stop}. Reads the streams. */
  counts(): Promise<LoadCounts>;
  /** Publishes one event. */
  send(): Promise<void>;
  /** Stops publishing; resolves when every publish has ended. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Starts to publish and to handle. Every tenth event fails at its first attempt. */
export async function startLoad(
  redis: RedisTarget,
  { tenants = tenTenants, beforeRun, orderedRunMs = 20, ...options }: LoadOptions = {},
): Promise<RunningLoad> {
  const { logger, messages } = recordingLogger();
  const common = { redis, logger, leaseMs: 1_500, sweepMs: 200, ...options };
  const runs = new Map<string, number>();
  const completed = new Set<string>();
  const acknowledged = new Map<string, Acknowledged>();
  const rejected: Rejected[] = [];
  let failures = 0;
  const consumer = createEventBus({ service: 'billing', ...common });
  const handler = { name: 'bill', maxRetries: 20, retryDelaysMs: [50] };
  consumer.subscribe(
    subscribeTo(allEvents, 'shop.*', handler, async (event: { id: string }, ctx) => {
      await beforeRun?.();
      runs.set(event.id, (runs.get(event.id) ?? 0) + 1);
      // Retries need the timer, and settle what was scheduled.
      if (ctx.attempt > 1 || runs.size % 10 !== 0) {
        completed.add(event.id);
        return;
      }
      failures += 1;
      throw new Error('as planned');
    }),
  );
  // By position: an event whose first entry was lost before its publish resolved is published and handled again.
  const ordered = new Map<string, OrderedRun>();
  const balance = { name: 'balance', order: 'key', maxRetries: 20, retryDelaysMs: [50] } as const;
  consumer.subscribe(
    subscribeTo(allEvents, 'shop.*', balance, async (_event: { id: string }, ctx) => {
      const run = ordered.get(ctx.streamId) ?? { startedAt: performance.now(), completedAt: Number.POSITIVE_INFINITY };
      ordered.set(ctx.streamId, run);
      await sleep(orderedRunMs);
      if (ctx.attempt === 1 && ordered.size % 20 === 0) throw new Error('as planned');
      run.completedAt = Math.min(run.completedAt, performance.now());
    }),
  );
  await consumer.start();
  const publisher = createEventBus({ service: 'shop', ...common });
  const sending = new Set<Promise<void>>();
  const correlationId = randomUUID();
  let next = 0;
  const send = async () => {
    const tenantId = tenants[next % tenants.length] ?? '';
    next += 1;
    const startedAt = performance.now();
    try {
      const { id, streamId } = await publisher.publish(OrderPlaced, anOrder, { tenantId, correlationId });
      acknowledged.set(id, { id, tenantId, position: streamId, ms: performance.now() - startedAt });
    } catch (error) {
      const { code } = error as { readonly code?: string };
      rejected.push({ tenantId, code: code === undefined || code === 'INTERNAL' ? String(error) : code });
    }
  };
  const timer = setInterval(() => {
    const one = send().finally(() => sending.delete(one));
    sending.add(one);
  }, 10);
  const stop = async () => {
    clearInterval(timer);
    await Promise.all(sending);
  };
  const missing = () =>
    [...acknowledged.values()].filter(({ id, position }) => {
      const isCompleted = (ordered.get(position)?.completedAt ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY;
      return !completed.has(id) || !isCompleted;
    });
  const repeated = () => [...runs.values()].reduce((sum, count) => sum + count, 0) - runs.size - failures;
  return {
    acknowledged,
    runs,
    rejected,
    publisher,
    consumer,
    errors: () => messages('error'),
    missing,
    repeated,
    counts: async () => {
      const { ids, doubled } = await readWritten(redis, correlationId);
      const unknown = rejected.filter(({ code }) => code === 'OUTCOME_UNKNOWN').length;
      return {
        acknowledged: acknowledged.size,
        rejected: rejected.length - unknown,
        unknown,
        written: ids.size,
        doubled,
        handled: acknowledged.size - missing().length,
        repeated: repeated(),
        outOfOrder: outOfOrder(
          [...acknowledged.values()].filter(({ id }) => ids.has(id)),
          ordered,
        ).length,
      };
    },
    send,
    stop,
    close: async () => {
      clearInterval(timer);
      await Promise.all([publisher.close(), consumer.close({ drainMs: 500 })]);
    },
  };
}

function outOfOrder(events: readonly Acknowledged[], runs: ReadonlyMap<string, OrderedRun>): Acknowledged[] {
  const completedAt = new Map<string, number>();
  return events
    .toSorted((a, b) => comparePositions(a.position, b.position))
    .filter(({ position, tenantId }) => {
      const run = runs.get(position);
      const before = completedAt.get(tenantId) ?? Number.NEGATIVE_INFINITY;
      if (run !== undefined) completedAt.set(tenantId, Math.max(before, run.completedAt));
      return run !== undefined && run.startedAt < before;
    });
}

/** What a publisher and a handler have seen. */
export interface Load {
  /** Codes of rejected publishes. */
  readonly rejected: readonly string[];
  /** Errors that the buses have logged; maintenance is repeated. */
  readonly errors: readonly string[];
}

/**
 * Publishes 100 events a second and handles them, while something happens to the servers. Every event whose publish has
 * resolved must be handled afterwards, in the order of its tenant, none may be written twice, and both buses must be ready
 * again.
 * @param options `mostRepeated`: number of runs that the fault may repeat. Default: 0.
 */
export async function underLoad(
  redis: RedisTarget,
  fault: () => Promise<unknown>,
  { mostRepeated = 0, ...options }: LoadOptions & { readonly mostRepeated?: number } = {},
): Promise<Load> {
  const load = await startLoad(redis, options);
  const { acknowledged, runs, rejected, publisher, consumer } = load;
  try {
    await until('events are handled', () => runs.size > 10);
    await fault();
    const before = acknowledged.size;
    await until('publishing goes on', () => acknowledged.size > before + 20);
    await sleep(200);
    await load.stop();
    await until('both are ready', () => consumer.health().ready && publisher.health().ready);
    await until('the bus takes further events', () => succeeds(load.send()));
    await until('every event is handled', () => load.missing().length === 0).catch((cause: unknown) => {
      const about = `${load.missing().length} of ${acknowledged.size} acknowledged events were not handled; errors in the log`;
      throw new Error(`${about}: ${load.errors().join('; ')}`, { cause });
    });
    expectNothingLost(await load.counts(), mostRepeated);
  } finally {
    await load.close();
  }
  const codes = rejected.map(({ code }) => code);
  expect([...new Set(codes)].filter((code) => code !== 'UNAVAILABLE' && code !== 'OUTCOME_UNKNOWN')).toEqual([]);
  return { rejected: codes, errors: load.errors() };
}
