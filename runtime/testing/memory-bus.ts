import { commonBusOptions, drainMsOf } from '../bus/bus-options.js';
import type { CloseOptions, EventBus } from '../bus/event-bus.js';
import { EventBusError } from '../errors.js';
import type { EventDefinition } from '../event/definition.js';
import { Deliverer, type Delivery, type OnceStore } from '../handle/deliverer.js';
import { type HandlerLevel, HandlerSet } from '../handle/handler-set.js';
import type { Outcome } from '../handle/outcome.js';
import type { Subscription } from '../handle/subscription.js';
import { guardedLogger, type Logger } from '../logger.js';
import { type BusHealth, type ConsumerHealth, judgeHealth } from '../observe/health.js';
import { checkMetrics, type Metrics } from '../observe/metrics.js';
import { resolveOptions } from '../options.js';
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
import type { Clock } from './clock.js';

/** Options of a bus in memory: those of a bus on Redis that mean something there, with the same defaults. */
export interface MemoryBusOptions {
  /** Names this service: the `source` of what it publishes and its consumer group. */
  readonly service: string;
  /** How many events it works on at a time. Default 100. */
  readonly concurrency?: number;
  /** Largest event, as bytes of its envelope's JSON. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** Default: prints warnings and errors to stderr; `silentLogger` logs nothing. */
  readonly logger?: Logger;
  /** Told of every publish and every run of a handler. */
  readonly metrics?: Metrics;
  /** How long `close` lets running handlers end, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
}

/** One event on its way to handlers of one bus. */
export interface MemoryDelivery extends Delivery {
  /** The envelope's JSON. */
  readonly envelope: string;
  /** ISO 8601; undefined when it never failed. */
  readonly firstFailedAt: string | undefined;
  /** Names of the handlers that have not ended. */
  readonly open: Set<string>;
}

/** What a bus needs of its broker. */
export interface BusBroker {
  readonly clock: Clock;
  readonly once: OnceStore;
  publish(events: readonly PreparedEvent[]): Published[];
  /** The bus has started. */
  joined(bus: MemoryServiceBus): void;
  /** One handler's run has ended. */
  settled(bus: MemoryServiceBus, delivery: MemoryDelivery, handler: string, outcome: Outcome): void;
  /** The bus had to close before the delivery's open handlers ended. */
  givenBack(bus: MemoryServiceBus, delivery: MemoryDelivery): void;
  /** How many deliveries of a group are parked. */
  parkedIn(group: string): number;
}

/** One process of a service. */
export class MemoryServiceBus implements EventBus {
  readonly service: string;
  readonly handlers = new HandlerSet();
  readonly maxEventBytes: number;
  /** What it works on. */
  readonly inFlight = new Set<MemoryDelivery>();
  readonly #broker: BusBroker;
  readonly #concurrency: number;
  readonly #drainMs: number;
  readonly #logger: Logger;
  readonly #metrics: Metrics | undefined;
  readonly #deliverer: Deliverer<MemoryDelivery>;
  #state: 'new' | 'started' | 'closing' | 'closed' = 'new';
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  /** When the last run was settled, by `performance.now()`. */
  #lastSettle: number | undefined;

  constructor(broker: BusBroker, options: MemoryBusOptions) {
    const settings = resolveOptions<MemoryBusOptions, 'metrics'>('createMemoryBus', commonBusOptions, options);
    const { service, concurrency, maxEventBytes, drainMs, metrics } = settings;
    checkMetrics('createMemoryBus', metrics);
    const logger = guardedLogger(settings.logger);
    this.service = service;
    this.maxEventBytes = maxEventBytes;
    this.#broker = broker;
    this.#concurrency = concurrency;
    this.#drainMs = drainMs;
    this.#logger = logger;
    this.#metrics = metrics;
    this.#deliverer = new Deliverer<MemoryDelivery>({
      ...{
        group: service,
        destination: 'memory',
        publisher: this,
        logger,
        once: broker.once,
        metrics,
        took: undefined,
      },
      settle: (delivery, handler, outcome) => {
        // What a run still gives after its bus had to close was given back to the group.
        if (!delivery.open.delete(handler.name)) return;
        if (delivery.open.size === 0) this.inFlight.delete(delivery);
        this.#lastSettle = performance.now();
        broker.settled(this, delivery, handler.name, outcome);
      },
    });
    bindMethods(this);
  }

  /** Whether it takes another event. */
  get free(): boolean {
    return this.#state === 'started' && this.inFlight.size < this.#concurrency;
  }

  /** Whether it delivers. */
  get started(): boolean {
    return this.#state === 'started';
  }

  deliver(delivery: Omit<MemoryDelivery, 'open'>, levels: readonly HandlerLevel[]): void {
    const held = { ...delivery, open: new Set(levels.flat().map(({ name }) => name)) };
    this.inFlight.add(held);
    this.#deliverer.deliver(held, levels);
  }

  async publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    context: PublishContext = {},
    options: PublishOptions = noPublishOptions,
  ): Promise<Published> {
    const [published] = await this.#publish([{ event, data, context, options }], {});
    if (published === undefined) throw new EventBusError('INTERNAL', 'the broker gave no id');
    return published;
  }

  async publishBatch(drafts: readonly EventDraft[], context: PublishContext = {}): Promise<readonly Published[]> {
    const read = readDrafts(drafts);
    const merged = mergeContext({}, context);
    return read.length === 0 ? [] : this.#publish(read, merged);
  }

  with(context: PublishContext): TenantPublisher {
    return new ScopedPublisher(this, context);
  }

  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void {
    if (this.#closed !== undefined) throw closedError();
    if (this.#state !== 'new') {
      throw new EventBusError('CONFIG_INVALID', 'the bus has started: subscribe every handler before start()');
    }
    for (const subscription of subscriptions.flat()) this.handlers.add(subscription);
    this.handlers.warnOfPriorities(this.#logger);
  }

  start(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(closedError());
    this.#started ??= this.#start();
    return this.#started;
  }

  async #start(): Promise<void> {
    this.#state = 'started';
    this.#broker.joined(this);
  }

  health(): BusHealth {
    return judgeHealth({
      redis: this.#closed === undefined ? 'ready' : 'closed',
      ...{ refusal: undefined, problem: undefined, startFailure: undefined, memoryHigh: false },
      ...{ pendingPublishBytes: 0, started: this.#started !== undefined },
      ...{ consumer: this.#consumerHealth(), longestRoundMs: Number.POSITIVE_INFINITY },
    });
  }

  #consumerHealth(): ConsumerHealth | undefined {
    if (this.#started === undefined) return undefined;
    return {
      ...{ loopIdleMs: 0, problem: undefined, unsettledMs: 0, unsettled: 0 },
      lastSettleMs: this.#lastSettle === undefined ? undefined : performance.now() - this.#lastSettle,
      running: this.inFlight.size,
      parked: this.#broker.parkedIn(this.service),
    };
  }

  async close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(drainMsOf(options, this.#drainMs));
    return this.#closed;
  }

  async #close(drainMs: number): Promise<void> {
    // What its handlers still publish is accepted until they have ended.
    this.#state = 'closing';
    const end = performance.now() + drainMs;
    while (this.inFlight.size > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
    this.#deliverer.close();
    for (const delivery of this.inFlight) this.#broker.givenBack(this, delivery);
    this.inFlight.clear();
    this.#state = 'closed';
  }

  #publish(drafts: readonly EventDraft[], context: PublishContext): Promise<readonly Published[]> {
    const options = { destination: 'memory', metrics: this.#metrics, logger: this.#logger };
    return observePublish(options, drafts, async (traceparent) => this.#write(drafts, context, traceparent));
  }

  #write(drafts: readonly EventDraft[], context: PublishContext, traceparent: string | undefined): Published[] {
    if (this.#state === 'closed') throw closedError();
    const { service: source, maxEventBytes } = this;
    const settings = { source, maxEventBytes, nowMs: this.#broker.clock.now(), traceparent };
    const events = drafts.map((draft) =>
      prepareEvent(draft.event, draft.data, mergeContext(context, draft.context), draft.options, settings),
    );
    return this.#broker.publish(events);
  }
}

function closedError(): EventBusError {
  return new EventBusError('CLOSED', 'the bus is closed: make a new one');
}
