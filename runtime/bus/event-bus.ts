import type { AnyEventDefinition } from '../event/definition.js';
import type { Subscription } from '../handle/subscription.js';
import type { BusHealth } from '../observe/health.js';
import type { Publisher } from '../publish/publisher.js';

/** Options of {@link EventBus.stop} and {@link EventBus.close}. */
export interface CloseOptions {
  /** Time that running handlers have to finish, in milliseconds. Default: the bus's `drainMs`. */
  readonly drainMs?: number;
}

/** A service publishes events and subscribes to them through its event bus. */
export interface EventBus extends Publisher {
  /** The name of the service: the `source` of its events, and its consumer group. */
  readonly service: string;
  /**
   * Adds handlers, as generated code makes them. May be called any number of times, by several parts of an application,
   * until `start` is called.
   * @throws EventBusError `HANDLER_DUPLICATE`, `CONFIG_INVALID`, `CLOSED`
   */
  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void;
  /** The definition of an event type, from the subscriptions of this bus; undefined if no subscription has the type. */
  definitionOf(type: string): AnyEventDefinition | undefined;
  /**
   * Begins to deliver events to the handlers. A second call returns the same promise; after a rejection, it tries again.
   * @throws EventBusError `UNAVAILABLE`, `REDIS_UNSUITABLE`, `REDIS_DENIED`, `REDIS_CLUSTER`, `DEPENDENCY_MISSING`, `CLOSED`
   */
  start(): Promise<void>;
  /** State for liveness and readiness probes. The first call connects. Cheap enough to call for every probe. */
  health(): BusHealth;
  /**
   * The first phase of closing: stops reading, lets running handlers finish for `drainMs` and returns the rest to the group.
   * Publishing works until `close`. The bus cannot start again. A second call returns the same promise.
   */
  stop(options?: CloseOptions): Promise<void>;
  /**
   * Closes the bus for good: {@link stop}, if it was not called before, then the end of publishing and of all connections. A
   * second call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void>;
}
