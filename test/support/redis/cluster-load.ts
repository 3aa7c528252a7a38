import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, type EventBusOptions, type RedisTarget } from '@hyvve-events/runtime';
import { subscribeTo } from '@hyvve-events/runtime/codegen';
import { expect } from 'vitest';
import { allEvents, anOrder, OrderPlaced } from '../events/events.js';
import { recordingLogger } from '../events/log.js';
import { succeeds, until } from '../wait.js';

/** What a publisher and a handler have seen. */
export interface Load {
  /** Ids of the events whose publish has resolved. */
  readonly published: ReadonlySet<string>;
  /** Runs of the handler by event id. */
  readonly runs: ReadonlyMap<string, number>;
  /** Codes of rejected publishes. */
  readonly rejected: readonly string[];
  /** Errors that the buses have logged; maintenance is repeated. */
  readonly errors: readonly string[];
}

/**
 * Publishes 100 events a second and handles them, while something happens to the servers. Every event whose publish has
 * resolved must be handled afterwards, and both buses must be ready again.
 */
export async function underLoad(
  redis: RedisTarget,
  fault: () => Promise<unknown>,
  options: Partial<EventBusOptions> = {},
): Promise<Load> {
  const { logger, messages } = recordingLogger();
  const common = { redis, logger, leaseMs: 1_500, sweepMs: 200, ...options };
  const runs = new Map<string, number>();
  const published = new Set<string>();
  const rejected: string[] = [];
  const consumer = createEventBus({ service: 'billing', ...common });
  consumer.subscribe(
    subscribeTo(
      allEvents,
      'shop.*',
      { name: 'bill', maxRetries: 20, retryDelaysMs: [50] },
      async (event: { id: string }, ctx) => {
        runs.set(event.id, (runs.get(event.id) ?? 0) + 1);
        // Retries need the timer, and settle what was scheduled.
        if (ctx.attempt === 1 && runs.size % 10 === 0) throw new Error('as planned');
      },
    ),
  );
  await consumer.start();
  const publisher = createEventBus({ service: 'shop', ...common });
  const sending = new Set<Promise<void>>();
  const send = async () => {
    try {
      const { id } = await publisher.publish(OrderPlaced, anOrder, { tenantId: 'tenant-1' });
      published.add(id);
    } catch (error) {
      const { code } = error as { readonly code?: string };
      rejected.push(code === undefined || code === 'INTERNAL' ? String(error) : code);
    }
  };
  const timer = setInterval(() => {
    const one = send().finally(() => sending.delete(one));
    sending.add(one);
  }, 10);
  try {
    await until('events are handled', () => runs.size > 10);
    await fault();
    const before = published.size;
    await until('publishing goes on', () => published.size > before + 20);
    await sleep(200);
    clearInterval(timer);
    await Promise.all(sending);
    const missing = () => [...published].filter((id) => !runs.has(id)).length;
    await until('every event is handled', () => missing() === 0).catch((cause: unknown) => {
      const about = `${missing()} of ${published.size} acknowledged events were not handled; errors in the log`;
      throw new Error(`${about}: ${messages('error').join('; ')}`, { cause });
    });
    await until('both are ready', () => consumer.health().ready && publisher.health().ready);
    await until('the bus takes further events', () => succeeds(send()));
  } finally {
    clearInterval(timer);
    await Promise.all([publisher.close(), consumer.close({ drainMs: 500 })]);
  }
  expect([...new Set(rejected)].filter((code) => code !== 'UNAVAILABLE' && code !== 'OUTCOME_UNKNOWN')).toEqual([]);
  return {
    published,
    runs,
    rejected,
    errors: messages('error').filter((line) => !line.startsWith('maintenance failed')),
  };
}
