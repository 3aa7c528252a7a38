import { EventBusError } from '../errors.js';
import type { EventDefinition } from '../event/definition.js';
import { HandlerSet } from '../handle/handler-set.js';
import type { RunWrapping } from '../handle/run.js';
import type { Subscription } from '../handle/subscription.js';
import type { BusHealth } from '../observe/health.js';
import type { PublishRequest } from '../publish/interceptor.js';
import { type PreparedEvent, prepareEvent } from '../publish/prepare-event.js';
import type { EventDraft, PublishContext, Published, PublishOptions, TenantPublisher } from '../publish/publisher.js';
import { ScopedPublisher } from '../publish/scoped-publisher.js';
import { bindMethods } from '../support/bind-methods.js';
import { drainMsOf } from './bus-options.js';
import type { CloseOptions, EventBus } from './event-bus.js';
import { type InterceptorSettings, runWrapping, wrapPublish } from './interceptors.js';

/** Settings of {@link BaseBus}. */
export interface BaseBusSettings extends InterceptorSettings {
  readonly service: string;
  readonly maxEventBytes: number;
  /** Time that `close` gives running handlers to finish, in milliseconds. */
  readonly drainMs: number;
}

/** Common part of the bus on Redis and the bus in memory: publishing, subscribing, starting and closing only once. */
export abstract class BaseBus implements EventBus {
  readonly service: string;
  protected readonly handlers = new HandlerSet();
  /** Returns the interceptors of a run that starts now; undefined if there are none. */
  protected readonly wrapping: () => RunWrapping | undefined;
  readonly #settings: BaseBusSettings;
  /** Publishes without a context. */
  readonly #publisher: ScopedPublisher;
  #started: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: BaseBusSettings) {
    this.service = settings.service;
    this.#settings = settings;
    const { destination } = settings;
    const publish = wrapPublish((request) => this.#send(request), settings);
    this.#publisher = new ScopedPublisher((drafts) => publish()({ destination, drafts }), {});
    this.wrapping = runWrapping(settings);
    bindMethods(this, BaseBus.prototype);
  }

  publish<Type extends string, Data>(
    event: EventDefinition<Type, Data>,
    data: NoInfer<Data>,
    options?: PublishOptions,
    ...rest: never[]
  ): Promise<Published> {
    return this.#publisher.publish(event, data, options, ...(rest as []));
  }

  publishBatch(drafts: readonly EventDraft[], context?: PublishContext): Promise<readonly Published[]> {
    return this.#publisher.publishBatch(drafts, context);
  }

  withContext(context: PublishContext): TenantPublisher {
    return this.#publisher.withContext(context);
  }

  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void {
    if (this.isClosing) throw closedError();
    if (this.#started !== undefined) {
      throw new EventBusError('CONFIG_INVALID', 'the bus has started: subscribe every handler before start()');
    }
    for (const subscription of subscriptions.flat()) this.handlers.add(subscription);
    this.handlers.warnOfPriorities(this.#settings.logger);
  }

  start(): Promise<void> {
    if (this.isClosing) return Promise.reject(closedError());
    this.#started ??= this.join().catch((error: unknown) => {
      // After the cause of the error is corrected, `start` may be called again.
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  abstract health(): BusHealth;

  async close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(drainMsOf(options, this.#settings.drainMs));
    return this.#closed;
  }

  /** Whether `close` was called. */
  protected get isClosing(): boolean {
    return this.#closed !== undefined;
  }

  /** Whether `start` was called and has not failed. */
  protected get isStarted(): boolean {
    return this.#started !== undefined;
  }

  /** Begins to deliver events. Called once, and again after a rejection. */
  protected abstract join(): Promise<void>;

  /** Called immediately when the bus begins to close, also while `join` is running. */
  protected abstract onClosing(): void;

  /** Ends deliveries and connections. Called once, after `join` has ended. */
  protected abstract leave(drainMs: number): Promise<void>;

  /**
   * Writes events.
   * @param prepare Checks the events and makes their envelopes. `nowMs`: the time of the envelopes, in milliseconds since 1970.
   * @throws EventBusError `CLOSED` when the bus no longer accepts events
   */
  protected abstract write(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]>;

  async #close(drainMs: number): Promise<void> {
    this.onClosing();
    await this.#started?.catch(() => undefined);
    await this.leave(drainMs);
  }

  #send({ drafts, traceparent }: PublishRequest): Promise<readonly Published[]> {
    return this.write((nowMs) => {
      const { service: source, maxEventBytes } = this.#settings;
      const settings = { source, maxEventBytes, nowMs, traceparent };
      return ofOneTenant(drafts.map((draft) => prepareEvent(draft.event, draft.data, draft.options, settings)));
    });
  }
}

/** @throws EventBusError `CLOSED` */
export function closedError(): EventBusError {
  return new EventBusError('CLOSED', 'the bus is closed: create a new one');
}

/**
 * A batch is written all or none. No script could guarantee this for tenants in different partitions.
 * @throws EventBusError `CONTEXT_INVALID`
 */
function ofOneTenant(events: readonly PreparedEvent[]): readonly PreparedEvent[] {
  const [first] = events;
  const other = events.find(({ tenantId }) => tenantId !== first?.tenantId);
  if (first === undefined || other === undefined) return events;
  const tenants = [first, other].map(({ tenantId }) => JSON.stringify(tenantId.slice(0, 60))).join(' and ');
  const message = `publishBatch: the drafts belong to two tenants (${tenants}): publish one batch for each tenant`;
  throw new EventBusError('CONTEXT_INVALID', message);
}
