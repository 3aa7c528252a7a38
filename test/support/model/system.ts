import {
  createEventOperator,
  type DeliveryStatus,
  type Envelope,
  type EventOperator,
  type LogKind,
  type Published,
  silentLogger,
} from '@hyvve-events/runtime';
import type { AnyEventDefinition } from '@hyvve-events/runtime/codegen';
import { Redis } from 'ioredis';
import { prepareEvent } from '../../../runtime/publish/prepare-event.js';
import { LossWatch } from '../../../runtime/redis/connection/loss-watch.js';
import { MemoryGuard } from '../../../runtime/redis/connection/memory-guard.js';
import { replyCode } from '../../../runtime/redis/connection/redis-error.js';
import { resolveTarget } from '../../../runtime/redis/connection/redis-target.js';
import { BatchPublisher } from '../../../runtime/redis/publish/batch-publisher.js';
import { CircuitBreaker } from '../../../runtime/redis/publish/circuit-breaker.js';
import { PendingBytes } from '../../../runtime/redis/publish/pending-bytes.js';
import type { RunCode } from '../../../runtime/redis/statistics/counters.js';
import { partitionKeys } from '../../../runtime/redis/store/keys.js';
import { settledV1, settledV2 } from '../events/versioned.js';
import { until } from '../wait.js';
import { type Fate, FaultyConnection } from './faulty-connection.js';
import { leaseMs, type ModelHandler, ModelProcess } from './model-process.js';

/** The groups whose every step the model predicts, and their handlers. */
export const groups: Readonly<Record<string, readonly ModelHandler[]>> = {
  billing: [
    { name: 'bill', level: 1, replay: 'include' },
    { name: 'mail', level: 1, replay: 'include' },
    { name: 'late', level: 2, replay: 'include' },
  ],
  audit: [{ name: 'note', level: 1, replay: 'skip' }],
};

/** The groups with handlers ordered by key, of which only the rules of the order are checked. */
export const orderedGroups: Readonly<Record<string, readonly ModelHandler[]>> = {
  accounts: [
    { name: 'post', level: 1, replay: 'skip', order: { by: 'key' } },
    { name: 'close', level: 1, replay: 'skip', order: { by: 'key', whenDead: 'hold' } },
    { name: 'mail', level: 1, replay: 'skip', order: { by: 'key', whenFailed: 'pass' } },
  ],
};

export const allGroups = { ...groups, ...orderedGroups };

/** The event in the build of each version. A build of version 2 also reads version 1. */
const definitions: Readonly<Record<number, AnyEventDefinition>> = { 1: settledV1, 2: settledV2() };

/** One event of a publish. */
export interface ModelDraft {
  readonly version: number;
  readonly tenantId: string;
  readonly idempotencyKey?: string;
  /** The id of an event that is in the stream: it is not written again. */
  readonly id?: string;
}

/** An entry of the stream. */
export interface WrittenEvent {
  readonly streamId: string;
  readonly eventId: string;
  readonly version: number;
  readonly tenantId: string;
}

/** The status of a delivery. */
export interface SeenStatus {
  readonly group: string;
  readonly streamId: string;
  readonly handler: string;
  readonly status: DeliveryStatus;
}

type PendingEntry = readonly [id: string, owner: string, idleMs: number, count: number];

/** Publishes without a limit of time, because the model decides which calls fail. In milliseconds. */
const deadlineMs = 600_000;
const keys = partitionKeys('hyvve', 0);

/** The runtime under test, on a real Redis. */
export class System {
  readonly redis: Redis;
  readonly operator: EventOperator;
  readonly processes = new Map<string, ModelProcess>();
  readonly #url: string;
  #publisher: { readonly connection: FaultyConnection; readonly queue: BatchPublisher } | undefined;

  constructor(url: string) {
    this.#url = url;
    this.redis = new Redis(url);
    this.operator = createEventOperator({ redis: url, events: [settledV2()], logger: silentLogger });
  }

  /** Removes everything of the last sequence. */
  async reset(): Promise<void> {
    for (const process of this.processes.values()) process.die();
    this.processes.clear();
    this.#endPublisher();
    await this.redis.flushall();
  }

  async stop(): Promise<void> {
    await this.reset();
    await this.operator.close();
    this.redis.disconnect();
  }

  /** @param without A handler that this build of the service does not have. */
  async start(name: string, group: string, build: number, without?: string): Promise<ModelProcess> {
    const definition = definitions[build];
    const process = new ModelProcess({
      url: this.#url,
      name,
      group,
      handlers: (allGroups[group] ?? []).filter((handler) => handler.name !== without),
      definitions: definition === undefined ? [] : [definition],
    });
    this.processes.set(name, process);
    await process.join();
    return process;
  }

  /**
   * Publishes a batch, all of it or nothing.
   * @returns Undefined if the publisher died; another one publishes next.
   */
  async publish(drafts: readonly ModelDraft[], fates: readonly Fate[]): Promise<readonly Published[] | undefined> {
    const { connection, queue } = await this.#openPublisher();
    connection.plan(fates);
    const events = drafts.map(({ version, ...options }) => {
      const definition = definitions[version] ?? settledV1;
      const settings = { source: 'shop', maxEventBytes: 1_000_000, nowMs: Math.floor(connection.now()) };
      return prepareEvent(definition, { orderId: '1', amount: 1 }, options, settings);
    });
    const published = await Promise.race([queue.publish(events), connection.died.then(() => undefined)]);
    if (published === undefined) {
      await connection.executed();
      this.#endPublisher();
    }
    return published;
  }

  /** Everything in the stream. */
  async written(): Promise<WrittenEvent[]> {
    const entries = await this.redis.xrange(keys.events, '-', '+');
    return entries.map(([streamId, fields]) => {
      const envelope = JSON.parse(fields[1] ?? '') as Pick<Envelope, 'id' | 'version' | 'tenantId'>;
      const { id: eventId, version, tenantId } = envelope;
      return { streamId, eventId, version: Number.parseInt(version, 10), tenantId };
    });
  }

  /** Lets time pass for what a process has: its leases expire, and if it lives it does not know this. */
  async expire(group: string, name: string): Promise<void> {
    this.processes.get(name)?.letLeasesExpire();
    const { claims, due } = keys.group(group);
    for (const stream of [keys.events, keys.replay]) {
      for (const [id, owner] of await this.#pending(stream, group)) {
        if (owner !== name) continue;
        await this.redis.call('XCLAIM', stream, group, name, 0, id, 'IDLE', 2 * leaseMs, 'JUSTID');
      }
    }
    for (const [ref, claim] of Object.entries(await this.redis.hgetall(claims))) {
      const handler = ref.slice(ref.indexOf('/') + 1);
      if (claim.endsWith(`|${name}`)) await this.redis.zadd(due(handler), 'XX', 0, ref);
    }
  }

  /** `<process> <ref>` of each delivery of a group that a process has: an entry that it was delivered, or a retry that it has claimed. */
  async held(group: string): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const [id, owner] of await this.#pending(keys.events, group)) {
      for (const { name } of allGroups[group] ?? []) found.add(`${owner} ${id}/${name}`);
    }
    for (const [ref, claim] of Object.entries(await this.redis.hgetall(keys.group(group).claims))) {
      found.add(`${claim.slice(claim.indexOf('|') + 1)} ${ref}`);
    }
    return found;
  }

  /** The claim of a delivery, as Redis has it. */
  async claimOf(group: string, ref: string): Promise<string | null> {
    return this.redis.hget(keys.group(group).claims, ref);
  }

  /** Refs of the retries of a group, in the order of the stream. */
  async retriesOf(group: string): Promise<readonly string[]> {
    return (await this.redis.hkeys(keys.group(group).scheduledRetries)).sort();
  }

  /** Lets time pass until a retry is due. */
  async makeDue(group: string, ref: string): Promise<void> {
    await this.redis.zadd(keys.group(group).due(ref.slice(ref.indexOf('/') + 1)), 'XX', 0, ref);
  }

  /**
   * A retry that a claim has postponed for a second must not become due by itself, when the test machine is slow.
   * @param since When the claim began.
   */
  async postpone(group: string, since: number): Promise<void> {
    for (const { name } of allGroups[group] ?? []) {
      const due = keys.group(group).due(name);
      // Everything else is due before the claim, or much later.
      for (const ref of await this.redis.zrangebyscore(due, since + 900, since + 60_000)) {
        await this.redis.zadd(due, 'XX', since + leaseMs, ref);
      }
    }
  }

  /** Replays the whole stream. @returns The id of the replay, which is completed. */
  async replay(): Promise<string> {
    const { jobId } = await this.operator.replays.start({}, { actor: 'ada' });
    await until(
      'the replay is completed',
      async () => (await this.operator.replays.get(jobId))?.status === 'completed',
    );
    return jobId;
  }

  /** The status of each delivery of these events. */
  async statuses(streamIds: readonly string[]): Promise<readonly SeenStatus[]> {
    const found = await Promise.all(streamIds.map((streamId) => this.operator.status({ streamId })));
    return found.flatMap((ofEvent, index) =>
      ofEvent.flatMap(({ group, handlers }) =>
        handlers.map(({ handler, status }) => ({ group, streamId: streamIds[index] ?? '', handler, status })),
      ),
    );
  }

  /** What of the model is visible: see `visible` of the world. @param statuses Of the events in the stream. */
  async visible(statuses: readonly SeenStatus[]): Promise<string[]> {
    const lines = statuses.flatMap(({ group, streamId, handler, status }) =>
      group in groups ? [`${group} ${streamId}/${handler} ${status}`] : [],
    );
    for (const group of Object.keys(groups)) {
      for (const [ref, claim] of Object.entries(await this.redis.hgetall(keys.group(group).claims))) {
        lines.push(`${group} ${ref} is claimed: ${claim}`);
      }
      for (const [id, owner, , count] of await this.#pending(keys.events, group)) {
        lines.push(`${group} ${id} is delivered to ${owner}, ${count} times`);
      }
    }
    for (const { group, streamId, handler } of (await this.operator.deadLetters.list({ limit: 1_000 })).items) {
      if (group in groups) lines.push(`${group} ${streamId}/${handler} has a dead letter`);
    }
    for (const [name, { runs, group }] of this.processes) {
      if (!(group.name in groups)) continue;
      for (const { ref, attempt } of runs) lines.push(`${name} runs ${ref} attempt ${attempt}`);
    }
    return lines.sort();
  }

  /** The lines of a kind in the log, of the groups that are predicted: `<group> <stream id>/<handler>` of each. */
  async linesOf(kind: LogKind): Promise<string[]> {
    const lines = (await this.operator.log({ limit: 10_000 })).filter((line) => line.kind === kind);
    const modelled = lines.filter(({ group = '' }) => group in groups);
    return modelled.map(({ group, streamId, handler }) => `${group} ${streamId}/${handler}`).sort();
  }

  /** How many runs ended with an outcome, by the counters. */
  async counted(code: RunCode): Promise<number> {
    let sum = 0;
    for (const key of await this.redis.keys('*:stats:h:*')) {
      for (const [field, count] of Object.entries(await this.redis.hgetall(key))) {
        if (field.startsWith(`${code}|`)) sum += Number(count);
      }
    }
    return sum;
  }

  /** What is left in Redis of deliveries that have ended: nothing. */
  async leftovers(): Promise<string[]> {
    const found: string[] = [];
    const note = (name: string, count: number) => {
      if (count > 0) found.push(`${count} in ${name}`);
    };
    for (const [group, handlers] of Object.entries(allGroups)) {
      const { completedHandlers, scheduledRetries, claims, ahead, heads, waiting, due } = keys.group(group);
      for (const key of [completedHandlers, scheduledRetries, claims, ahead, heads]) {
        note(key, await this.redis.hlen(key));
      }
      note(waiting, await this.redis.zcard(waiting));
      for (const { name } of handlers) note(due(name), await this.redis.zcard(due(name)));
      for (const stream of [keys.events, keys.replay]) {
        const [pending] = (await this.redis.xpending(stream, group)) as [number];
        note(`the pending entries of ${group} in ${stream}`, pending);
      }
    }
    return found;
  }

  /** The pending entries of a group. It may not exist yet. */
  async #pending(stream: string, group: string): Promise<readonly PendingEntry[]> {
    const reply = await this.redis.xpending(stream, group, '-', '+', 1_000).catch((error: unknown) => {
      if (replyCode(error) === 'NOGROUP') return [];
      throw error;
    });
    return reply as PendingEntry[];
  }

  async #openPublisher() {
    if (this.#publisher !== undefined) return this.#publisher;
    const target = resolveTarget('model', this.#url);
    const logger = silentLogger;
    const connection = new FaultyConnection({ target, name: 'shop', logger, replyTimeoutMs: 60_000 });
    connection.connect();
    await connection.whenReady(10_000);
    const queue = new BatchPublisher({
      connection,
      replicated: undefined,
      keys,
      map: { epoch: 1, count: 1 },
      deadlineMs,
      pending: new PendingBytes(1_000_000, 1),
      breaker: new CircuitBreaker({ failures: Number.POSITIVE_INFINITY, coolDownMs: 0 }),
      memory: new MemoryGuard(connection, 1),
      lossWatch: new LossWatch(keys, 'shop', logger),
    });
    this.#publisher = { connection, queue };
    return this.#publisher;
  }

  #endPublisher(): void {
    this.#publisher?.connection.die();
    this.#publisher?.connection.close();
    this.#publisher = undefined;
  }
}
