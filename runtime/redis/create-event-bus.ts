import type { CloseOptions, EventBus } from '../bus.js';
import { CircuitBreaker, circuitBreakerDefaults } from '../circuit-breaker.js';
import type { EventDefinition } from '../definition.js';
import { EventBusError } from '../errors.js';
import { HandlerSet } from '../handler-set.js';
import { silentLogger } from '../logger.js';
import { type PreparedEvent, prepareEvent } from '../prepare.js';
import type { EventDraft, PublishContext, Published, Publisher, PublishOptions } from '../publisher.js';
import { mergeContext, ScopedPublisher } from '../scope.js';
import type { Subscription } from '../subscription.js';
import { Consumer } from './consumer.js';
import { type Keys, partitionKeys } from './keys.js';
import { Link } from './link.js';
import { MemoryGuard } from './memory-guard.js';
import { BatchPublisher } from './publisher.js';
import { type EventBusOptions, resolveSettings, type Settings } from './settings.js';
import { checkRedis } from './startup-checks.js';

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
    this.#link = new Link({
      ...{ target: redis, name: `hyvve-events:${service}`, logger, replyTimeoutMs },
      check: async (link) => {
        await checkRedis(link, logger, settings.allowEviction);
        await this.#memory.look(true);
      },
    });
    this.#memory = new MemoryGuard(this.#link, settings.memoryLimit);
    this.#publisher = new BatchPublisher({
      link: this.#link,
      keys: this.#keys,
      breaker: new CircuitBreaker(circuitBreakerDefaults),
      memory: this.#memory,
      deadlineMs: settings.publishDeadlineMs,
      maxPendingBytes: settings.maxPendingBytes,
    });
  }

  async publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    context: PublishContext = {},
    options: PublishOptions = {},
  ): Promise<Published> {
    const prepare = () => this.#prepare(event, data, context, options);
    let prepared = prepare();
    // An id tells when it was minted by Redis's clock, which is known only once there was a connection.
    if (await this.#connectsNow()) prepared = prepare();
    const [published] = await this.#publisher.publish([prepared]);
    if (published === undefined) throw new EventBusError('INTERNAL', 'Redis answered without an id');
    this.#log(prepared, published);
    return published;
  }

  async publishBatch(drafts: readonly EventDraft[], context: PublishContext = {}): Promise<readonly Published[]> {
    if (drafts.length === 0) return [];
    const prepare = () =>
      drafts.map((draft) => {
        return this.#prepare(draft.event, draft.data, mergeContext(context, draft.context), draft.options);
      });
    let events = prepare();
    if (await this.#connectsNow()) events = prepare();
    const published = await this.#publisher.publish(events);
    events.forEach((event, index) => {
      const where = published[index];
      if (where !== undefined) this.#log(event, where);
    });
    return published;
  }

  with(context: PublishContext): Publisher {
    return new ScopedPublisher(this, context);
  }

  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void {
    if (this.#started !== undefined) {
      throw new EventBusError('CONFIG_INVALID', 'the bus has started: subscribe every handler before start()');
    }
    for (const subscription of subscriptions.flat()) this.#handlers.add(subscription);
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(options.drainMs ?? this.#settings.drainMs);
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

  /** Connects at the first use; true when this call had to wait for that. */
  async #connectsNow(): Promise<boolean> {
    if (this.#link.wasReady) return false;
    this.#memory.start();
    this.#link.connect();
    return this.#link.whenReady(this.#settings.publishDeadlineMs / 2);
  }

  #prepare(event: EventDefinition, data: unknown, context: PublishContext, options: PublishOptions): PreparedEvent {
    const { service, maxEventBytes } = this.#settings;
    return prepareEvent(event, data, context, options, {
      source: service,
      maxEventBytes,
      nowMs: Math.floor(this.#link.now()),
    });
  }

  #log(event: PreparedEvent, published: Published): void {
    const { logger } = this.#settings;
    if (logger === silentLogger) return;
    const { id, streamId, duplicate } = published;
    const { type, correlationId, tenantId } = event;
    logger.info({ eventId: id, type, correlationId, tenantId, streamId, duplicate }, 'published');
  }
}
