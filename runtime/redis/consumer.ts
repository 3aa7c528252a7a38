import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadReason } from '../dead-letter.js';
import { Deliverer } from '../deliver.js';
import type { Envelope } from '../envelope.js';
import type { HandlerLevel, HandlerSet, RegisteredHandler } from '../handler-set.js';
import { randomName } from '../ids.js';
import type { Logger } from '../logger.js';
import type { Publisher } from '../publisher.js';
import { readEntry } from '../read-entry.js';
import type { ClaimedRow, Operation, RedisDelivery } from './delivery.js';
import { Foreign } from './foreign.js';
import { InFlight } from './in-flight.js';
import { Jobs } from './jobs.js';
import type { GroupKeys, Keys } from './keys.js';
import { Leases } from './leases.js';
import { Link, persist, type RedisTarget } from './link.js';
import { type MaintenanceSettings, maintainGroup } from './maintain.js';
import { RedisOnceStore } from './once.js';
import { deadOperation, operationFor } from './operations.js';
import { type RawEntry, Reader } from './reader.js';
import { Retries } from './retries.js';
import { ensureGroupScript, releaseScript } from './scripts/membership.js';
import { Settler } from './settler.js';

export interface ConsumerOptions {
  readonly target: RedisTarget;
  /** The bus's connection for everything that does not block. */
  readonly link: Link;
  readonly keys: Keys;
  readonly service: string;
  readonly handlers: HandlerSet;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly concurrency: number;
  readonly startFrom: string;
  readonly leaseMs: number;
  readonly blockMs: number;
  readonly sweepMs: number;
  readonly replyTimeoutMs: number;
  /** How often an entry is handed out before it counts as what kills its process. */
  readonly maxDeliveries: number;
  readonly maxEventBytes: number;
  readonly maintenance: MaintenanceSettings;
  /** Shown in the registry. */
  readonly catalogHash: string | undefined;
}

/** One process's part in a consumer group: reads, runs the handlers, settles, retries, and keeps its leases. */
export class Consumer {
  /** The consumer's name in the group: unique for each start of each process. */
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #group: GroupKeys;
  readonly #inFlight: InFlight;
  readonly #deliverer: Deliverer<RedisDelivery>;
  readonly #foreign: Foreign;
  readonly #settler: Settler;
  readonly #reader: Reader;
  readonly #retries: Retries;
  readonly #leases: Leases;
  readonly #jobs: Jobs;
  readonly #startedAt = new Date().toISOString();
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ConsumerOptions) {
    const { link, keys, service, handlers, logger, leaseMs, target, maintenance } = options;
    this.#options = options;
    this.name = `${hostname()}-${process.pid}-${randomName()}`;
    const consumer = this.name;
    const group = keys.group(service);
    this.#group = group;
    const inFlight = new InFlight(options.concurrency);
    this.#inFlight = inFlight;
    const groupGone = () => this.#ensureGroup();
    const describe = () => this.#describe();
    this.#deliverer = new Deliverer<RedisDelivery>({
      group: service,
      publisher: options.publisher,
      logger,
      once: new RedisOnceStore(link, keys, leaseMs),
      settle: (delivery, handler, outcome, last) => {
        this.#settle(delivery, operationFor(delivery, handler.name, outcome, last, link.now()), last);
      },
    });
    this.#foreign = new Foreign(link, group, consumer, handlers, describe);
    this.#settler = new Settler({
      ...{ link, keys, group, consumer, logger, groupGone },
      foreign: this.#foreign,
      released: (delivery) => inFlight.release(delivery),
      scheduled: (dues) => this.#schedule(dues),
    });
    this.#retries = new Retries({
      ...{ link, group, consumer, logger, handlers, inFlight, leaseMs },
      accept: (row) => this.#acceptRow(row),
    });
    this.#leases = new Leases({
      ...{ link, keys, group, consumer, logger, handlers, inFlight, leaseMs, describe, groupGone },
      deliverer: this.#deliverer,
      accept: (entry, deliveries, finished) => this.#acceptEntry(entry, deliveries, finished),
    });
    this.#reader = new Reader({
      link: new Link({
        target,
        name: `hyvve-events:${service}:reader`,
        logger,
        replyTimeoutMs: options.replyTimeoutMs,
      }),
      ...{ group: service, consumer, logger, inFlight, groupGone },
      stream: keys.events,
      blockMs: options.blockMs,
      accept: (entries) => {
        for (const entry of entries) this.#acceptEntry(entry, 1, []);
      },
      readLost: () => logger.warn({ consumer }, 'a read was lost; what it may have taken comes when its lease is over'),
    });
    this.#jobs = new Jobs({
      ...{ target, group: service, logger },
      prefix: keys.prefix,
      wake: () => this.#retries.wake(),
      maintain: () => maintainGroup({ link, keys, group, logger, leaseMs, settings: maintenance }),
      maintainEveryMs: maintenance.everyMs,
    });
  }

  /** Joins the group and starts to read. */
  async start(): Promise<void> {
    await this.#ensureGroup();
    await this.#foreign.reload();
    this.#leases.start();
    this.#jobs.ensureMaintenance();
    this.#sweeper = setInterval(() => this.#retries.wake(), this.#options.sweepMs);
    this.#retries.wake();
    this.#reader.start();
  }

  /** Stops reading, lets what runs end within `drainMs`, tells Redis, gives the rest back. */
  async close(drainMs: number): Promise<void> {
    const { link, logger } = this.#options;
    const stopAt = performance.now() + drainMs;
    await this.#reader.stop((clientId) => link.watch(link.redis.client('UNBLOCK', clientId)));
    this.#retries.stop();
    clearInterval(this.#sweeper);
    while (this.#inFlight.active > 0 && performance.now() < stopAt) {
      await Promise.race([this.#inFlight.changed(), sleep(stopAt - performance.now(), undefined, { ref: false })]);
    }
    const left = this.#inFlight.active;
    if (left > 0) logger.warn({ left }, 'the time to drain is over: what still runs is given back to the group');
    this.#deliverer.close();
    await Promise.race([this.#settler.flushed(), sleep(5_000, undefined, { ref: false })]);
    this.#leases.stop();
    await this.#release();
    await this.#jobs.close();
  }

  /** Deliveries whose handlers run now. */
  get active(): number {
    return this.#inFlight.active;
  }

  async #release(): Promise<void> {
    const { link, logger, keys, leaseMs } = this.#options;
    const { name, consumers, alive, claims, duePrefix } = this.#group;
    const rows: string[] = [];
    for (const { claimed } of this.#inFlight) {
      if (claimed !== undefined) rows.push(claimed.ref, claimed.claim, claimed.handler);
    }
    const args = [name, this.name, leaseMs, duePrefix, ...rows];
    try {
      await link.run(releaseScript, [keys.events, consumers, alive, claims], args);
    } catch (error) {
      logger.warn({ err: error }, 'could not give back what was under way; it is taken over when its lease is over');
    }
  }

  async #ensureGroup(): Promise<void> {
    const { link, keys, service, startFrom, logger } = this.#options;
    const scriptKeys = [keys.events, this.#group.state, keys.groups, keys.log];
    const run = () => link.run(ensureGroupScript, scriptKeys, [service, startFrom, this.name]);
    const reply = String(await persist(link, run));
    if (!reply.startsWith('restored')) return;
    const message = 'the consumer group had vanished and was made again; events after this position come again';
    logger.error({ group: service, position: reply.slice('restored '.length) }, message);
    // The set of handlers may have gone with it.
    await this.#foreign.reload();
  }

  #acceptEntry(entry: RawEntry, deliveries: number, finished: readonly string[]): void {
    const [streamId, fields] = entry;
    const { handlers, maxEventBytes, maxDeliveries, logger } = this.#options;
    const json = fields?.[0] === 'e' ? fields[1] : undefined;
    const read = readEntry(json, handlers.definitions, maxEventBytes);
    const event = read.event ?? noEnvelope;
    const delivery: RedisDelivery = {
      ...{ streamId, event, attempt: 1, deliveries, claimed: undefined, operations: undefined, ended: false },
      envelope: json ?? JSON.stringify(fields ?? []),
      marked: finished.length > 0 ? [...finished] : undefined,
    };
    this.#inFlight.add(delivery);
    const levels = read.event === undefined ? [] : handlers.levelsFor(event.type, event.replay !== undefined);
    const open = finished.length === 0 ? levels : without(levels, finished);
    if (read.kind === 'invalid') {
      logger.warn({ streamId, reason: read.reason }, `an entry is dead at once: ${read.message}`);
      this.#bury(delivery, open, read.reason, read.message);
    } else if (open.length === 0) {
      this.#settle(delivery, undefined, true);
    } else if (deliveries > maxDeliveries) {
      const message = `handed out ${deliveries} times: the process died or stalled on it each time`;
      logger.error({ streamId, eventId: event.id }, message);
      this.#bury(delivery, open, 'CRASHED', message);
    } else {
      this.#deliverer.deliver(delivery, open);
    }
  }

  #acceptRow(claimed: ClaimedRow): void {
    const { handlers, maxEventBytes, maxDeliveries } = this.#options;
    const { row } = claimed;
    const handler = handlers.get(claimed.handler);
    if (handler === undefined) return;
    const read = readEntry(row.envelope, handlers.definitions, maxEventBytes);
    const delivery: RedisDelivery = {
      ...{ streamId: row.streamId, event: read.event ?? noEnvelope, attempt: row.attempt, deliveries: 0, claimed },
      ...{ envelope: row.envelope, operations: undefined, marked: undefined, ended: false },
    };
    this.#inFlight.add(delivery);
    const runs = Number.parseInt(claimed.claim, 10);
    if (read.kind === 'invalid') {
      this.#bury(delivery, [[handler]], read.reason, read.message);
    } else if (runs > maxDeliveries) {
      this.#bury(delivery, [[handler]], 'CRASHED', `taken ${runs} times: the process died or stalled on it each time`);
    } else {
      this.#deliverer.deliver(delivery, [[handler]]);
    }
  }

  /** Makes the delivery a dead letter of each handler that is open, or where none is known, of `*`. */
  #bury(delivery: RedisDelivery, open: readonly HandlerLevel[], reason: DeadReason, message: string): void {
    const failure = { name: reason, message, retryable: false };
    const names = open.flat().map((handler: RegisteredHandler) => handler.name);
    const dead: Operation[] = (names.length === 0 ? ['*'] : names).map((name) =>
      deadOperation(delivery, name, reason, failure, this.#options.link.now()),
    );
    dead.forEach((operation, index) => {
      this.#settle(delivery, operation, index === dead.length - 1);
    });
  }

  #settle(delivery: RedisDelivery, operation: Operation | undefined, last: boolean): void {
    this.#settler.settle(delivery, operation, last);
    if (last) this.#inFlight.ended();
  }

  #schedule(dues: readonly number[]): void {
    const now = this.#options.link.now();
    for (const due of dues) {
      const delay = due - now;
      if (delay < 1_000) this.#retries.wakeIn(Math.max(0, Math.ceil(delay)));
      this.#jobs.wakeAt(due, now);
    }
  }

  #describe(): string {
    const { service, handlers, catalogHash, concurrency } = this.#options;
    const described = [...handlers].map(({ name, pattern, options }) => ({ name, pattern, options }));
    const process_ = { host: hostname(), pid: process.pid, startedAt: this.#startedAt };
    return JSON.stringify({ group: service, ...process_, concurrency, catalogHash, handlers: described });
  }
}

/** Stands in for the event of an entry that is none. */
const noEnvelope: Envelope = {
  ...{ id: '', type: '', source: '', timestamp: '', correlationId: '', tenantId: '', version: '', data: undefined },
};

function without(levels: readonly HandlerLevel[], finished: readonly string[]): readonly HandlerLevel[] {
  const open = levels.map((level) => level.filter((handler) => !finished.includes(handler.name)));
  return open.filter((level) => level.length > 0);
}
