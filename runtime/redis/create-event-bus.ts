import { drainMsOf } from '../bus/bus-options.js';
import type { CloseOptions, EventBus } from '../bus/event-bus.js';
import { EventBusError } from '../errors.js';
import type { EventDefinition } from '../event/definition.js';
import { HandlerSet } from '../handle/handler-set.js';
import type { Subscription } from '../handle/subscription.js';
import { type BusHealth, judgeHealth } from '../observe/health.js';
import { observePublish } from '../publish/observe-publish.js';
import { type PreparedEvent, prepareEvent } from '../publish/prepare-event.js';
import {
  type EventDraft,
  noPublishOptions,
  type PublishContext,
  type Published,
  type PublishOptions,
  readDrafts,
  type TenantPublisher,
} from '../publish/publisher.js';
import { mergeContext, ScopedPublisher } from '../publish/scoped-publisher.js';
import { bindMethods } from '../support/bind-methods.js';
import { LossWatch } from './connection/loss-watch.js';
import { MemoryGuard } from './connection/memory-guard.js';
import { probeRedis } from './connection/permissions.js';
import { RedisConnection } from './connection/redis-connection.js';
import { mayTryAgain } from './connection/redis-error.js';
import { redisRefusal } from './connection/redis-refusal.js';
import { RedisWatch } from './connection/redis-watch.js';
import { checkRedis } from './connection/startup-checks.js';
import { Consumer } from './consume/consumer.js';
import { BatchPublisher } from './publish/batch-publisher.js';
import { CircuitBreaker, circuitBreakerDefaults } from './publish/circuit-breaker.js';
import { type EventBusOptions, resolveSettings, type Settings } from './settings.js';
import { type Keys, partitionKeys } from './store/keys.js';

/** What a round of the loop may take beside its longest read, in milliseconds. */
const roundMarginMs = 10_000;

/**
 * A bus on Redis Streams. It connects at its first use; `start` begins to deliver to the handlers subscribed before.
 * @throws EventBusError `CONFIG_INVALID`
 */
export function createEventBus(options: EventBusOptions): EventBus {
  return new RedisEventBus(resolveSettings(options));
}

class RedisEventBus implements EventBus {
  readonly service: string;
  readonly #settings: Settings;
  readonly #keys: Keys;
  readonly #lossWatch: LossWatch;
  readonly #link: RedisConnection;
  readonly #memory: MemoryGuard;
  readonly #watch: RedisWatch;
  readonly #publisher: BatchPublisher;
  readonly #handlers = new HandlerSet();
  #consumer: Consumer | undefined;
  #started: Promise<void> | undefined;
  /** The last start, where it was rejected; the time by `performance.now()`. */
  #startFailure: { readonly reason: string; readonly at: number } | undefined;
  #closed: Promise<void> | undefined;
  /** Whether it takes nothing to publish any more: once its handlers have ended, which publish as well. */
  #refusing = false;
  /** Publishes that were accepted and are not with the publisher yet. */
  readonly #writing = new Set<Promise<unknown>>();
  /** Resolves when it is to close. */
  readonly #closing: { readonly promise: Promise<void>; readonly resolve: () => void };

  constructor(settings: Settings) {
    const { service, prefix, clusterKeys, logger, redis, replyTimeoutMs } = settings;
    this.service = service;
    let resolve = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    this.#closing = { promise, resolve };
    this.#settings = settings;
    this.#keys = partitionKeys(prefix, 0, clusterKeys);
    this.#lossWatch = new LossWatch(this.#keys, service, logger);
    this.#link = new RedisConnection({
      ...{ target: redis, name: `hyvve-events:${service}`, logger, replyTimeoutMs },
      onFirstConnect: async (link) => {
        await checkRedis(link, this.#keys, logger, settings.allowEviction);
        await this.#memory.poll(true);
      },
      onReconnect: (link) => {
        this.#publisher.reconnected();
        return this.#lossWatch.check(link);
      },
    });
    this.#memory = new MemoryGuard(this.#link, settings.memoryLimit);
    this.#watch = new RedisWatch(this.#link, this.#keys, () => (this.#consumer === undefined ? 'publish' : 'consume'));
    this.#publisher = new BatchPublisher({
      connection: this.#link,
      keys: this.#keys,
      breaker: new CircuitBreaker(circuitBreakerDefaults),
      memory: this.#memory,
      lossWatch: this.#lossWatch,
      deadlineMs: settings.publishDeadlineMs,
      maxPendingBytes: settings.maxPendingBytes,
    });
    bindMethods(this);
  }

  async publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    context: PublishContext = {},
    options: PublishOptions = noPublishOptions,
  ): Promise<Published> {
    const [published] = await this.#publish([{ event, data, context, options }], {});
    if (published === undefined) throw new EventBusError('INTERNAL', 'Redis answered without an id');
    return published;
  }

  async publishBatch(drafts: readonly EventDraft[], context: PublishContext = {}): Promise<readonly Published[]> {
    const read = readDrafts(drafts);
    const base = mergeContext({}, context);
    return read.length === 0 ? [] : this.#publish(read, base);
  }

  with(context: PublishContext): TenantPublisher {
    return new ScopedPublisher(this, context);
  }

  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void {
    if (this.#closed !== undefined) throw closedError();
    if (this.#started !== undefined) {
      throw new EventBusError('CONFIG_INVALID', 'the bus has started: subscribe every handler before start()');
    }
    for (const subscription of subscriptions.flat()) this.#handlers.add(subscription);
    this.#handlers.warnOfPriorities(this.#settings.logger);
  }

  start(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    this.#started ??= this.#start().catch((error: unknown) => {
      // It may be called again, once what is wrong was changed.
      this.#started = undefined;
      const failure = error instanceof EventBusError ? error : EventBusError.from(error);
      this.#startFailure = { reason: failure.message, at: performance.now() };
      throw failure;
    });
    return this.#started;
  }

  health(): BusHealth {
    this.#connect();
    const { blockMs, replyTimeoutMs } = this.#settings;
    const { lastError } = this.#link;
    const failure = this.#startFailure;
    return judgeHealth({
      redis: this.#redisState(),
      refusal: this.#link.fatal?.rawMessage,
      problem: this.#link.isReady ? this.#watch.refusal : lastError instanceof Error ? lastError.message : undefined,
      memoryHigh: this.#memory.isHigh,
      pendingPublishBytes: this.#publisher.pendingBytes,
      started: this.#started !== undefined,
      startFailure:
        failure === undefined ? undefined : { reason: failure.reason, agoMs: performance.now() - failure.at },
      consumer: this.#consumer?.health,
      longestRoundMs: blockMs + replyTimeoutMs + roundMarginMs,
    });
  }

  async close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(drainMsOf(options, this.#settings.drainMs));
    return this.#closed;
  }

  async #start(): Promise<void> {
    const { redis, service, startTimeoutMs } = this.#settings;
    const end = performance.now() + startTimeoutMs;
    this.#startFailure = undefined;
    this.#connect();
    await Promise.race([this.#link.whenReady(startTimeoutMs), this.#closing.promise]);
    if (!this.#link.isReady) {
      const fatal = this.#link.fatal;
      const cause = this.#link.lastError;
      // Nothing of it keeps a process alive whose bus did not start; a publish that waits connects again.
      this.#link.suspend();
      if (this.#closed !== undefined) throw closedError();
      throw fatal ?? unavailable(startTimeoutMs, cause);
    }
    const consumer = new Consumer({
      ...this.#settings,
      target: redis,
      service,
      connection: this.#link,
      keys: this.#keys,
      handlers: this.#handlers,
      publisher: this,
      lossWatch: this.#lossWatch,
    });
    try {
      await probeRedis(this.#link, this.#keys, 'consume');
      await consumer.start(end - performance.now());
    } catch (error) {
      consumer.giveUp();
      this.#link.suspend();
      if (error instanceof EventBusError) throw error;
      throw (
        redisRefusal(error) ?? (mayTryAgain(error) ? unavailable(startTimeoutMs, error) : EventBusError.from(error))
      );
    }
    this.#consumer = consumer;
  }

  #connect(): void {
    if (this.#closed !== undefined) return;
    this.#memory.start();
    this.#watch.start();
    this.#link.connect();
  }

  async #close(drainMs: number): Promise<void> {
    this.#closing.resolve();
    await this.#started?.catch(() => undefined);
    await this.#consumer?.close(drainMs);
    this.#refusing = true;
    while (this.#writing.size > 0) await Promise.allSettled(this.#writing);
    await this.#publisher.close();
    this.#memory.stop();
    this.#watch.stop();
    this.#link.close();
  }

  #redisState(): BusHealth['redis'] {
    if (this.#link.fatal !== undefined) return 'refused';
    if (!this.#link.isOpen || this.#closed !== undefined) return 'closed';
    return this.#link.isReady ? 'ready' : 'connecting';
  }

  #publish(drafts: readonly EventDraft[], context: PublishContext): Promise<readonly Published[]> {
    const { metrics, logger } = this.#settings;
    const options = { destination: this.#keys.events, metrics, logger };
    return observePublish(options, drafts, (traceparent) => {
      if (this.#refusing) throw closedError();
      return this.#link.wasReady
        ? this.#write(drafts, context, traceparent)
        : this.#writeFirst(drafts, context, traceparent);
    });
  }

  async #write(
    drafts: readonly EventDraft[],
    context: PublishContext,
    traceparent: string | undefined,
  ): Promise<readonly Published[]> {
    const events = drafts.map((draft) => this.#prepare(draft, context, traceparent));
    const published = await this.#publisher.publish(events);
    if (this.#settings.logsPublishes) this.#log(events, published);
    return published;
  }

  /** Writes before there was a connection: an id tells when it was made by Redis's clock, which is not known yet. */
  async #writeFirst(
    drafts: readonly EventDraft[],
    context: PublishContext,
    traceparent: string | undefined,
  ): Promise<readonly Published[]> {
    // What is wrong with it is said at once.
    for (const draft of drafts) this.#prepare(draft, context, traceparent);
    this.#memory.start();
    this.#watch.start();
    this.#link.connect();
    const waiting = this.#link.whenReady(this.#settings.publishDeadlineMs / 2);
    this.#writing.add(waiting);
    await waiting;
    const written = this.#write(drafts, context, traceparent);
    this.#writing.delete(waiting);
    return written;
  }

  #prepare(draft: EventDraft, context: PublishContext, traceparent: string | undefined): PreparedEvent {
    const { service, maxEventBytes } = this.#settings;
    const merged = mergeContext(context, draft.context);
    const nowMs = Math.floor(this.#link.now());
    return prepareEvent(draft.event, draft.data, merged, draft.options, {
      source: service,
      maxEventBytes,
      nowMs,
      traceparent,
    });
  }

  #log(events: readonly PreparedEvent[], published: readonly Published[]): void {
    events.forEach(({ type, correlationId, tenantId }, index) => {
      const { id: eventId, streamId, duplicate } = published[index] ?? {};
      this.#settings.logger.info({ eventId, type, correlationId, tenantId, streamId, duplicate }, 'published');
    });
  }
}

function closedError(): EventBusError {
  return new EventBusError('CLOSED', 'the bus is closed: make a new one');
}

function unavailable(timeoutMs: number, cause: unknown): EventBusError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new EventBusError('UNAVAILABLE', `no Redis within ${timeoutMs} ms${why}`, { cause });
}
