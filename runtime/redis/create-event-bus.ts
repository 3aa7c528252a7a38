import { BaseBus, closedError } from '../bus/base-bus.js';
import { closeOnSignals, type SignalListeners } from '../bus/close-on.js';
import type { EventBus } from '../bus/event-bus.js';
import { EventBusError } from '../errors.js';
import { type BusHealth, judgeHealth } from '../observe/health.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Published } from '../publish/publisher.js';
import { bindMethods } from '../support/bind-methods.js';
import { OpenCalls } from '../support/open-calls.js';
import { BusPartitions } from './bus-partitions.js';
import type { Link } from './connection/link.js';
import type { Nodes } from './connection/nodes.js';
import { openNodes } from './connection/open-nodes.js';
import { probeJobs, probeRedis } from './connection/permissions.js';
import { mayTryAgain, replyCode } from './connection/redis-error.js';
import { redisRefusal } from './connection/redis-refusal.js';
import { Consumer } from './consume/consumer.js';
import { KnownMap, type RefusedPublish } from './partitions/known-map.js';
import { type Partition, partitionOn } from './partitions/partition.js';
import type { PartitionMap } from './partitions/partition-map.js';
import { PublisherRegistry } from './publish/publisher-registry.js';
import { type EventBusOptions, resolveSettings, type Settings } from './settings.js';
import { keysOfTag, mapTag, partitionTag, timerTag } from './store/keys.js';

/**
 * How often the partition map is read, in milliseconds: Redis may have lost it, or the number of partitions has grown. Until then, no process
 * that does not publish reads the new partitions.
 */
const readMapMs = 2_000;
/** Maximum time of a call with which the maintenance ends a growth, in milliseconds. */
const endGrowthCallMs = 5_000;
/** Maximum time that a start waits for the server of the group's timer, in milliseconds. */
const timerWaitMs = 2_000;
/** Maximum time of a round of the read loop, in addition to its longest read, in milliseconds. */
const roundMarginMs = 10_000;

/**
 * A bus on Redis Streams. It connects at its first use; `start` begins to deliver events to the subscribed handlers.
 * @throws EventBusError `CONFIG_INVALID`
 */
export function createEventBus(options: EventBusOptions): EventBus {
  return new RedisEventBus(resolveSettings(options));
}

class RedisEventBus extends BaseBus {
  readonly #settings: Settings;
  readonly #nodes: Nodes;
  readonly #map: KnownMap;
  /** The link to the server that has the partition map. */
  readonly #mapLink: Link;
  /** Undefined until the map was read. */
  #partitions: BusPartitions | undefined;
  #mapTimer: NodeJS.Timeout | undefined;
  readonly #registry: PublisherRegistry;
  #consumer: Consumer | undefined;
  /** The last start, if it was rejected; the time by `performance.now()`. */
  #startFailure: { readonly reason: string; readonly at: number } | undefined;
  /** True when no more publishes are accepted: after the bus has stopped, because handlers also publish. */
  #refusing = false;
  /** The accepted publishes. */
  readonly #writes = new OpenCalls();
  /** For the signals of `closeOn`. */
  readonly #signals: SignalListeners;
  /** Resolves when the bus begins to stop. */
  readonly #stopping: { readonly promise: Promise<void>; readonly resolve: () => void };

  constructor(settings: Settings) {
    const { service, prefix, logger, redis, replyTimeoutMs, durability, allowEviction, memoryLimit, catalogHash } =
      settings;
    super({ ...settings, destination: `${prefix}:events` });
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#stopping = { promise, resolve };
    this.#settings = settings;
    this.#nodes = openNodes({
      target: redis,
      name: `hyvve-events:${service}`,
      logger,
      replyTimeoutMs,
      durability,
      watch: { allowEviction, memoryLimit, probe: (link, tag) => this.#probe(link, tag) },
    });
    this.#map = new KnownMap({
      prefix,
      count: settings.partitions ?? 1,
      partition: (index) => this.#partitions?.all[index] ?? partitionOn(this.#nodes, prefix, index),
      logger,
      onChange: (map) => this.#follow(map),
    });
    this.#mapLink = this.#nodes.link(mapTag(prefix), {
      onFirstConnect: (link) => this.#open(link),
      onReconnect: (link) => this.#map.open(link),
    });
    this.#registry = new PublisherRegistry({ place: () => this.#partitions?.anyReady, logger, service, catalogHash });
    bindMethods(this);
    this.#signals = closeOnSignals(settings.closeOn, () => this.close(), logger);
  }

  health(): BusHealth {
    this.#connect();
    const { blockMs, replyTimeoutMs } = this.#settings;
    const failure = this.#startFailure;
    const partitions = this.#partitions;
    const awayFromConsumer = this.#consumer?.away ?? [];
    return judgeHealth({
      redis: this.#redisState(),
      refusal: this.#fatal?.rawMessage,
      problem: partitions === undefined ? messageOf(this.#mapLink.lastError) : partitions.problem,
      memoryHigh: partitions?.isMemoryHigh ?? false,
      pendingPublishBytes: partitions?.pendingBytes ?? 0,
      started: this.isStarted,
      stopping: this.isStopping,
      startFailure:
        failure === undefined ? undefined : { reason: failure.reason, agoMs: performance.now() - failure.at },
      consumer: this.#consumer?.health,
      longestRoundMs: blockMs + replyTimeoutMs + roundMarginMs,
      partitions: partitions?.healthWith(awayFromConsumer),
    });
  }

  protected async join(): Promise<void> {
    try {
      await this.#join();
    } catch (error) {
      const failure = error instanceof EventBusError ? error : EventBusError.from(error);
      this.#startFailure = { reason: failure.message, at: performance.now() };
      throw failure;
    }
  }

  protected onStopping(): void {
    this.#stopping.resolve();
  }

  protected async leave(drainMs: number): Promise<void> {
    await this.#consumer?.close(drainMs);
  }

  protected async disconnect(): Promise<void> {
    this.#refusing = true;
    // Before the publishers are closed: what Redis refuses, because the partitions grow, is published again.
    await this.#writes.idle();
    await this.#partitions?.close();
    await this.#registry.close();
    clearInterval(this.#mapTimer);
    this.#nodes.close();
    this.#signals.remove();
  }

  protected write(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]> {
    if (this.#refusing) return Promise.reject(closedError());
    const partitions = this.#partitions;
    return partitions === undefined ? this.#writeFirst(prepare) : this.#write(partitions, prepare);
  }

  async #join(): Promise<void> {
    const { startTimeoutMs } = this.#settings;
    const end = performance.now() + startTimeoutMs;
    this.#startFailure = undefined;
    this.#connect();
    await Promise.race([this.#whenReady(startTimeoutMs), this.#stopping.promise]);
    const partitions = this.#partitions;
    if (partitions?.anyReady === undefined) {
      const fatal = this.#fatal;
      const cause = partitions?.lastError ?? this.#mapLink.lastError;
      // A bus that did not start must not keep the process alive; a waiting publish connects again.
      this.#nodes.suspend();
      if (this.isStopping) throw closedError();
      throw fatal ?? unavailable(startTimeoutMs, cause);
    }
    // Without this, a connected bus would create its group and read events only to return them.
    if (this.isStopping) throw closedError();
    const consumer = new Consumer({
      ...this.#settings,
      newClient: (tag, name) => this.#nodes.jobsClient(tag, name),
      partitions: partitions.all,
      map: () => this.#map.present,
      readMap: () => this.#map.open(this.#mapLink),
      handlers: this.handlers,
      wrapping: this.wrapping,
      onError: this.reportError,
      publisher: this,
      endGrowth: () => this.#map.endGrowth(this.#mapLink, 0, endGrowthCallMs),
    });
    try {
      await this.#probeConsuming(partitions, end - performance.now());
      await consumer.start(end - performance.now());
      // A growth that ended before the handlers were registered: other processes would read the new partitions without them.
      await this.#map.open(this.#mapLink).catch(() => undefined);
      await consumer.follow();
    } catch (error) {
      consumer.giveUp();
      this.#nodes.suspend();
      if (error instanceof EventBusError) throw error;
      throw (
        redisRefusal(error) ?? (mayTryAgain(error) ? unavailable(startTimeoutMs, error) : EventBusError.from(error))
      );
    }
    this.#consumer = consumer;
  }

  /** Reads the partition map, and creates it if there is none. */
  async #open(link: Link): Promise<void> {
    await this.#probe(link, mapTag(this.#settings.prefix));
    await this.#map.open(link);
  }

  #readMap(): void {
    if (!this.#mapLink.isReady) return;
    this.#map.open(this.#mapLink).catch((error: unknown) => {
      this.#settings.logger.debug({ err: error }, 'could not read the partition map');
    });
  }

  #follow(map: PartitionMap): void {
    const { partitions: option, logger } = this.#settings;
    if (this.#partitions !== undefined) {
      const before = this.#partitions.all.length;
      this.#partitions.follow(map);
      void this.#consumer?.follow();
      if (map.count > before) logger.info({ partitions: map.count, before }, 'the number of partitions has grown');
      const message = 'the partition map has fewer partitions than before: Redis lost its data';
      if (map.count < before) logger.error({ partitions: map.count, before }, message);
      return;
    }
    if (option !== undefined && option !== map.count) {
      const message =
        'the number of partitions in Redis differs from the option `partitions`; the number in Redis is used';
      logger.warn({ partitions: map.count, option }, message);
    }
    this.#mapTimer = setInterval(() => this.#readMap(), readMapMs);
    this.#mapTimer.unref();
    this.#partitions = new BusPartitions(this.#settings, this.#nodes, map, (link, tag) => this.#probe(link, tag));
  }

  /** Rejects if the server refuses the commands of this process at present. @param tag Hash tag whose keys the server has. */
  async #probe(link: Link, tag: string): Promise<void> {
    const keys = keysOfTag(tag);
    if (this.#consumer === undefined) return probeRedis(link, keys, 'publish');
    await Promise.all([probeRedis(link, keys, 'consume'), probeJobs(link, tag)]);
  }

  async #probeConsuming({ all }: BusPartitions, timeoutMs: number): Promise<void> {
    const { prefix, service } = this.#settings;
    const tag = timerTag(prefix, service);
    const timer = this.#nodes.link(tag);
    timer.connect();
    // Its server may be away while others can be reached: the permissions are those of the user on every server.
    await timer.whenReady(Math.min(timeoutMs, timerWaitMs));
    const reachable = all.filter(({ connection }) => connection.isReady);
    const other = reachable[0];
    const probed = timer.isReady || other === undefined ? { link: timer, tag } : tagOf(prefix, other);
    await Promise.all([
      ...reachable.map(({ connection, keys }) => probeRedis(connection, keys, 'consume')),
      probeJobs(probed.link, probed.tag),
    ]);
  }

  #connect(): void {
    if (this.isClosing) return;
    this.#mapLink.connect();
    this.#partitions?.connect();
  }

  /** Resolves when events can be written or read in a partition, or after `timeoutMs`. */
  async #whenReady(timeoutMs: number): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (this.#partitions === undefined && this.#mapLink.isOpen && performance.now() < end) {
      // A start that was given up may have suspended the connection in the meantime.
      this.#mapLink.connect();
      if (this.#mapLink.fatal !== undefined) return;
      await this.#mapLink.whenReady(end - performance.now());
    }
    await this.#partitions?.whenReady(end - performance.now());
  }

  get #fatal(): EventBusError | undefined {
    return this.#partitions === undefined ? this.#mapLink.fatal : this.#partitions.fatal;
  }

  #redisState(): BusHealth['redis'] {
    if (this.#fatal !== undefined) return 'refused';
    if (this.isClosing || !this.#mapLink.isOpen) return 'closed';
    return this.#partitions?.anyReady === undefined ? 'connecting' : 'ready';
  }

  async #write(
    partitions: BusPartitions,
    prepare: (nowMs: number) => readonly PreparedEvent[],
  ): Promise<readonly Published[]> {
    this.#writes.began();
    try {
      const deadline = performance.now() + this.#settings.publishDeadlineMs;
      let routed = partitions.prepare(prepare);
      const waiting = partitions.timeFor(routed);
      if (waiting !== undefined) {
        await waiting;
        routed = partitions.prepare(prepare);
      }
      const { events, index } = routed;
      const { epoch } = this.#map;
      let published: readonly Published[];
      try {
        published = await partitions.publisher.publish(events, deadline, index);
      } catch (error) {
        published = await this.#publishAgain(partitions, events, { error, epoch, index }, deadline);
      }
      this.#registry.observe(events);
      if (this.#settings.logsPublishes) this.#log(events, published);
      return published;
    } finally {
      this.#writes.ended();
    }
  }

  /** Publishes by a newer map what was refused because the number of partitions has changed; rethrows any other error. */
  #publishAgain(
    partitions: BusPartitions,
    events: readonly PreparedEvent[],
    refused: RefusedPublish,
    deadline: number,
  ): Promise<readonly Published[]> {
    if (replyCode(refused.error) !== 'EPOCH') throw refused.error;
    const publish = () => partitions.publisher.publish(events, deadline);
    return this.#map.publishAgain(this.#mapLink, refused, deadline, publish);
  }

  /** Writes before the first connection: event ids contain the time of Redis's clock, which is not known yet. */
  async #writeFirst(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]> {
    // Invalid events are reported immediately.
    prepare(Date.now());
    const waitMs = this.#settings.publishDeadlineMs / 2;
    this.#writes.began();
    try {
      await this.#whenReady(waitMs);
      const partitions = this.#partitions;
      if (partitions === undefined) throw this.#mapLink.fatal ?? unavailable(waitMs, this.#mapLink.lastError);
      return await this.#write(partitions, prepare);
    } finally {
      this.#writes.ended();
    }
  }

  #log(events: readonly PreparedEvent[], published: readonly Published[]): void {
    events.forEach(({ type, correlationId, tenantId }, index) => {
      const { id: eventId, streamId, duplicate } = published[index] ?? {};
      this.#settings.logger.info({ eventId, type, correlationId, tenantId, streamId, duplicate }, 'published');
    });
  }
}

function tagOf(prefix: string, { connection, index }: Partition): { readonly link: Link; readonly tag: string } {
  return { link: connection, tag: partitionTag(prefix, index) };
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}

function unavailable(timeoutMs: number, cause: unknown): EventBusError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const isAbsent = /ECONNREFUSED|ENOTFOUND/.test(why);
  const fix = isAbsent
    ? '; fix: start Redis, or set its address with the option `redis` or the variable REDIS_URL'
    : '';
  return new EventBusError('UNAVAILABLE', `no connection to Redis within ${timeoutMs} ms${why}${fix}`, { cause });
}
