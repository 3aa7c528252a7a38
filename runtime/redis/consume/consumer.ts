import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import { randomName } from '../../event/ids.js';
import { Deliverer } from '../../handle/deliverer.js';
import type { HandlerSet } from '../../handle/handler-set.js';
import type { FailedRun } from '../../handle/interceptor.js';
import type { RunWrapping } from '../../handle/run.js';
import type { Logger } from '../../logger.js';
import type { ConsumerHealth } from '../../observe/health.js';
import { parkedCounts } from '../../operate/parked.js';
import type { Publisher } from '../../publish/publisher.js';
import { loadBullMQ } from '../connection/load-bullmq.js';
import type { Nodes } from '../connection/nodes.js';
import { mayTryAgain, replyCode } from '../connection/redis-error.js';
import { GroupJobs } from '../maintain/group-jobs.js';
import type { PartitionMap } from '../partitions/partition-map.js';
import type { MaintenanceSettings } from '../settings.js';
import { RunFields } from '../statistics/counters.js';
import { Durations } from '../statistics/durations.js';
import { announceGroup } from './announce-group.js';
import type { RedisDelivery } from './delivery.js';
import { Homes } from './homes.js';
import type { EnsuredGroup } from './lane.lua.js';
import { type ConsumedPartition, PartitionConsumer } from './partition-consumer.js';
import { Places } from './places.js';
import { ReadTurns } from './read-turns.js';

export interface ConsumerOptions {
  /** Makes a client for BullMQ. */
  readonly newClient: Nodes['jobsClient'];
  /** At least one. The bus adds partitions, and then calls {@link Consumer.follow}. */
  readonly partitions: readonly ConsumedPartition[];
  /** The partition map that this process knows. */
  readonly map: () => PartitionMap;
  /** Reads the partition map again, which may call {@link Consumer.follow}. */
  readonly readMap: () => Promise<void>;
  /** Option of the bus. */
  readonly prefix: string;
  readonly service: string;
  readonly handlers: HandlerSet;
  readonly publisher: Publisher;
  readonly logger: Logger;
  readonly concurrency: number;
  readonly startFrom: string;
  readonly leaseMs: number;
  readonly blockMs: number;
  readonly sweepMs: number;
  /** Deliveries without an outcome after which an event becomes a dead letter (`CRASHED`). */
  readonly maxDeliveries: number;
  readonly maxWaiting: number;
  readonly maxEventBytes: number;
  readonly maintenance: MaintenanceSettings;
  /** Hash of the catalog; shown in the registry of consumers. */
  readonly catalogHash: string | undefined;
  /** Returns the wrapping of a run; undefined if there is none. */
  readonly wrapping: () => RunWrapping | undefined;
  /** Ends a growth of the partitions that was interrupted. Part of the maintenance. */
  readonly endGrowth: () => Promise<void>;
  /** Called for every failed run. Never throws. */
  readonly onError: ((run: FailedRun) => void) | undefined;
}

/** Maximum time that a close waits for outcomes to be recorded after the handlers have ended, in milliseconds. */
const flushLimitMs = 5_000;
/** Maximum time that a start waits for the servers of all partitions, if one of them can be reached, in milliseconds. */
const reachableMs = 2_000;
/** Maximum time that a close waits for a join that is under way, in milliseconds. */
const joinLimitMs = 500;
/** Time between two attempts to join in a partition that could not be reached, in milliseconds. */
const joinAgainMs = 1_000;
/** Time between two reads of a partition map that is being changed, in milliseconds. */
const readMapAgainMs = 50;
/** Number of such reads after which this process continues the growth. */
const endGrowthAfter = 4;

const awayMessage = 'a partition cannot be reached: its events are handled as soon as it is back';

/** One process as a member of a consumer group, in all partitions. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #places: Places;
  readonly #homes: Homes;
  readonly #durations: Durations;
  readonly #jobs: GroupJobs;
  readonly #deliverer: Deliverer<RedisDelivery>;
  readonly #turns: ReadTurns;
  readonly #newPartition: (partition: ConsumedPartition) => PartitionConsumer;
  readonly #partitions: PartitionConsumer[] = [];
  readonly #closing = new AbortController();
  /** Partitions in which the group was created since the last announcement. */
  readonly #created: EnsuredGroup[] = [];
  /** Attempts to join in partitions that are new or could not be reached. */
  #joining: Promise<unknown> = Promise.resolve();
  /** Reads periodically which processes are alive. */
  #aliveTimer: NodeJS.Timeout | undefined;

  constructor(options: ConsumerOptions) {
    const { prefix, service, logger, newClient, partitions, blockMs, concurrency } = options;
    const consumer = newConsumerName();
    const places = new Places(concurrency);
    this.#options = options;
    this.#places = places;
    this.#homes = new Homes(consumer);
    this.#durations = new Durations({ place: () => this.#reachablePlace(), logger });
    this.#jobs = new GroupJobs({ newClient, prefix, group: service, logger });
    this.#deliverer = this.#newDeliverer();
    const turns = new ReadTurns(places, this.#homes, partitions.length, blockMs);
    this.#turns = turns;
    const onCreated = (found: EnsuredGroup) => this.#created.push(found);
    const runFields = new RunFields(service);
    const own = { places, turns, deliverer: this.#deliverer, jobs: this.#jobs };
    const partitionAt = (index: number) => options.partitions[index];
    const inheritanceOf = (index: number) => this.#partitions[index]?.inheritance;
    const common = { ...options, ...own, consumer, runFields, onCreated, partitionAt, inheritanceOf };
    this.#newPartition = (partition) => new PartitionConsumer({ ...common, partition });
    this.#addPartitions();
  }

  /**
   * Joins the group in every partition that can be reached, and starts to read. It joins in the others when they can be reached.
   * @param timeoutMs Maximum time to wait for Redis, in milliseconds.
   * @throws EventBusError `DEPENDENCY_MISSING`, errors of `Link.ask` and of ioredis
   */
  async start(timeoutMs: number): Promise<void> {
    const { leaseMs, maintenance, logger } = this.#options;
    // Its time does not count: it does not depend on Redis.
    const bullmq = await loadBullMQ();
    const end = performance.now() + timeoutMs;
    await this.#readAlive();
    const away = await this.#joinReachable(end);
    this.#announce();
    this.#jobs.start(bullmq, {
      wake: (index) => {
        for (const each of this.#running) if (index === undefined || each.partition.index === index) each.wake();
      },
      maintain: (signal) => this.#maintain(signal),
      maintainEveryMs: maintenance.everyMs,
    });
    this.#places.onQuarantineFree(() => {
      for (const each of this.#running) each.claimQuarantined();
    });
    this.#durations.start(leaseMs / 3);
    this.#aliveTimer = setInterval(() => void this.#readAlive(), leaseMs / 3);
    for (const each of this.#partitions) if (!away.includes(each)) each.start();
    for (const { partition } of away) logger.warn({ partition: partition.index }, awayMessage);
    this.#joining = Promise.all(away.map((each) => this.#joinLater(each)));
  }

  /** Joins in partitions that the bus has added, and reads them. Resolves when it has joined in those that can be reached. Never rejects. */
  async follow(): Promise<void> {
    const added = this.#closing.signal.aborted ? [] : this.#addPartitions();
    if (added.length === 0) return;
    this.#turns.resize(this.#partitions.length);
    const joining = Promise.all(added.map((each) => this.#joinLater(each)));
    this.#joining = Promise.all([this.#joining, joining]);
    await Promise.race([joining, sleep(reachableMs, undefined, { ref: false })]);
  }

  #addPartitions(): readonly PartitionConsumer[] {
    const added = this.#options.partitions.slice(this.#partitions.length).map(this.#newPartition);
    this.#partitions.push(...added);
    return added;
  }

  /** Cleans up after a failed start. */
  giveUp(): void {
    this.#deliverer.close();
    for (const each of this.#partitions) each.giveUp();
  }

  /** Stops reading, lets running handlers finish within `drainMs`, records their outcomes, returns the rest to the group. */
  async close(drainMs: number): Promise<void> {
    const { logger } = this.#options;
    const stopAt = performance.now() + drainMs;
    this.#closing.abort();
    clearInterval(this.#aliveTimer);
    // A join that is under way does not start to read.
    await Promise.race([this.#joining, sleep(joinLimitMs, undefined, { ref: false })]);
    const running = this.#running;
    for (const each of this.#partitions) if (!each.isRunning) each.giveUp();
    await Promise.all(running.map((each) => each.stopReading()));
    // A call that is under way may still return deliveries, which start then.
    while (!this.#places.isIdle && performance.now() < stopAt) {
      await Promise.race([this.#places.changed(), sleep(stopAt - performance.now(), undefined, { ref: false })]);
    }
    const left = this.#places.active;
    if (left > 0) logger.warn({ left }, 'drain timeout reached: unfinished deliveries are returned to the group');
    this.#deliverer.close();
    this.#durations.stop();
    const flushed = Promise.all([...running.map((each) => each.flushed()), this.#durations.report()]);
    await Promise.race([flushed, sleep(flushLimitMs, undefined, { ref: false })]);
    await Promise.all(running.map((each) => each.leave()));
    await this.#jobs.close();
  }

  /** Facts for the health of the bus. */
  get health(): ConsumerHealth {
    const now = performance.now();
    const reachable = this.#running.filter(({ problem }) => problem === undefined);
    const judged = reachable.length === 0 ? this.#partitions : reachable;
    const settledAt = Math.max(...this.#partitions.map((each) => each.settledAt));
    const since = Math.min(now, ...this.#partitions.map((each) => each.unsettledSince));
    return {
      loopIdleMs: Math.max(...judged.map((each) => each.loopIdleMs)),
      problem: reachable.length > 0 ? undefined : first(this.#partitions).problem,
      lastSettleMs: settledAt === Number.NEGATIVE_INFINITY ? undefined : now - settledAt,
      unsettledMs: now - since,
      running: this.#places.active,
      unsettled: this.#places.size - this.#places.active,
      parked: this.#partitions.reduce((sum, { parkedCount }) => sum + parkedCount, 0),
      waiting: this.#partitions.reduce((sum, { waitingCount }) => sum + waitingCount, 0),
      parkedVersions: parkedCounts(this.#partitions.flatMap(({ parkedVersions }) => parkedVersions)),
    };
  }

  /** Indexes of the partitions whose events this process cannot read now. */
  get away(): readonly number[] {
    const reading = this.#partitions.filter(({ isRunning, problem }) => isRunning && problem === undefined);
    const indexes = new Set(reading.map(({ partition }) => partition.index));
    return this.#options.partitions.flatMap(({ index }) => (indexes.has(index) ? [] : [index]));
  }

  /** The partitions in which this process has joined. */
  get #running(): readonly PartitionConsumer[] {
    return this.#partitions.filter(({ isRunning }) => isRunning);
  }

  /** @returns The partitions that cannot be reached. @throws The first error, if no partition can be joined or one refuses for good. */
  async #joinReachable(end: number): Promise<readonly PartitionConsumer[]> {
    const left = () => Math.max(1, end - performance.now());
    const waitMs = Math.min(left(), reachableMs);
    if (this.#partitions.length > 1) {
      await Promise.all(this.#partitions.map(({ partition: { connection } }) => connection.whenReady(waitMs)));
    }
    const isReachable = ({ partition }: PartitionConsumer) => partition.connection.isReady;
    const reachable = this.#partitions.some(isReachable) ? this.#partitions.filter(isReachable) : this.#partitions;
    const results = await Promise.allSettled(reachable.map((each) => this.#joinIn(each, left())));
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const final = failed.find((error) => !mayTryAgain(error));
    if (final !== undefined || failed.length === results.length) throw final ?? failed[0];
    const joined = reachable.filter((_, index) => results[index]?.status === 'fulfilled');
    return this.#partitions.filter((each) => !joined.includes(each));
  }

  /** Joins in a partition; if the partition map has changed and the group is new there, by the new map. */
  async #joinIn(consumer: PartitionConsumer, timeoutMs: number): Promise<void> {
    const { map, readMap, endGrowth } = this.#options;
    const end = performance.now() + timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const known = map().epoch;
      try {
        await consumer.join(Math.max(1, end - performance.now()));
        return;
      } catch (error) {
        if (replyCode(error) !== 'EPOCH') throw error;
        if (performance.now() > end) throw growing(error);
        await readMap().catch(() => undefined);
        if (map().epoch !== known) continue;
        // Another process grows the partitions, or has died meanwhile.
        if (attempt % endGrowthAfter === 0) await endGrowth().catch(() => undefined);
        else await sleep(readMapAgainMs);
      }
    }
  }

  /** Joins when the partition can be reached. Never rejects. */
  async #joinLater(consumer: PartitionConsumer): Promise<void> {
    const { logger, leaseMs } = this.#options;
    const { connection, index } = consumer.partition;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        if (await connection.whenReady(joinAgainMs)) {
          await this.#joinIn(consumer, leaseMs);
          this.#announce();
          if (!signal.aborted) consumer.start();
          return;
        }
      } catch (error) {
        if (!mayTryAgain(error))
          logger.error({ err: error, partition: index }, 'could not join a partition; trying again');
      }
      await sleep(joinAgainMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }

  #announce(): void {
    const { service, logger } = this.#options;
    announceGroup(service, this.#created.splice(0), logger);
  }

  /** Visits the partitions one by one. A partition that is away does not hold up the others. */
  async #maintain(signal: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    await this.#options.endGrowth().catch((error: unknown) => failures.push(error));
    for (const each of this.#running) {
      if (signal.aborted) break;
      await each.maintain(signal).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} parts of the maintenance failed`);
    if (failures.length === 1) throw failures[0];
  }

  /** Reads which processes of the group are alive. Never rejects. */
  async #readAlive(): Promise<void> {
    const { connection, group } = this.#reachablePlace();
    if (!connection.isReady) return;
    const since = Math.floor(connection.now() - this.#options.leaseMs);
    try {
      this.#homes.update(await connection.tryOnce((redis) => redis.zrange(group.alive, since, '+inf', 'BYSCORE')));
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'could not read which processes of the group are alive');
    }
  }

  #reachablePlace() {
    const { partitions, service } = this.#options;
    const { connection, keys } = partitions.find((each) => each.connection.isReady) ?? first(partitions);
    return { connection, group: keys.group(service) };
  }

  #newDeliverer(): Deliverer<RedisDelivery> {
    const { service, publisher, logger, wrapping, onError } = this.#options;
    return new Deliverer<RedisDelivery>({
      group: service,
      publisher,
      logger,
      wrapping,
      onError,
      recordDuration: (handler, durationMs) => this.#durations.recordDuration(handler, durationMs),
      settle: (delivery, handler, result, last) =>
        delivery.lane.ofPartition.settleRun(delivery, handler.name, result, last),
    });
  }
}

function growing(cause: unknown): EventBusError {
  const problem = 'the number of partitions is being changed, and a new group cannot join until that has ended';
  return new EventBusError('UNAVAILABLE', problem, { cause });
}

/** The name of a consumer in its group: unique for each start of each process. */
function newConsumerName(): string {
  return `${hostname()}-${process.pid}-${randomName()}`;
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error('there must be at least one partition');
  return item;
}
