import { setTimeout as sleep } from 'node:timers/promises';
import { createEventBus, type EventBus, type EventBusOptions } from '@hyvve-events/runtime';
import { ApprovalApproved, type ApprovalDecisionPayload } from '@hyvve-events/sdk/approval';
import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { PrivateRedis } from '../redis-server.js';

/** The event of the measurements: its envelope has about 350 bytes. */
export const event = ApprovalApproved;
export const tenant = { tenantId: 'tenant-1' };
export const payload: ApprovalDecisionPayload = {
  approvalId: 'j2x0n8v7s5kq3m1tz9wbe4ra',
  type: 'content',
  title: 'Launch mail',
  decision: 'approved',
  decidedById: 'u6d1fp9yq4hc8ko3lgv2mxzi',
  confidenceScore: 0.92,
};

/** The payload of the event with this number, which is found by its `approvalId`. */
export function numberedPayload(number: number): ApprovalDecisionPayload {
  return { ...payload, approvalId: `approval${number}` };
}

/** An envelope like those of the bus, for the baselines, which do not build one. */
export const envelope = {
  id: 'e0m3abcdefghijklmnopqrst',
  type: event.type,
  source: 'bench',
  timestamp: '2026-01-01T00:00:00.000Z',
  correlationId: 'e0m3abcdefghijklmnopqrst',
  ...tenant,
  version: event.version,
  data: payload,
};
export const envelopeJson = JSON.stringify(envelope);

/** Removes all data and scripts from Redis, so that a scenario does not affect the Lua garbage collection of the next one. */
export async function empty(server: PrivateRedis): Promise<void> {
  const redis = new Redis(server.url);
  await redis.flushall();
  await redis.script('FLUSH');
  redis.disconnect();
}

/** Fills the event stream directly, without a bus. */
export async function fillStream(server: PrivateRedis, count: number, stream = '{hyvve:0}:events'): Promise<void> {
  const redis = new Redis(server.url);
  for (let written = 0; written < count; ) {
    const pipeline = redis.pipeline();
    for (let i = 0; i < 1_000 && written < count; i += 1, written += 1) pipeline.xadd(stream, '*', 'e', envelopeJson);
    await pipeline.exec();
  }
  redis.disconnect();
}

/** Fills a queue of BullMQ with copies of a job. */
export async function fillQueue(
  queue: Queue,
  count: number,
  job: Parameters<Queue['addBulk']>[0][number],
): Promise<void> {
  for (let left = count; left > 0; left -= 1_000) {
    await queue.addBulk(Array.from({ length: Math.min(left, 1_000) }, () => job));
  }
}

/** Calls `call` `count` times, with `callers` sequential callers in parallel. Returns calls per second. */
export async function perSecond(count: number, callers: number, call: () => Promise<unknown>): Promise<number> {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: callers }, caller));
  return (count * 1_000) / (performance.now() - startedAt);
}

/** Measures the time from the first to the `count`th tick. */
export class Stopwatch {
  readonly #count: number;
  #done = 0;
  #startedAt = 0;
  readonly ended: Promise<number>;
  #end: (perSecond: number) => void = () => undefined;

  constructor(count: number) {
    this.#count = count;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  tick(): void {
    if (this.#done === 0) this.#startedAt = performance.now();
    this.#done += 1;
    if (this.#done === this.#count) this.#end((this.#count * 1_000) / (performance.now() - this.#startedAt));
  }
}

/** Calls `use` with a bus, and closes the bus afterwards. */
export async function withBus<T>(
  server: Pick<PrivateRedis, 'url'>,
  use: (bus: EventBus) => Promise<T>,
  options: Pick<EventBusOptions, 'logger' | 'partitions' | 'redis'> = {},
): Promise<T> {
  const bus = createEventBus({ service: 'bench', redis: server.url, ...options });
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}

/** Waits until the group has acknowledged all events; otherwise the run does not count. */
export async function allAcknowledged(server: PrivateRedis): Promise<void> {
  const redis = new Redis(server.url);
  try {
    for (let attempt = 0; attempt < 500; attempt += 1) {
      const [pending] = await redis.xpending('{hyvve:0}:events', 'bench');
      if (pending === 0) return;
      await sleep(10);
    }
    throw new Error('not all events were acknowledged');
  } finally {
    redis.disconnect();
  }
}
