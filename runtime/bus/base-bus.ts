import { EventBusError } from '../errors.js';
import type { AnyEventDefinition, EventDefinition } from '../event/definition.js';
import type { Envelope } from '../event/envelope.js';
import { HandlerSet } from '../handle/handler-set.js';
import type { FailedRun } from '../handle/interceptor.js';
import type { RunWrapping } from '../handle/run.js';
import type { Subscription } from '../handle/subscription.js';
import { callHook } from '../observe/call-hook.js';
import type { BusHealth } from '../observe/health.js';
import type { PublishRequest } from '../publish/interceptor.js';
import { type PreparedEvent, prepareEvent } from '../publish/prepare-event.js';
import type { EventDraft, PublishContext, Published, PublishOptions } from '../publish/publisher.js';
import { ScopedPublisher } from '../publish/scoped-publisher.js';
import { bindMethods } from '../support/bind-methods.js';
import { drainMsOf } from './bus-options.js';
import type { CloseOptions, EventBus } from './event-bus.js';
import { type InterceptorSettings, runWrapping, wrapPublish } from './interceptors.js';

/** Settings of {@link BaseBus}. */
export interface BaseBusSettings extends InterceptorSettings {
  readonly service: string;
  readonly maxEventBytes: number;
  /** Called for every failed run. */
  readonly onError: ((run: FailedRun) => void) | undefined;
  /** Time that `stop` and `close` give running handlers to finish, in milliseconds. */
  readonly drainMs: number;
}

/** Common part of the bus on Redis and the bus in memory: publishing, subscribing, starting and closing only once. */
export abstract class BaseBus implements EventBus {
  readonly service: string;
  protected readonly handlers = new HandlerSet();
  /** Returns the interceptors of a run that starts now; undefined if there are none. */
  protected readonly wrapping: () => RunWrapping | undefined;
  /** Calls the user's `onError`, if there is one. Never throws. */
  protected readonly reportError: ((run: FailedRun) => void) | undefined;
  readonly #settings: BaseBusSettings;
  /** Publishes without a context. */
  readonly #publisher: ScopedPublisher;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(settings: BaseBusSettings) {
    this.service = settings.service;
    this.#settings = settings;
    const { destination, logger, onError } = settings;
    const publish = wrapPublish((request) => this.#send(request), settings);
    this.#publisher = new ScopedPublisher((drafts) => publish()({ destination, drafts }), {});
    this.wrapping = runWrapping(settings);
    this.reportError = onError && ((run) => callHook(logger, 'onError', () => onError(run)));
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

  withContext(context: PublishContext): ScopedPublisher {
    return this.#publisher.withContext(context);
  }

  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void {
    if (this.isStopping) throw closedError();
    if (this.#started !== undefined) {
      throw new EventBusError('CONFIG_INVALID', 'the bus has started: subscribe every handler before start()');
    }
    for (const subscription of subscriptions.flat()) this.handlers.add(subscription);
    this.handlers.warnOfPriorities(this.#settings.logger);
  }

  definitionOf(type: string): AnyEventDefinition | undefined {
    return this.handlers.definitions.get(type);
  }

  start(): Promise<void> {
    if (this.isStopping) return Promise.reject(closedError());
    this.#started ??= this.join().catch((error: unknown) => {
      // After the cause of the error is corrected, `start` may be called again.
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  abstract health(): BusHealth;

  async stop(options: CloseOptions = {}): Promise<void> {
    return this.#stopOnce(drainMsOf('stop', options, this.#settings.drainMs));
  }

  async close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(drainMsOf('close', options, this.#settings.drainMs));
    return this.#closed;
  }

  /** Whether `stop` or `close` was called. */
  protected get isStopping(): boolean {
    return this.#stopped !== undefined;
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

  /** Called immediately when the bus begins to stop, also while `join` is running. */
  protected abstract onStopping(): void;

  /** Ends deliveries; publishing still works. Called once, after `join` has ended. */
  protected abstract leave(drainMs: number): Promise<void>;

  /** Ends publishing and connections. Called once, after `leave`, also if that has failed. */
  protected abstract disconnect(): Promise<void>;

  /**
   * Writes events.
   * @param prepare Checks the events and makes their envelopes. `nowMs`: the time of the envelopes, in milliseconds since 1970.
   * @throws EventBusError `CLOSED` when the bus no longer accepts events
   */
  protected abstract write(prepare: (nowMs: number) => readonly PreparedEvent[]): Promise<readonly Published[]>;

  #stopOnce(drainMs: number): Promise<void> {
    this.#stopped ??= this.#stop(drainMs);
    return this.#stopped;
  }

  async #stop(drainMs: number): Promise<void> {
    this.onStopping();
    await this.#started?.catch(() => undefined);
    await this.leave(drainMs);
  }

  async #close(drainMs: number): Promise<void> {
    try {
      await this.#stopOnce(drainMs);
    } finally {
      // An open connection would keep the process alive after a failed stop.
      await this.disconnect();
    }
  }

  #send({ drafts, traceparent }: PublishRequest): Promise<readonly Published[]> {
    return this.write((nowMs) => {
      const { service: source, maxEventBytes } = this.#settings;
      const settings = { source, maxEventBytes, nowMs, traceparent };
      return ofOnePartition(drafts.map((draft) => prepareEvent(draft.event, draft.data, draft.options, settings)));
    });
  }
}

/** @throws EventBusError `CLOSED` */
export function closedError(): EventBusError {
  return new EventBusError('CLOSED', 'the bus is closed, or has stopped: create a new one');
}

/**
 * A batch is written all or none. No script could guarantee this for events in different partitions. Events with different
 * partition keys are also refused if there is only one partition: a batch must not begin to fail when partitions are added.
 * @throws EventBusError `CONTEXT_INVALID`
 */
function ofOnePartition(events: readonly PreparedEvent[]): readonly PreparedEvent[] {
  const [first] = events;
  const other = events.find(({ partitionKey }) => partitionKey !== first?.partitionKey);
  if (first === undefined || other === undefined) return events;
  const both = [first, other];
  const isByTenant = both.every(({ tenantId, partitionKey }) => tenantId === partitionKey);
  const kind = isByTenant ? 'tenant' : 'partition key';
  const keys = both.map(isByTenant ? tenantOf : keyOf).join(' and ');
  const message = `publishBatch: the drafts belong to two ${kind}s (${keys}): publish one batch for each ${kind}`;
  throw new EventBusError('CONTEXT_INVALID', message);
}

function tenantOf({ tenantId }: PreparedEvent): string {
  return JSON.stringify(tenantId.slice(0, 60));
}

function keyOf(event: PreparedEvent): string {
  const tenant = `tenant ${tenantOf(event)}`;
  if (event.partitionKey === event.tenantId) return `${event.type}: ${tenant}`;
  const { key = '' } = JSON.parse(event.json) as Envelope;
  return `${event.type}: ${tenant}, ordering key ${JSON.stringify(key.slice(0, 60))}`;
}
