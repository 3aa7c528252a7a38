import { BaseBus, closedError } from '../bus/base-bus.js';
import { closeOnSignals, type SignalListeners } from '../bus/close-on.js';
import type { EventBus } from '../bus/event-bus.js';
import { EventBusError } from '../errors.js';
import { type BusHealth, judgeHealth } from '../observe/health.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Published } from '../publish/publisher.js';
import { bindMethods } from '../support/bind-methods.js';
import type { Link } from './connection/link.js';
import { LossWatch } from './connection/loss-watch.js';
import type { MemoryFigures } from './connection/memory-guard.js';
import type { Nodes } from './connection/nodes.js';
import { openNodes } from './connection/open-nodes.js';
import { probeRedis } from './connection/permissions.js';
import { mayTryAgain } from './connection/redis-error.js';
import { redisRefusal } from './connection/redis-refusal.js';
import { Consumer } from './consume/consumer.js';
import { KnownMap } from './partitions/known-map.js';
import { BatchPublisher } from './publish/batch-publisher.js';
import { CircuitBreaker, circuitBreakerDefaults } from './publish/circuit-breaker.js';
import { PublisherRegistry } from './publish/publisher-registry.js';
import { type EventBusOptions, resolveSettings, type Settings } from './settings.js';
import { type Keys, partitionKeys, partitionTag } from './store/keys.js';

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
  readonly #keys: Keys;
  readonly #lossWatch: LossWatch;
  readonly #map: KnownMap;
  /** Hash tag of the keys. */
  readonly #tag: string;
  readonly #nodes: Nodes;
  readonly #connection: Link;
  readonly #memory: MemoryFigures;
  readonly #publisher: BatchPublisher;
  readonly #registry: PublisherRegistry;
  #consumer: Consumer | undefined;
  /** The last start, if it was rejected; the time by `performance.now()`. */
  #startFailure: { readonly reason: string; readonly at: number } | undefined;
  /** True when no more publishes are accepted: after the bus has stopped, because handlers also publish. */
  #refusing = false;
  /** Accepted publishes that were not passed to the publisher yet. */
  readonly #writing = new Set<Promise<unknown>>();
  /** For the signals of `closeOn`. */
  readonly #signals: SignalListeners;
  /** Resolves when the bus begins to stop. */
  readonly #stopping: { readonly promise: Promise<void>; readonly resolve: () => void };

  constructor(settings: Settings) {
    const { service, prefix, logger, redis, replyTimeoutMs } = settings;
    const keys = partitionKeys(prefix, 0);
    super({ ...settings, destination: keys.events });
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#stopping = { promise, resolve };
    this.#settings = settings;
    this.#keys = keys;
    this.#map = new KnownMap(prefix, 1);
    this.#lossWatch = new LossWatch(this.#keys, service, logger);
    const probe = (link: Link) => probeRedis(link, keys, this.#consumer === undefined ? 'publish' : 'consume');
    const { allowEviction, memoryLimit } = settings;
    this.#tag = partitionTag(prefix, 0);
    this.#nodes = openNodes({
      target: redis,
      name: `hyvve-events:${service}`,
      logger,
      replyTimeoutMs,
      watch: { allowEviction, memoryLimit, probe },
    });
    this.#connection = this.#nodes.link(this.#tag, {
      onFirstConnect: async (link) => {
        await probe(link);
        await this.#map.open(link);
      },
      onReconnect: (link) => {
        this.#publisher.reconnected();
        return this.#lossWatch.check(link);
      },
    });
    this.#memory = this.#nodes.memory(this.#tag);
    this.#publisher = new BatchPublisher({
      connection: this.#connection,
      keys: this.#keys,
      breaker: new CircuitBreaker(circuitBreakerDefaults),
      memory: this.#memory,
      lossWatch: this.#lossWatch,
      epoch: () => this.#map.epoch,
      deadlineMs: settings.publishDeadlineMs,
      maxPendingBytes: settings.maxPendingBytes,
    });
    const { catalogHash } = settings;
    this.#registry = new PublisherRegistry({ connection: this.#connection, keys, logger, service, catalogHash });
    bindMethods(this);
    this.#signals = closeOnSignals(settings.closeOn, () => this.close(), logger);
  }

  health(): BusHealth {
    this.#connect();
    const { blockMs, replyTimeoutMs } = this.#settings;
    const { lastError } = this.#connection;
    const failure = this.#startFailure;
    return judgeHealth({
      redis: this.#redisState(),
      refusal: this.#connection.fatal?.rawMessage,
      problem: this.#connection.isReady
        ? this.#nodes.refusal(this.#tag)
        : lastError instanceof Error
          ? lastError.message
          : undefined,
      memoryHigh: this.#memory.isHigh,
      pendingPublishBytes: this.#publisher.pendingBytes,
      started: this.isStarted,
      stopping: this.isStopping,
      startFailure:
        failure === undefined ? undefined : { reason: failure.reason, agoMs: performance.now() - failure.at },
      consumer: this.#consumer?.health,
      longestRoundMs: blockMs + replyTimeoutMs + roundMarginMs,
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
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing);
    await this.#publisher.close();
    await this.#registry.close();
    this.#nodes.close();
    this.#signals.remove();
  }

  protected write(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]> {
    if (this.#refusing) return Promise.reject(closedError());
    return this.#connection.wasReady ? this.#write(prepare) : this.#writeFirst(prepare);
  }

  async #join(): Promise<void> {
    const { service, startTimeoutMs } = this.#settings;
    const end = performance.now() + startTimeoutMs;
    this.#startFailure = undefined;
    this.#connect();
    await Promise.race([this.#connection.whenReady(startTimeoutMs), this.#stopping.promise]);
    if (!this.#connection.isReady) {
      const fatal = this.#connection.fatal;
      const cause = this.#connection.lastError;
      // A bus that did not start must not keep the process alive; a waiting publish connects again.
      this.#nodes.suspend();
      if (this.isStopping) throw closedError();
      throw fatal ?? unavailable(startTimeoutMs, cause);
    }
    // Without this, a connected bus would create its group and read events only to return them.
    if (this.isStopping) throw closedError();
    const consumer = new Consumer({
      ...this.#settings,
      nodes: this.#nodes,
      tag: this.#tag,
      service,
      connection: this.#connection,
      keys: this.#keys,
      handlers: this.handlers,
      wrapping: this.wrapping,
      onError: this.reportError,
      publisher: this,
      lossWatch: this.#lossWatch,
    });
    try {
      await probeRedis(this.#connection, this.#keys, 'consume');
      await consumer.start(end - performance.now());
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

  #connect(): void {
    if (this.isClosing) return;
    this.#connection.connect();
  }

  #redisState(): BusHealth['redis'] {
    if (this.#connection.fatal !== undefined) return 'refused';
    if (!this.#connection.isOpen || this.isClosing) return 'closed';
    return this.#connection.isReady ? 'ready' : 'connecting';
  }

  async #write(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]> {
    const events = prepare(this.#nowMs());
    const { publishDeadlineMs } = this.#settings;
    const published = await this.#map.publish(this.#connection, publishDeadlineMs, (deadline) =>
      this.#publisher.publish(events, deadline),
    );
    this.#registry.observe(events);
    if (this.#settings.logsPublishes) this.#log(events, published);
    return published;
  }

  /** Writes before the first connection: event ids contain the time of Redis's clock, which is not known yet. */
  async #writeFirst(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]> {
    // Invalid events are reported immediately.
    prepare(this.#nowMs());
    this.#connection.connect();
    const waiting = this.#connection.whenReady(this.#settings.publishDeadlineMs / 2);
    this.#writing.add(waiting);
    await waiting;
    const written = this.#write(prepare);
    this.#writing.delete(waiting);
    return written;
  }

  #nowMs(): number {
    return Math.floor(this.#connection.now());
  }

  #log(events: readonly PreparedEvent[], published: readonly Published[]): void {
    events.forEach(({ type, correlationId, tenantId }, index) => {
      const { id: eventId, streamId, duplicate } = published[index] ?? {};
      this.#settings.logger.info({ eventId, type, correlationId, tenantId, streamId, duplicate }, 'published');
    });
  }
}

function unavailable(timeoutMs: number, cause: unknown): EventBusError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  const isAbsent = /ECONNREFUSED|ENOTFOUND/.test(why);
  const fix = isAbsent
    ? '; fix: start Redis, or set its address with the option `redis` or the variable REDIS_URL'
    : '';
  return new EventBusError('UNAVAILABLE', `no connection to Redis within ${timeoutMs} ms${why}${fix}`, { cause });
}
