import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomName } from '../../event/ids.js';
import { Deliverer } from '../../handle/deliverer.js';
import type { HandlerSet } from '../../handle/handler-set.js';
import type { FailedRun } from '../../handle/interceptor.js';
import type { RunWrapping } from '../../handle/run.js';
import type { Logger } from '../../logger.js';
import type { ConsumerHealth } from '../../observe/health.js';
import type { Publisher } from '../../publish/publisher.js';
import type { Link } from '../connection/link.js';
import { loadBullMQ } from '../connection/load-bullmq.js';
import type { LossWatch } from '../connection/loss-watch.js';
import type { Nodes } from '../connection/nodes.js';
import { GroupJobs } from '../maintain/group-jobs.js';
import { maintainGroup } from '../maintain/maintain-group.js';
import type { MaintenanceSettings } from '../settings.js';
import { RunFields } from '../statistics/counters.js';
import { Durations } from '../statistics/durations.js';
import type { Keys } from '../store/keys.js';
import type { RedisDelivery } from './delivery.js';
import { Dispatcher } from './dispatcher.js';
import type { GroupMember } from './group-member.js';
import { InFlight } from './in-flight.js';
import { Lane } from './lane.js';
import { liveLane, replayLane } from './lane-spec.js';
import { Membership } from './membership.js';
import { RedisOnceStore } from './once.js';
import { OutcomeRecorder } from './outcome-recorder.js';
import { PeerHandlers } from './peer-handlers.js';
import { Reader } from './reader.js';
import { Retries } from './retries.js';
import { Wakeups } from './wakeups.js';

export interface ConsumerOptions {
  readonly nodes: Nodes;
  /** Hash tag of the keys. */
  readonly tag: string;
  /** The bus's link for everything that does not block. */
  readonly connection: Link;
  readonly keys: Keys;
  /** Option of the bus. */
  readonly prefix: string;
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
  /** Deliveries without an outcome after which an event becomes a dead letter (`CRASHED`). */
  readonly maxDeliveries: number;
  readonly maxEventBytes: number;
  readonly maintenance: MaintenanceSettings;
  /** Hash of the catalog; shown in the registry of consumers. */
  readonly catalogHash: string | undefined;
  /** Returns the wrapping of a run; undefined if there is none. */
  readonly wrapping: () => RunWrapping | undefined;
  /** Called for every failed run. Never throws. */
  readonly onError: ((run: FailedRun) => void) | undefined;
}

/** Maximum time that a close waits for outcomes to be recorded after the handlers have ended, in milliseconds. */
const flushLimitMs = 5_000;
/** Time after which a postponed quarantined retry is due again, in milliseconds. */
const quarantinePauseMs = 1_000;

/** One process as a member of a consumer group: reads, runs the handlers, settles, retries and renews its leases. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #member: GroupMember;
  readonly #inFlight: InFlight;
  readonly #durations: Durations;
  readonly #jobs: GroupJobs;
  readonly #wakeups: Wakeups;
  readonly #membership: Membership;
  readonly #peers: PeerHandlers;
  readonly #deliverer: Deliverer<RedisDelivery>;
  readonly #lanes: readonly Lane[];
  readonly #retries: Retries;
  readonly #reader: Reader;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ConsumerOptions) {
    const { connection, keys, service, handlers, logger, leaseMs, nodes, prefix } = options;
    const group = keys.group(service);
    const member = { connection, keys, group, consumer: newConsumerName(), handlers, logger, leaseMs };
    const inFlight = new InFlight(options.concurrency);
    this.#options = options;
    this.#member = member;
    this.#inFlight = inFlight;
    this.#durations = new Durations({ connection, group, logger });
    const newClient: Nodes['jobsClient'] = (jobsTag, name) => nodes.jobsClient(jobsTag, name);
    this.#jobs = new GroupJobs({ newClient, prefix, group: service, logger });
    this.#wakeups = new Wakeups(connection, this.#jobs);
    this.#membership = new Membership(member, options);
    this.#peers = new PeerHandlers(member, this.#membership);
    const outcomes = new OutcomeRecorder({ connection, handlers, logger, inFlight, runFields: new RunFields(service) });
    const deliverer = newDeliverer(options, outcomes, this.#durations);
    this.#deliverer = deliverer;
    const dispatcher = new Dispatcher({ ...options, inFlight, deliverer, outcomes });
    const parts = { ...member, inFlight, deliverer, dispatcher, peers: this.#peers, wakeups: this.#wakeups };
    const live = new Lane(liveLane(keys, group, options.startFrom), parts);
    const replay = new Lane(replayLane(keys, group), parts);
    this.#lanes = [live, replay];
    this.#retries = new Retries(live, parts);
    this.#reader = newReader(options, member.consumer, inFlight, live, replay);
  }

  /** The consumer's name in the group: unique for each start of each process. */
  get name(): string {
    return this.#member.consumer;
  }

  /**
   * Joins the group and starts to read.
   * @param timeoutMs Maximum time to wait for Redis, in milliseconds.
   * @throws EventBusError `DEPENDENCY_MISSING`, errors of `Link.ask` and of ioredis
   */
  async start(timeoutMs: number): Promise<void> {
    const { leaseMs, sweepMs, maintenance } = this.#options;
    // Its time does not count: it does not depend on Redis.
    const bullmq = await loadBullMQ();
    const end = performance.now() + timeoutMs;
    const left = () => Math.max(1, end - performance.now());
    for (const lane of this.#lanes) await lane.ensureGroup(left());
    await this.#peers.reload(left());
    await this.#reader.verify(left());
    this.#jobs.start(bullmq, {
      wake: () => this.#retries.wake(),
      maintain: (signal) => maintainGroup({ ...this.#member, settings: maintenance }, signal),
      maintainEveryMs: maintenance.everyMs,
    });
    this.#wakeups.start(() => this.#retries.wake());
    this.#inFlight.onQuarantineFree(() => this.#claimQuarantined());
    this.#membership.start();
    for (const lane of this.#lanes) lane.start();
    this.#durations.start(leaseMs / 3);
    this.#sweeper = setInterval(() => void this.#sweep(), sweepMs);
    this.#retries.start();
    this.#reader.start();
  }

  /** Cleans up after a failed start. */
  giveUp(): void {
    this.#deliverer.close();
    this.#reader.giveUp();
  }

  /** Stops reading, lets running handlers finish within `drainMs`, records their outcomes, returns the rest to the group. */
  async close(drainMs: number): Promise<void> {
    const { connection, logger } = this.#options;
    const stopAt = performance.now() + drainMs;
    await this.#reader.stop((clientId) => connection.tryOnce((redis) => redis.client('UNBLOCK', clientId)));
    this.#retries.stop();
    for (const lane of this.#lanes) lane.leases.drain();
    this.#wakeups.stop();
    clearInterval(this.#sweeper);
    // A call that is under way may still return deliveries, which start then.
    while (!this.#inFlight.isIdle && performance.now() < stopAt) {
      await Promise.race([this.#inFlight.changed(), sleep(stopAt - performance.now(), undefined, { ref: false })]);
    }
    const left = this.#inFlight.active;
    if (left > 0) logger.warn({ left }, 'drain timeout reached: unfinished deliveries are returned to the group');
    this.#deliverer.close();
    this.#durations.stop();
    const flushes = this.#lanes.map((lane) => lane.settler.flushed());
    const flushed = Promise.all([...flushes, this.#durations.report()]);
    await Promise.race([flushed, sleep(flushLimitMs, undefined, { ref: false })]);
    for (const lane of this.#lanes) lane.stop();
    this.#membership.stop();
    await this.#release();
    await this.#jobs.close();
  }

  /** Facts for the health of the bus. */
  get health(): ConsumerHealth {
    const now = performance.now();
    const settlers = this.#lanes.map(({ settler }) => settler);
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
      parkedVersions: this.#peers.parkedVersions,
    };
  }

  async #release(): Promise<void> {
    const parts = [this.#membership.leave(), this.#retries.release(), ...this.#lanes.map((lane) => lane.release())];
    for (const result of await Promise.allSettled(parts)) {
      if (result.status === 'fulfilled') continue;
      const message = 'could not return all deliveries to the group; the rest is taken over when the leases expire';
      this.#options.logger.warn({ err: result.reason }, message);
    }
  }

  /** Claims the next quarantined delivery, from one of the streams or from the retries. */
  #claimQuarantined(): void {
    for (const lane of this.#lanes) lane.leases.takeOver();
    this.#wakeups.wakeIn(quarantinePauseMs);
  }

  /** Claims due retries that no timer and no job has found, and counts deliveries that older processes of the group have parked. */
  async #sweep(): Promise<void> {
    const { connection, logger, sweepMs } = this.#options;
    if (connection.isReady) {
      await this.#peers.readParked(sweepMs).catch((error: unknown) => {
        logger.debug({ err: error }, 'could not read the parked deliveries');
      });
    }
    this.#retries.wake();
  }
}

function newConsumerName(): string {
  return `${hostname()}-${process.pid}-${randomName()}`;
}

function newDeliverer(
  { service, keys, publisher, logger, wrapping, onError, connection, leaseMs }: ConsumerOptions,
  outcomes: OutcomeRecorder,
  durations: Durations,
): Deliverer<RedisDelivery> {
  return new Deliverer<RedisDelivery>({
    group: service,
    publisher,
    logger,
    wrapping,
    onError,
    recordDuration: (handler, durationMs) => durations.recordDuration(handler, durationMs),
    once: new RedisOnceStore(connection, keys, leaseMs),
    settle: (delivery, handler, result, last) => outcomes.settleRun(delivery, handler.name, result, last),
  });
}

/** Makes the reader, with a separate connection for blocking reads. */
function newReader(options: ConsumerOptions, consumer: string, inFlight: InFlight, live: Lane, replay: Lane): Reader {
  const { nodes, tag, service, logger, lossWatch, blockMs } = options;
  const connection = nodes.blockingLink(tag, `hyvve-events:${service}:reader`);
  return new Reader({ connection, live, replay, group: service, consumer, logger, inFlight, lossWatch, blockMs });
}
