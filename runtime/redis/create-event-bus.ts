import { bindMethods } from '../bind-methods.js';
import type { CloseOptions, EventBus } from '../bus.js';
import { drainMsOf } from '../bus-options.js';
import { CircuitBreaker, circuitBreakerDefaults } from '../circuit-breaker.js';
import type { EventDefinition } from '../definition.js';
import { EventBusError } from '../errors.js';
import { HandlerSet } from '../handler-set.js';
import { type BusHealth, judgeHealth } from '../health.js';
import { observePublish } from '../observe-publish.js';
import { type PreparedEvent, prepareEvent } from '../prepare.js';
import {
  type EventDraft,
  noPublishOptions,
  type PublishContext,
  type Published,
  type Publisher,
  type PublishOptions,
  readDrafts,
} from '../publisher.js';
import { mergeContext, ScopedPublisher } from '../scope.js';
import type { Subscription } from '../subscription.js';
import { Consumer } from './consumer.js';
import { type Keys, partitionKeys } from './keys.js';
import { Link } from './link.js';
import { LossWatch } from './loss-watch.js';
import { MemoryGuard } from './memory-guard.js';
import { PublishedCounts } from './published-counts.js';
import { BatchPublisher } from './publisher.js';
import { type EventBusOptions, resolveSettings, type Settings } from './settings.js';
import { checkRedis } from './startup-checks.js';

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
  readonly #link: Link;
  readonly #memory: MemoryGuard;
  readonly #publisher: BatchPublisher;
  readonly #handlers = new HandlerSet();
  #consumer: Consumer | undefined;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: Settings) {
    const { service, prefix, clusterKeys, logger, redis, replyTimeoutMs } = settings;
    this.service = service;
    this.#settings = settings;
    this.#keys = partitionKeys(prefix, 0, clusterKeys);
    this.#lossWatch = new LossWatch(this.#keys, service, logger);
    this.#link = new Link({
      ...{ target: redis, name: `hyvve-events:${service}`, logger, replyTimeoutMs },
      check: async (link) => {
        await checkRedis(link, logger, settings.allowEviction);
        await this.#memory.look(true);
      },
      returned: (link) => this.#lossWatch.check(link),
    });
    this.#memory = new MemoryGuard(this.#link, settings.memoryLimit);
    this.#publisher = new BatchPublisher({
      link: this.#link,
      keys: this.#keys,
      breaker: new CircuitBreaker(circuitBreakerDefaults),
      counts: new PublishedCounts(this.#link, this.#keys, logger),
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
    return read.length === 0 ? [] : this.#publish(read, context);
  }

  with(context: PublishContext): Publisher {
    return new ScopedPublisher(this, context);
  }

  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void {
    if (this.#started !== undefined) {
      throw new EventBusError('CONFIG_INVALID', 'the bus has started: subscribe every handler before start()');
    }
    for (const subscription of subscriptions.flat()) this.#handlers.add(subscription);
    this.#handlers.warnOfPriorities(this.#settings.logger);
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  health(): BusHealth {
    this.#memory.start();
    this.#link.connect();
    const { blockMs, replyTimeoutMs } = this.#settings;
    return judgeHealth({
      redis: this.#redisState(),
      refusal: this.#link.fatal?.rawMessage,
      memoryHigh: this.#memory.isHigh,
      pendingPublishBytes: this.#publisher.pendingBytes,
      started: this.#started !== undefined,
      consumer: this.#consumer?.health,
      longestRoundMs: blockMs + replyTimeoutMs + roundMarginMs,
    });
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(drainMsOf(options, this.#settings.drainMs));
    return this.#closed;
  }

  async #start(): Promise<void> {
    const { redis, service, startTimeoutMs } = this.#settings;
    if (this.#closed !== undefined) throw new EventBusError('CLOSED', 'the bus is closed: make a new one');
    this.#memory.start();
    this.#link.connect();
    if (!(await this.#link.whenReady(startTimeoutMs))) {
      if (this.#link.fatal !== undefined) throw this.#link.fatal;
      const cause = this.#link.lastError;
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new EventBusError('UNAVAILABLE', `no Redis within ${startTimeoutMs} ms${why}`, { cause });
    }
    const consumer = new Consumer({
      ...this.#settings,
      target: redis,
      service,
      link: this.#link,
      keys: this.#keys,
      handlers: this.#handlers,
      publisher: this,
      lossWatch: this.#lossWatch,
    });
    this.#consumer = consumer;
    await consumer.start();
  }

  async #close(drainMs: number): Promise<void> {
    await this.#started?.catch(() => undefined);
    await this.#consumer?.close(drainMs);
    await this.#publisher.close();
    this.#memory.stop();
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
    return observePublish(options, drafts, (traceparent) => this.#write(drafts, context, traceparent));
  }

  async #write(
    drafts: readonly EventDraft[],
    context: PublishContext,
    traceparent: string | undefined,
  ): Promise<readonly Published[]> {
    const prepare = () => drafts.map((draft) => this.#prepare(draft, context, traceparent));
    let events = prepare();
    // An id tells when it was minted by Redis's clock, which is known only once there was a connection.
    if (!this.#link.wasReady && (await this.#connectsNow())) events = prepare();
    const published = await this.#publisher.publish(events);
    if (this.#settings.logsPublishes) this.#log(events, published);
    return published;
  }

  /** Connects at the first use; true when this call had to wait for that. */
  async #connectsNow(): Promise<boolean> {
    if (this.#link.wasReady) return false;
    this.#memory.start();
    this.#link.connect();
    return this.#link.whenReady(this.#settings.publishDeadlineMs / 2);
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
