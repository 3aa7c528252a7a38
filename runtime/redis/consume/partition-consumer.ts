import type { Deliverer } from '../../handle/deliverer.js';
import type { ParkedCount } from '../../operate/parked.js';
import type { Link } from '../connection/link.js';
import type { LossWatch } from '../connection/loss-watch.js';
import type { GroupJobs } from '../maintain/group-jobs.js';
import { maintainGroup } from '../maintain/maintain-group.js';
import type { Partition } from '../partitions/partition.js';
import type { PartitionMap } from '../partitions/partition-map.js';
import type { MaintenanceSettings } from '../settings.js';
import type { RunFields } from '../statistics/counters.js';
import type { RedisDelivery } from './delivery.js';
import { Dispatcher } from './dispatcher.js';
import type { GroupAge } from './group-age.js';
import type { GroupMember } from './group-member.js';
import { HandOvers } from './hand-overs.js';
import { InFlight } from './in-flight.js';
import { Inheritance } from './inheritance.js';
import { Lane } from './lane.js';
import type { EnsuredGroup } from './lane.lua.js';
import { liveLane, replayLane } from './lane-spec.js';
import { Membership, type ProcessDescription } from './membership.js';
import { RedisOnceStore } from './once.js';
import { OutcomeRecorder } from './outcome-recorder.js';
import { PeerHandlers } from './peer-handlers.js';
import type { Places } from './places.js';
import type { ReadTurns } from './read-turns.js';
import { Reader } from './reader.js';
import { Retries } from './retries.js';
import { RetryTurns } from './retry-turns.js';
import { Wakeups } from './wakeups.js';

/** A partition as a consumer uses it. */
export interface ConsumedPartition extends Partition {
  readonly lossWatch: LossWatch;
  /** The server that has it at present, as in `Nodes.masterOf`; undefined while none is known. */
  readonly server: () => string | undefined;
  /** Makes a separate connection, for reads that wait. */
  readonly openBlocking: () => Link & { close(): void };
}

export interface PartitionConsumerOptions
  extends Pick<GroupMember, 'consumer' | 'handlers' | 'logger' | 'leaseMs'>,
    ProcessDescription {
  readonly partition: ConsumedPartition;
  /** The partition with an index, such as the parent of this one; undefined if the bus does not know it. */
  readonly partitionAt: (index: number) => Partition | undefined;
  /** The partition map that this process knows. */
  readonly map: () => PartitionMap;
  /** Reads the partition map again. */
  readonly readMap: () => Promise<void>;
  /** That of another partition in which this process has joined. */
  readonly inheritanceOf: (index: number) => Inheritance | undefined;
  /** Name of the group. */
  readonly service: string;
  readonly places: Places;
  readonly turns: ReadTurns;
  readonly deliverer: Deliverer<RedisDelivery>;
  readonly jobs: GroupJobs;
  readonly runFields: RunFields;
  readonly startFrom: string;
  readonly sweepMs: number;
  readonly maxDeliveries: number;
  readonly maxEventBytes: number;
  /** Number of deliveries that wait in the partition for ordered handlers of this process, above which no more events are read. */
  readonly maxWaiting: number;
  readonly maintenance: MaintenanceSettings;
  /** Called when the group was created in this partition because it is new. */
  readonly onCreated: (found: EnsuredGroup) => void;
}

/** Time after which a postponed quarantined retry is due again, in milliseconds. */
const quarantinePauseMs = 1_000;

/** A process as a member of a consumer group in one partition: reads, dispatches, settles, retries and renews its leases there. */
export class PartitionConsumer {
  readonly partition: ConsumedPartition;
  readonly #options: PartitionConsumerOptions;
  readonly #member: GroupMember;
  readonly #wakeups: Wakeups;
  readonly #membership: Membership;
  readonly #peers: PeerHandlers;
  readonly #lanes: readonly Lane[];
  readonly #live: Lane;
  readonly #handOvers: HandOvers;
  readonly #retries: Retries;
  readonly #inheritance: Inheritance;
  readonly #reader: Reader;
  #sweeper: NodeJS.Timeout | undefined;
  #isRunning = false;

  constructor(options: PartitionConsumerOptions) {
    const { partition, service, consumer, handlers, logger, leaseMs, places, deliverer, turns, startFrom } = options;
    const { index, connection, keys, lossWatch, openBlocking } = partition;
    const group = keys.group(service);
    const member = { connection, keys, group, consumer, handlers, logger, leaseMs };
    const inFlight = new InFlight(places, partition.server);
    this.partition = partition;
    this.#options = options;
    this.#member = member;
    this.#wakeups = new Wakeups(connection, options.jobs, index);
    this.#membership = new Membership(member, options);
    this.#peers = new PeerHandlers(member, this.#membership);
    const orderedHandlers = () => this.#peers.ordered;
    const { runFields, maxWaiting } = options;
    const outcomes = new OutcomeRecorder({ connection, handlers, logger, inFlight, runFields, orderedHandlers });
    const dispatcher = new Dispatcher({ ...options, inFlight, outcomes });
    this.#handOvers = new HandOvers(inFlight, dispatcher);
    const ofPartition = {
      index,
      once: new RedisOnceStore(connection, keys, leaseMs),
      settleRun: outcomes.settleRun.bind(outcomes),
    };
    const own = { ...member, inFlight, deliverer, dispatcher, ofPartition };
    const { onCreated, map, readMap, partitionAt, inheritanceOf } = options;
    const ofOthers = { peers: this.#peers, wakeups: this.#wakeups, onCreated, epoch: () => map().epoch };
    const parts = { ...own, ...ofOthers, handOvers: this.#handOvers, maxWaiting, waiting: { all: 0, isFull: false } };
    this.#inheritance = new Inheritance({ ...member, ...ofOthers, index, partitionAt, pollMs: () => turns.pollMs });
    const live = new Lane(liveLane(keys, group, startFrom), parts);
    const replay = new Lane(replayLane(keys, group), parts);
    this.#live = live;
    this.#lanes = [live, replay];
    this.#retries = new Retries(live, {
      ...parts,
      turns: new RetryTurns({ ...member, ...ofOthers, index, map, readMap, inheritanceOf }),
    });
    const read = { partition: index, connection, openBlocking, turns, live, replay, group: service };
    const gate = this.#inheritance;
    this.#reader = new Reader({ ...read, consumer, logger, inFlight, lossWatch, gate });
  }

  /** For how long this partition has known the group. Never rejects. @param timeoutMs Maximum time to wait for Redis, in milliseconds. */
  async groupAge(timeoutMs: number): Promise<GroupAge> {
    const { connection, keys } = this.partition;
    if (!connection.isReady) return 'away';
    try {
      const at = await connection.ask((redis) => redis.hget(keys.groups, this.#member.group.name), timeoutMs);
      return at === null ? 'new' : connection.now() + connection.clockErrorMs - Number(at);
    } catch {
      // If it refuses for good, joining there says so.
      return 'away';
    }
  }

  /**
   * Joins the group in this partition. @param timeoutMs Maximum time to wait for Redis, in milliseconds.
   * @param ageMs For how long the group exists by what other partitions know, in milliseconds; undefined if they do not know it.
   * @throws Errors of `Link.ask` and of ioredis
   */
  async join(timeoutMs: number, ageMs?: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    const left = () => Math.max(1, end - performance.now());
    for (const lane of this.#lanes) await lane.ensureGroup(left(), ageMs);
    await this.#inheritance.read(left());
    await this.#peers.reload(left());
    await this.#reader.verify(left());
  }

  /** Starts to read. To be called after {@link join}. */
  start(): void {
    const { sweepMs } = this.#options;
    this.#isRunning = true;
    this.#wakeups.start(() => this.wake());
    this.#handOvers.start(this.#live);
    this.#membership.start();
    for (const lane of this.#lanes) lane.start();
    this.#sweeper = setInterval(() => void this.#sweep(), sweepMs);
    this.#retries.start();
    this.#inheritance.start();
    this.#reader.start();
  }

  /** Whether it has joined. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What it continues of the parent partition; undefined before it has joined. */
  get inheritance(): Inheritance | undefined {
    return this.#isRunning ? this.#inheritance : undefined;
  }

  /** Cleans up if it has not started. */
  giveUp(): void {
    this.#reader.giveUp();
  }

  /** Claims all due retries now. */
  wake(): void {
    this.#retries.wake();
  }

  /** Claims the next quarantined delivery, from one of the streams or from the retries. */
  claimQuarantined(): void {
    for (const lane of this.#lanes) lane.leases.takeOver();
    this.#wakeups.wakeIn(quarantinePauseMs);
  }

  /** One round of maintenance for the group and for the partition's streams. @param signal Ends the round after the current step. */
  async maintain(signal: AbortSignal): Promise<void> {
    await this.#inheritance.check();
    const { handlers, maintenance: settings } = this.#options;
    const deadLetterHolds = (name: string) => {
      const handler = handlers.get(name);
      return handler && handler.options.order?.whenDead === 'hold';
    };
    await maintainGroup({ ...this.#member, deadLetterHolds, settings }, signal);
  }

  /** Stops reading and claiming. A call that is under way may still return deliveries. */
  async stopReading(): Promise<void> {
    const { connection } = this.partition;
    this.#inheritance.stop();
    this.#handOvers.stop();
    await this.#reader.stop((clientId) => connection.tryOnce((redis) => redis.client('UNBLOCK', clientId)));
    this.#retries.stop();
    for (const lane of this.#lanes) lane.leases.drain();
    this.#wakeups.stop();
    clearInterval(this.#sweeper);
  }

  /** Resolves when all outcomes so far are recorded, or recording has failed. */
  async flushed(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.settler.flushed()));
  }

  /** Leaves the group, and returns the deliveries that are left to it. */
  async leave(): Promise<void> {
    for (const lane of this.#lanes) lane.stop();
    this.#membership.stop();
    const parts = [this.#membership.leave(), this.#retries.release(), ...this.#lanes.map((lane) => lane.release())];
    for (const result of await Promise.allSettled(parts)) {
      if (result.status === 'fulfilled') continue;
      const message = 'could not return all deliveries to the group; the rest is taken over when the leases expire';
      this.#options.logger.warn({ err: result.reason }, message);
    }
  }

  /** Time since the last successful read, in milliseconds. */
  get loopIdleMs(): number {
    return this.#reader.idleMs;
  }

  /** Why events cannot be read now; undefined while reading works. */
  get problem(): string | undefined {
    return this.#reader.problem;
  }

  /** Time of the last successful settle, by `performance.now()`; minus infinity before the first one. */
  get settledAt(): number {
    return Math.max(...this.#lanes.map(({ settler }) => settler.settledAt ?? Number.NEGATIVE_INFINITY));
  }

  /** Time since when outcomes wait to be recorded, by `performance.now()`; infinity if none wait. */
  get unsettledSince(): number {
    return Math.min(...this.#lanes.map(({ settler }) => settler.unsettledSince ?? Number.POSITIVE_INFINITY));
  }

  /** Number of parked deliveries of the whole group in this partition. */
  get parkedCount(): number {
    return this.#peers.parkedCount;
  }

  /** Number of deliveries of the whole group in this partition that wait in key queues, at the last read or sweep. */
  get waitingCount(): number {
    return this.#live.queues.waiting;
  }

  /** The same for each version. */
  get parkedVersions(): readonly ParkedCount[] {
    return this.#peers.parkedVersions;
  }

  /** Claims due retries that no timer and no job has found, and counts deliveries that older processes of the group have parked. */
  async #sweep(): Promise<void> {
    const { logger, sweepMs } = this.#options;
    if (this.partition.connection.isReady) {
      const read = this.#peers.isOrderedByOthers ? this.#peers.reload(sweepMs) : this.#peers.readParked(sweepMs);
      await read.catch((error: unknown) => {
        logger.debug({ err: error }, 'could not read the parked deliveries');
      });
      if (this.waitingCount > 0) await this.#live.queues.count().catch(() => undefined);
    }
    this.#retries.wake();
  }
}
