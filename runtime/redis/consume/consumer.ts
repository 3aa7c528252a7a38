import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomName } from '../../event/ids.js';
import { Deliverer } from '../../handle/deliverer.js';
import type { HandlerSet } from '../../handle/handler-set.js';
import type { HandleInterceptor } from '../../handle/interceptor.js';
import type { Logger } from '../../logger.js';
import type { ConsumerHealth } from '../../observe/health.js';
import type { Publisher } from '../../publish/publisher.js';
import type { LossWatch } from '../connection/loss-watch.js';
import { RedisConnection } from '../connection/redis-connection.js';
import type { ResolvedTarget } from '../connection/redis-target.js';
import { GroupJobs } from '../maintain/group-jobs.js';
import { maintainGroup } from '../maintain/maintain-group.js';
import type { MaintenanceSettings } from '../settings.js';
import { RunFields } from '../statistics/counters.js';
import { Durations } from '../statistics/durations.js';
import type { GroupKeys, Keys } from '../store/keys.js';
import { ReplayEntryReader } from '../store/replay-entry.js';
import type { RedisDelivery } from './delivery.js';
import { Dispatcher } from './dispatcher.js';
import { InFlight } from './in-flight.js';
import { Leases } from './leases.js';
import { ensureGroupScript, releaseScript } from './membership.lua.js';
import { RedisOnceStore } from './once.js';
import { PeerHandlers } from './peer-handlers.js';
import { type RawEntry, Reader } from './reader.js';
import { Retries } from './retries.js';
import { Settler } from './settler.js';

export interface ConsumerOptions {
  readonly target: ResolvedTarget;
  /** The bus's connection for everything that does not block. */
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly service: string;
  readonly handlers: HandlerSet;
  readonly publisher: Publisher;
  readonly lossWatch: LossWatch;
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
  /** What wraps a run of a handler now. */
  readonly interceptor: () => HandleInterceptor | undefined;
}

/** One process's part in a consumer group: reads, runs the handlers, settles, retries, and keeps its leases. */
export class Consumer {
  /** The consumer's name in the group: unique for each start of each process. */
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #group: GroupKeys;
  readonly #inFlight: InFlight;
  readonly #durations: Durations;
  readonly #deliverer: Deliverer<RedisDelivery>;
  readonly #peers: PeerHandlers;
  readonly #settler: Settler;
  readonly #replaySettler: Settler;
  readonly #dispatcher: Dispatcher;
  readonly #reader: Reader;
  readonly #retries: Retries;
  readonly #leases: Leases;
  readonly #replayLeases: Leases;
  /** Made last: BullMQ connects at once, and does not end by itself where it may not do what it wants. */
  #jobs: GroupJobs | undefined;
  readonly #startedAt = new Date().toISOString();
  #joined = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ConsumerOptions) {
    const { connection, keys, service, handlers, logger, leaseMs, target } = options;
    this.#options = options;
    this.name = `${hostname()}-${process.pid}-${randomName()}`;
    const consumer = this.name;
    const group = keys.group(service);
    this.#group = group;
    const inFlight = new InFlight(options.concurrency);
    this.#inFlight = inFlight;
    this.#durations = new Durations({ connection, group, logger });
    const onGroupMissing = () => this.#ensureGroup();
    const describe = () => this.#describe();
    this.#deliverer = new Deliverer<RedisDelivery>({
      group: service,
      publisher: options.publisher,
      logger,
      interceptor: options.interceptor,
      recordDuration: (handler, durationMs) => this.#durations.recordDuration(handler, durationMs),
      once: new RedisOnceStore(connection, keys, leaseMs),
      settle: (delivery, handler, outcome, last) => this.#dispatcher.settleRun(delivery, handler.name, outcome, last),
    });
    this.#peers = new PeerHandlers(connection, keys, group, consumer, handlers, describe);
    const settling = {
      ...{ connection, keys, group, consumer, logger, onGroupMissing, peers: this.#peers },
      onReleased: (delivery: RedisDelivery) => this.#released(delivery),
      onScheduled: (dues: readonly number[]) => this.#schedule(dues),
    };
    this.#settler = new Settler({ ...settling, stream: keys.events, heldUntil: () => this.#leases.heldUntil });
    this.#replaySettler = new Settler({
      ...{ ...settling, stream: keys.replay },
      heldUntil: () => this.#replayLeases.heldUntil,
    });
    const dispatcher = new Dispatcher({
      ...{ connection, handlers, logger, inFlight, deliverer: this.#deliverer },
      ...{ settler: this.#settler, replaySettler: this.#replaySettler, runFields: new RunFields(service) },
      ...{ maxEventBytes: options.maxEventBytes, maxDeliveries: options.maxDeliveries },
    });
    this.#dispatcher = dispatcher;
    this.#retries = new Retries({
      ...{ connection, group, consumer, logger, handlers, inFlight, leaseMs },
      accept: (row) => dispatcher.acceptRetry(row),
      parked: () => this.#peers.parked,
    });
    const replays = new ReplayEntryReader(service);
    const acceptReplay = (entry: RawEntry, deliveryCount: number, finished: readonly string[]) =>
      dispatcher.acceptEntry(entry, deliveryCount, finished, replays.read(entry[0], entry[1]));
    const accept = (entry: RawEntry, deliveryCount: number, finished: readonly string[]) =>
      dispatcher.acceptEntry(entry, deliveryCount, finished, undefined);
    const leasing = {
      ...{ connection, keys, group, consumer, logger, handlers, inFlight, leaseMs, describe, onGroupMissing },
      deliverer: this.#deliverer,
    };
    this.#leases = new Leases({ ...leasing, replays: false, accept });
    this.#replayLeases = new Leases({ ...leasing, replays: true, accept: acceptReplay });
    this.#reader = new Reader({
      connection: new RedisConnection({
        target,
        name: `hyvve-events:${service}:reader`,
        logger,
        replyTimeoutMs: options.replyTimeoutMs,
      }),
      ...{ group: service, consumer, logger, inFlight, onGroupMissing },
      ...{ stream: keys.events, replayStream: keys.replay },
      blockMs: options.blockMs,
      accept: (entries) => {
        for (const entry of entries) accept(entry, 1, []);
        const last = entries.at(-1);
        if (last !== undefined) options.lossWatch.observe(last[0]);
      },
      acceptReplays: (entries) => {
        for (const entry of entries) acceptReplay(entry, 1, []);
      },
      onReadLost: () =>
        logger.warn({ consumer }, 'a read was lost; what it may have taken comes when its lease is over'),
    });
  }

  /**
   * Joins the group and starts to read.
   * @param timeoutMs How long to wait for Redis, in milliseconds. @throws What `RedisConnection.ask` and ioredis throw
   */
  async start(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    const left = () => Math.max(1, end - performance.now());
    await this.#ensureGroup(left());
    await this.#peers.reload(left());
    await this.#reader.verify(left());
    this.#jobs = this.#newJobs();
    this.#leases.start();
    this.#replayLeases.start();
    this.#durations.start(this.#options.leaseMs / 3);
    this.#jobs.ensureMaintenance();
    this.#sweeper = setInterval(() => void this.#sweep(), this.#options.sweepMs);
    this.#retries.wake();
    this.#reader.start();
  }

  /** Lets go of what a start that failed has made. */
  giveUp(): void {
    this.#deliverer.close();
    this.#reader.giveUp();
  }

  /** Stops reading, lets what runs end within `drainMs`, tells Redis, gives the rest back. */
  async close(drainMs: number): Promise<void> {
    const { connection, logger } = this.#options;
    const stopAt = performance.now() + drainMs;
    await this.#reader.stop((clientId) => connection.tryOnce((redis) => redis.client('UNBLOCK', clientId)));
    this.#retries.stop();
    clearInterval(this.#sweeper);
    while (this.#inFlight.active > 0 && performance.now() < stopAt) {
      await Promise.race([this.#inFlight.changed(), sleep(stopAt - performance.now(), undefined, { ref: false })]);
    }
    const left = this.#inFlight.active;
    if (left > 0) logger.warn({ left }, 'the time to drain is over: what still runs is given back to the group');
    this.#deliverer.close();
    this.#durations.stop();
    const flushed = Promise.all([this.#settler.flushed(), this.#replaySettler.flushed(), this.#durations.report()]);
    await Promise.race([flushed, sleep(5_000, undefined, { ref: false })]);
    this.#leases.stop();
    this.#replayLeases.stop();
    await this.#release();
    await this.#jobs?.close();
  }

  /** How it does. */
  get health(): ConsumerHealth {
    const now = performance.now();
    const settlers = [this.#settler, this.#replaySettler];
    const settledAt = Math.max(...settlers.map((settler) => settler.settledAt ?? Number.NEGATIVE_INFINITY));
    const since = Math.min(...settlers.map((settler) => settler.unsettledSince ?? now));
    return {
      loopIdleMs: this.#reader.idleMs,
      problem: this.#reader.problem,
      lastSettleMs: settledAt === Number.NEGATIVE_INFINITY ? undefined : now - settledAt,
      unsettledMs: now - since,
      running: this.#inFlight.active,
      unsettled: this.#inFlight.size - this.#inFlight.active,
      parked: this.#peers.parkedCount,
    };
  }

  async #release(): Promise<void> {
    const { connection, logger, keys, leaseMs } = this.#options;
    const { name, consumers, alive, claims, duePrefix, due } = this.#group;
    const rows: string[] = [];
    const handlers = new Set<string>();
    for (const { claimed } of this.#inFlight) {
      if (claimed === undefined) continue;
      rows.push(claimed.ref, claimed.claim, claimed.handler);
      handlers.add(claimed.handler);
    }
    const args = [name, this.name, leaseMs, duePrefix, ...rows];
    try {
      const dues = [...handlers].map((handler) => due(handler));
      await connection.run(releaseScript, [keys.events, consumers, alive, claims, ...dues], args);
      await connection.run(releaseScript, [keys.replay, consumers, alive, claims], args.slice(0, 4));
    } catch (error) {
      logger.warn({ err: error }, 'could not give back what was under way; it is taken over when its lease is over');
    }
  }

  #newJobs(): GroupJobs {
    const { connection, keys, service, logger, leaseMs, target, maintenance } = this.#options;
    return new GroupJobs({
      ...{ target, group: service, logger },
      prefix: keys.prefix,
      wake: () => this.#retries.wake(),
      maintain: (signal) =>
        maintainGroup({ connection, keys, group: this.#group, logger, leaseMs, settings: maintenance }, signal),
      maintainEveryMs: maintenance.everyMs,
    });
  }

  async #ensureGroup(timeoutMs?: number): Promise<void> {
    const { connection, keys, service, startFrom, logger } = this.#options;
    const scriptKeys = [keys.events, this.#group.state, keys.groups, keys.log];
    // Once joined, a group that is gone with all its ledgers is not new: whatever is there must be read.
    const remembered = this.#joined ? this.#leases.position || '0-0' : '';
    const run = () => connection.run(ensureGroupScript, scriptKeys, [service, startFrom, remembered]);
    const [what, position] = String(await connection.ask(run, timeoutMs)).split(' ');
    this.#joined = true;
    // From where it was, else from the start: each entry names whom it is for.
    const replayKeys = [keys.replay, this.#group.replayState, keys.groups, keys.log];
    await connection.ask(() => connection.run(ensureGroupScript, replayKeys, [service, '0', '']), timeoutMs);
    if (what !== 'restored' && what !== 'lost') return;
    const message =
      what === 'lost'
        ? "Redis has lost the group's ledgers (was it flushed?): scheduled retries and what was unfinished are gone"
        : 'the consumer group had vanished and was made again; events after this position come again';
    logger.error({ group: service, position }, message);
    // The set of handlers may have gone with it.
    await this.#peers.reload();
  }

  #released(delivery: RedisDelivery): void {
    this.#inFlight.release(delivery);
    if (!delivery.quarantined) return;
    // It is another quarantined's turn.
    this.#leases.reap();
    this.#replayLeases.reap();
    this.#retries.wakeIn(1_000);
  }

  /** Takes what is due and was not woken for, and what an older process of a rolling deploy has parked. */
  async #sweep(): Promise<void> {
    const { connection, logger } = this.#options;
    if (connection.isReady) {
      await this.#peers.readParked(this.#options.sweepMs).catch((error: unknown) => {
        logger.debug({ err: error }, 'could not read which deliveries are parked');
      });
    }
    this.#retries.wake();
  }

  #schedule(dues: readonly number[]): void {
    const now = this.#options.connection.now();
    for (const due of dues) {
      const delay = due - now;
      if (delay < 1_000) this.#retries.wakeIn(Math.max(0, Math.ceil(delay)));
      this.#jobs?.wakeAt(due, now);
    }
  }

  #describe(): string {
    const { service, handlers, catalogHash, concurrency } = this.#options;
    const described = [...handlers].map(({ name, pattern, options }) => ({ name, pattern, options }));
    const process_ = { host: hostname(), pid: process.pid, startedAt: this.#startedAt };
    return JSON.stringify({ group: service, ...process_, concurrency, catalogHash, handlers: described });
  }
}
