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

/** What {@link BaseBus} needs to know. */
export interface BaseBusSettings extends InterceptorSettings {
  readonly service: string;
  readonly maxEventBytes: number;
  /** How long `close` lets running handlers finish, in milliseconds. */
  readonly drainMs: number;
}

/** What the bus on Redis and the bus in memory share: publishing, subscribing, and what is called once. */
export abstract class BaseBus implements EventBus {
  readonly service: string;
  protected readonly handlers = new HandlerSet();
  /** What wraps a run of a handler now. */
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
      // It may be called again, once what is wrong was changed.
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

  /** Begins to deliver. Called once, and again after it has rejected. */
  protected abstract join(): Promise<void>;

  /** Called at once when the bus is to close, also while `join` is under way. */
  protected abstract onClosing(): void;

  /** Ends deliveries and connections, once `join` has ended. Called once. */
  protected abstract leave(drainMs: number): Promise<void>;

  /**
   * Writes events.
   * @param prepare Checks the events and makes their envelopes, at the time given in milliseconds since 1970.
   * @throws EventBusError `CLOSED` once the bus accepts no more
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
  return new EventBusError('CLOSED', 'the bus is closed: make a new one');
}

/**
 * A batch is written whole or not at all, which no script can promise once tenants are in different partitions.
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
