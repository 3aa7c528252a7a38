import type { EventBusError } from '../errors.js';
import type { BusHealth } from '../observe/health.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Link } from './connection/link.js';
import { LossWatch } from './connection/loss-watch.js';
import type { MemoryFigures } from './connection/memory-guard.js';
import type { Nodes } from './connection/nodes.js';
import type { ReplicatedScripts } from './connection/replicated-calls.js';
import type { ConsumedPartition } from './consume/partition-consumer.js';
import type { PartitionMap } from './partitions/partition-map.js';
import { BatchPublisher } from './publish/batch-publisher.js';
import { CircuitBreaker, circuitBreakerDefaults } from './publish/circuit-breaker.js';
import { PartitionedPublisher } from './publish/partitioned-publisher.js';
import { PendingBytes } from './publish/pending-bytes.js';
import type { Settings } from './settings.js';
import { partitionKeys, partitionTag } from './store/keys.js';

/** Difference between the clocks of two servers from which events are prepared again, in milliseconds. */
const clockToleranceMs = 1_000;
/** Time after which callers that wait for a connection look whether they have waited long enough, in milliseconds. */
const connectRoundMs = 200;
/** Maximum time that a publish waits for the clock of a server that was never connected, in milliseconds. */
const firstTimeMs = 1_000;

/** A partition as a bus uses it. */
interface BusPartition extends ConsumedPartition {
  readonly memory: MemoryFigures;
  /** Undefined if a publish does not wait for replicas. */
  readonly replicated: ReplicatedScripts | undefined;
  /** The error with which its server refuses commands at present. */
  readonly refusal: () => string | undefined;
  /** Whether the clock of its server is known. */
  hasTime: boolean;
}

/** Prepared events, and the partition of their key by the present map. A class for the same reason as `PreparedEvent`. */
class Routed {
  readonly events: readonly PreparedEvent[];
  readonly index: number;

  constructor(events: readonly PreparedEvent[], index: number) {
    this.events = events;
    this.index = index;
  }
}

/** The partitions of a bus: their links, their publishers, and which of them can be used. */
export class BusPartitions {
  readonly all: BusPartition[] = [];
  readonly #settings: Settings;
  readonly #nodes: Nodes;
  readonly #probe: (link: Link, tag: string) => Promise<void>;
  readonly #pending: PendingBytes;
  #publisher: PartitionedPublisher;
  #connecting: Promise<boolean> | undefined;
  /** Publishers of former maps, until all that they have accepted is answered. */
  readonly #former = new Set<PartitionedPublisher>();

  /** @param probe Rejects if a server refuses the commands of this process. */
  constructor(settings: Settings, nodes: Nodes, map: PartitionMap, probe: (link: Link, tag: string) => Promise<void>) {
    this.#settings = settings;
    this.#nodes = nodes;
    this.#probe = probe;
    this.#pending = new PendingBytes(settings.maxPendingBytes, map.count);
    this.#publisher = this.#publish(map);
  }

  /** Publishes by the present map. */
  get publisher(): PartitionedPublisher {
    return this.#publisher;
  }

  /**
   * Publishes by a new map from now on. What was routed by the former map is refused by Redis, and published again: each publisher sends
   * the epoch of its own map.
   */
  follow(map: PartitionMap): void {
    const former = this.#publisher;
    this.#former.add(former);
    void former.idle().then(() => this.#former.delete(former));
    this.#pending.partitions = map.count;
    this.#publisher = this.#publish(map);
    this.connect();
  }

  /** Refuses further publishes; resolves when all accepted ones have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.close()));
  }

  /** Makes the publishers of a map, and the partitions that are new. */
  #publish(map: PartitionMap): PartitionedPublisher {
    const { count, growths } = map;
    for (let index = this.all.length; index < count; index += 1) this.all.push(this.#open(index));
    const { publishDeadlineMs: deadlineMs } = this.#settings;
    const pending = this.#pending;
    // After a loss of all data, the map may name fewer partitions.
    const publishers = this.all.slice(0, count).map((partition) => {
      const breaker = new CircuitBreaker(circuitBreakerDefaults);
      return new BatchPublisher({ ...partition, map, breaker, deadlineMs, pending });
    });
    return new PartitionedPublisher({ publishers, growths, now: () => this.now() });
  }

  get #publishers(): readonly PartitionedPublisher[] {
    return [...this.#former, this.#publisher];
  }

  #at(index: number): BusPartition {
    const partition = this.all[index] as BusPartition;
    partition.hasTime ||= partition.connection.isReady;
    return partition;
  }

  #open(index: number): BusPartition {
    const { prefix, service, logger } = this.#settings;
    const tag = partitionTag(prefix, index);
    const keys = partitionKeys(prefix, index);
    const lossWatch = new LossWatch(keys, service, logger);
    const connection = this.#nodes.link(tag, {
      onFirstConnect: (link) => this.#probe(link, tag),
      onReconnect: (link) => {
        for (const publisher of this.#publishers) publisher.reconnected(index);
        return lossWatch.check(link);
      },
    });
    const partition: BusPartition = {
      index,
      keys,
      connection,
      lossWatch,
      server: () => this.#nodes.masterOf(tag),
      openBlocking: () => this.#nodes.blockingLink(tag, `hyvve-events:${service}:reader`),
      memory: this.#nodes.memory(tag),
      replicated: this.#nodes.replicated(tag),
      refusal: () => this.#nodes.refusal(tag),
      hasTime: false,
    };
    return partition;
  }

  connect(): void {
    for (const { connection } of this.all) connection.connect();
  }

  /** Connects; resolves when a partition can be used, when none will be, or after `timeoutMs` and at most 200 ms more. */
  async whenReady(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (this.anyReady === undefined && performance.now() < end) {
      // Shared by all callers: each of a thousand first publishes would otherwise wait for each of a thousand partitions.
      this.#connecting ??= this.#connectFor(connectRoundMs).finally(() => {
        this.#connecting = undefined;
      });
      if (!(await this.#connecting)) return;
    }
  }

  /** @returns Whether to wait longer: no partition is ready, but one can be. */
  async #connectFor(waitMs: number): Promise<boolean> {
    this.connect();
    const end = performance.now() + waitMs;
    const ready = this.all.map(async ({ connection }) => {
      if (!(await connection.whenReady(waitMs))) throw new Error('not ready');
    });
    const isReady = await Promise.any(ready).then(
      () => true,
      () => false,
    );
    return !isReady && performance.now() >= end - 1;
  }

  /** A partition that can be used now; undefined if there is none. */
  get anyReady(): BusPartition | undefined {
    return this.all.find(({ connection }) => connection.isReady);
  }

  /** Redis's time, for the ids and times of events, in milliseconds since 1970. */
  now(): number {
    const usable = this.all.length === 1 ? undefined : this.anyReady;
    return (usable ?? this.all[0])?.connection.now() ?? Date.now();
  }

  /**
   * Prepares events with the time of the server that has their partition: events are searched for by the time in their ids, and the
   * clocks of servers may differ.
   */
  prepare(prepare: (nowMs: number) => readonly PreparedEvent[]): Routed {
    const nowMs = Math.floor(this.now());
    const events = prepare(nowMs);
    if (this.all.length === 1) return new Routed(events, 0);
    const index = this.#publisher.partitionOf(events);
    const { connection, hasTime } = this.#at(index);
    const ownMs = hasTime ? Math.floor(connection.now()) : nowMs;
    return new Routed(Math.abs(ownMs - nowMs) <= clockToleranceMs ? events : prepare(ownMs), index);
  }

  /** Resolves when the time of the server that has these events' partition is known, or after a second; undefined if it is known. */
  timeFor({ index }: Routed): Promise<void> | undefined {
    if (this.all.length === 1) return undefined;
    const partition = this.#at(index);
    if (partition.hasTime) return undefined;
    return partition.connection.whenReady(firstTimeMs).then((isReady) => {
      partition.hasTime ||= isReady;
    });
  }

  /** Size of the events that wait for Redis, in bytes. */
  get pendingBytes(): number {
    return this.#pending.total;
  }

  /** Why no partition can be used until the setup is changed. */
  get fatal(): EventBusError | undefined {
    return this.all.every(({ connection }) => connection.fatal !== undefined)
      ? this.all[0]?.connection.fatal
      : undefined;
  }

  /** Error of the last connection attempt or lost connection. */
  get lastError(): unknown {
    return this.all.map(({ connection }) => connection.lastError).find((error) => error !== undefined);
  }

  /** What Redis refuses at present, or why there is no connection; undefined while a partition can be used. */
  get problem(): string | undefined {
    const problems = this.all.map((partition) => problemOf(partition));
    return problems.every((problem) => problem !== undefined) ? problems[0] || undefined : undefined;
  }

  /** Whether the memory of every server is nearly full. */
  get isMemoryHigh(): boolean {
    return this.all.every(({ memory }) => memory.isHigh);
  }

  /** @param away Indexes of partitions whose events cannot be read. */
  healthWith(away: readonly number[]): BusHealth['partitions'] {
    const unusable = this.all.filter((each) => problemOf(each) !== undefined || away.includes(each.index));
    return { total: this.all.length, away: unusable.map(({ index }) => index) };
  }
}

/** Why a partition cannot be used; empty if that is not known. */
function problemOf({ connection, refusal }: BusPartition): string | undefined {
  if (connection.isReady) return refusal();
  return connection.lastError instanceof Error ? connection.lastError.message : '';
}
