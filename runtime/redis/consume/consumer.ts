import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomName } from '../../event/ids.js';
import { Deliverer } from '../../handle/deliverer.js';
import type { HandlerSet } from '../../handle/handler-set.js';
import type { FailedRun } from '../../handle/interceptor.js';
import type { RunWrapping } from '../../handle/run.js';
import type { ConsumerHealth } from '../../observe/health.js';
import { parkedCounts } from '../../operate/parked.js';
import type { Publisher } from '../../publish/publisher.js';
import { loadBullMQ } from '../connection/load-bullmq.js';
import type { Nodes } from '../connection/nodes.js';
import { GroupJobs } from '../maintain/group-jobs.js';
import type { MaintenanceSettings } from '../settings.js';
import { RunFields } from '../statistics/counters.js';
import { Durations } from '../statistics/durations.js';
import { announceGroup } from './announce-group.js';
import type { RedisDelivery } from './delivery.js';
import { Homes } from './homes.js';
import { Joining, type JoiningSettings, reachableMs } from './joining.js';
import type { EnsuredGroup } from './lane.lua.js';
import { type ConsumedPartition, PartitionConsumer } from './partition-consumer.js';
import { Places } from './places.js';
import { ReadTurns } from './read-turns.js';

export interface ConsumerOptions extends JoiningSettings {
  /** Makes a client for BullMQ. */
  readonly newClient: Nodes['jobsClient'];
  /** At least one. The bus adds partitions, and then calls {@link Consumer.follow}. */
  readonly partitions: readonly ConsumedPartition[];
  /** Option of the bus. */
  readonly prefix: string;
  readonly service: string;
  readonly handlers: HandlerSet;
  readonly publisher: Publisher;
  readonly concurrency: number;
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
  /** Called for every failed run. Never throws. */
  readonly onError: ((run: FailedRun) => void) | undefined;
}

/** Maximum time that a close waits for outcomes to be recorded after the handlers have ended, in milliseconds. */
const flushLimitMs = 5_000;
/** Maximum time that a close waits for a join that is under way, in milliseconds. */
const joinLimitMs = 500;

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
  readonly #joining: Joining;
  readonly #newPartition: (partition: ConsumedPartition) => PartitionConsumer;
  readonly #partitions: PartitionConsumer[] = [];
  readonly #closing = new AbortController();
  /** Partitions in which the group was created since the last announcement. */
  readonly #created: EnsuredGroup[] = [];
  /** Attempts to join in partitions that are new or could not be reached. */
  #joinsLater: Promise<unknown> = Promise.resolve();
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
    const { signal } = this.#closing;
    // Each partition that is away listens to it.
    setMaxListeners(0, signal);
    const joined = { partitions: this.#partitions, onJoined: () => this.#announce() };
    this.#joining = new Joining({ ...options, ...joined, signal });
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
    const away = await this.#joining.joinReachable(this.#partitions, end);
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
    this.#joinsLater = Promise.all(away.map((each) => this.#joining.joinLater(each)));
  }

  /** Joins in partitions that the bus has added, and reads them. Resolves when it has joined in those that can be reached. Never rejects. */
  async follow(): Promise<void> {
    const added = this.#closing.signal.aborted ? [] : this.#addPartitions();
    if (added.length === 0) return;
    this.#turns.resize(this.#partitions.length);
    // It creates the group there if a failover has lost it, or if the group is new in the partitions of a former map.
    const joins = Promise.all(added.map((each) => this.#joining.joinAdded(each)));
    this.#joinsLater = Promise.all([this.#joinsLater, joins]);
    await Promise.race([joins, sleep(reachableMs, undefined, { ref: false })]);
  }

  #addPartitions(): readonly PartitionConsumer[] {
    const fresh = this.#options.partitions.slice(this.#partitions.length);
    const added = fresh.map((partition) => this.#newPartition(partition));
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
    await Promise.race([this.#joinsLater, sleep(joinLimitMs, undefined, { ref: false })]);
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
      settle: (delivery, handler, result, last) => delivery.lane.ofPartition.settleRun(delivery, handler, result, last),
    });
  }
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
