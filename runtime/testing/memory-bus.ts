import { BaseBus, closedError } from '../bus/base-bus.js';
import { commonBusOptions } from '../bus/bus-options.js';
import { type Interceptors, readInterceptors } from '../bus/interceptors.js';
import { Deliverer } from '../handle/deliverer.js';
import type { Delivery, OnceStore } from '../handle/delivery.js';
import type { HandlerLevel, HandlerSet } from '../handle/handler-set.js';
import type { FailedRun, RunResult } from '../handle/interceptor.js';
import { guardedLogger, type Logger } from '../logger.js';
import { type BusHealth, type ConsumerHealth, judgeHealth } from '../observe/health.js';
import { checkMetrics, type MetricsHooks } from '../observe/metrics.js';
import { type ParkedCount, parkedCounts } from '../operate/parked.js';
import { resolveOptions } from '../options.js';
import type { PreparedEvent } from '../publish/prepare-event.js';
import type { Published } from '../publish/publisher.js';
import { bindMethods } from '../support/bind-methods.js';
import type { Clock } from './clock.js';

/** Options of a bus in memory: the options of a bus on Redis that apply to it, with the same defaults. */
export interface MemoryBusOptions {
  /** Name of the service: the `source` of its events, and its consumer group. */
  readonly service: string;
  /** Maximum number of events that the bus handles in parallel. Default 100. */
  readonly concurrency?: number;
  /** Maximum size of an event's envelope as JSON, in bytes. Default 1 MiB. */
  readonly maxEventBytes?: number;
  /** Default: prints warnings and errors to stderr; `silentLogger` logs nothing. */
  readonly logger?: Logger;
  /** Hooks that are called for every publish and every run of a handler. */
  readonly metrics?: MetricsHooks;
  /** Functions that wrap every publish and every run of a handler. Default: none. */
  readonly interceptors?: Interceptors;
  /** Called for every failed run of a handler. An error that it throws is logged. Default: none. */
  readonly onError?: (run: FailedRun) => void;
  /** Time that `stop` and `close` give running handlers to finish, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
}

/** One event on its way to the handlers of one bus. */
export interface MemoryDelivery extends Delivery, MemoryDeliveryStart {
  /** Names of the handlers that have not ended. */
  readonly open: Set<string>;
}

/** The fields of a delivery that are known from the start. */
export interface MemoryDeliveryStart extends Omit<Delivery, 'position' | 'once'> {
  readonly streamId: string;
  /** The envelope's JSON. */
  readonly envelope: string;
  /** ISO 8601; undefined if no run has failed. */
  readonly firstFailedAt: string | undefined;
}

/** The part of the broker that a bus uses. */
export interface BusBroker {
  readonly clock: Clock;
  readonly once: OnceStore;
  publish(events: readonly PreparedEvent[]): Published[];
  /** To be called when a bus has started. */
  joined(bus: MemoryServiceBus): void;
  /** To be called when one handler's run has ended. */
  settled(bus: MemoryServiceBus, delivery: MemoryDelivery, handler: string, result: RunResult): void;
  /** To be called when a bus closes before the delivery's open handlers have ended. */
  returned(bus: MemoryServiceBus, delivery: MemoryDelivery): void;
  /** The parked deliveries of a group. */
  parkedIn(group: string): readonly ParkedCount[];
}

/** One process of a service. */
export class MemoryServiceBus extends BaseBus {
  readonly maxEventBytes: number;
  /** Deliveries with unfinished handlers. */
  readonly inFlight = new Set<MemoryDelivery>();
  readonly #broker: BusBroker;
  readonly #concurrency: number;
  readonly #deliverer: Deliverer<MemoryDelivery>;
  #state: 'new' | 'started' | 'stopping' | 'closed' = 'new';
  /** When the last run was settled, by `performance.now()`. */
  #lastSettle: number | undefined;

  constructor(broker: BusBroker, options: MemoryBusOptions) {
    const caller = 'createMemoryBus';
    const settings = resolveOptions<MemoryBusOptions, 'metrics' | 'onError'>(caller, commonBusOptions, options);
    const { service, concurrency, maxEventBytes, metrics, onError } = settings;
    checkMetrics(caller, metrics);
    const logger = guardedLogger(settings.logger);
    const interceptors = readInterceptors(caller, settings.interceptors);
    super({ ...settings, destination: 'memory', logger, metrics, onError, interceptors });
    this.maxEventBytes = maxEventBytes;
    this.#broker = broker;
    this.#concurrency = concurrency;
    this.#deliverer = new Deliverer<MemoryDelivery>({
      group: service,
      publisher: this,
      logger,
      wrapping: this.wrapping,
      onError: this.reportError,
      recordDuration: undefined,
      settle: (delivery, handler, result) => {
        // The result of a run that outlives the close of its bus is ignored: its delivery was returned to the group.
        if (!delivery.open.delete(handler.name)) return;
        if (delivery.open.size === 0) this.inFlight.delete(delivery);
        this.#lastSettle = performance.now();
        broker.settled(this, delivery, handler.name, result);
      },
    });
    bindMethods(this);
  }

  /** Whether the bus accepts another event. */
  get free(): boolean {
    return this.#state === 'started' && this.inFlight.size < this.#concurrency;
  }

  /** Whether the bus delivers events. */
  get started(): boolean {
    return this.#state === 'started';
  }

  /** The handlers, for the broker. */
  get handlerSet(): HandlerSet {
    return this.handlers;
  }

  deliver(delivery: MemoryDeliveryStart, levels: readonly HandlerLevel[]): void {
    const { once } = this.#broker;
    const names = new Set(levels.flat().map(({ name }) => name));
    const open = { ...delivery, position: delivery.streamId, once, open: names };
    this.inFlight.add(open);
    this.#deliverer.deliver(open, levels);
  }

  health(): BusHealth {
    return judgeHealth({
      redis: this.isClosing ? 'closed' : 'ready',
      refusal: undefined,
      problem: undefined,
      startFailure: undefined,
      memoryHigh: false,
      pendingPublishBytes: 0,
      started: this.isStarted,
      stopping: this.isStopping,
      consumer: this.#consumerHealth(),
      partitions: { total: 1, away: [] },
      longestRoundMs: Number.POSITIVE_INFINITY,
    });
  }

  protected async join(): Promise<void> {
    this.#state = 'started';
    this.#broker.joined(this);
  }

  protected onStopping(): void {
    this.#state = 'stopping';
  }

  protected async leave(drainMs: number): Promise<void> {
    const end = performance.now() + drainMs;
    while (this.inFlight.size > 0 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
    this.#deliverer.close();
    for (const delivery of this.inFlight) this.#broker.returned(this, delivery);
    this.inFlight.clear();
  }

  protected async disconnect(): Promise<void> {
    this.#state = 'closed';
  }

  protected async write(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]> {
    if (this.#state === 'closed') throw closedError();
    return this.#broker.publish(prepare(this.#broker.clock.now()));
  }

  #consumerHealth(): ConsumerHealth | undefined {
    if (!this.isStarted) return undefined;
    const parked = this.#broker.parkedIn(this.service);
    return {
      loopIdleMs: 0,
      problem: undefined,
      unsettledMs: 0,
      unsettled: 0,
      lastSettleMs: this.#lastSettle === undefined ? undefined : performance.now() - this.#lastSettle,
      running: this.inFlight.size,
      parked: parked.length,
      parkedVersions: parkedCounts(parked),
      waiting: 0,
    };
  }
}
