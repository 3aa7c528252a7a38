import type { Subscription } from '../handle/subscription.js';
import type { BusHealth } from '../observe/health.js';
import type { Publisher } from '../publish/publisher.js';

export interface CloseOptions {
  /** Time that running handlers have to finish, in milliseconds. Default: the bus's `drainMs`. */
  readonly drainMs?: number;
}

/** A service publishes events and subscribes to them through its event bus. */
export interface EventBus extends Publisher {
  /** The name of the service: the `source` of its events, and its consumer group. */
  readonly service: string;
  /**
   * Adds handlers, as generated code makes them. Before `start`.
   * @throws EventBusError `HANDLER_DUPLICATE`, `CONFIG_INVALID`
   */
  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void;
  /**
   * Begins to deliver events to the handlers. A second call returns the same promise; after a rejection, it tries again.
   * @throws EventBusError `UNAVAILABLE`, `REDIS_UNSUITABLE`, `REDIS_DENIED`, `REDIS_CLUSTER`, `CLOSED`
   */
  start(): Promise<void>;
  /** State for liveness and readiness probes. The first call connects. Cheap enough to call for every probe. */
  health(): BusHealth;
  /** Stops reading, lets running handlers finish for `drainMs`, returns the rest to the group and ends all connections. */
  close(options?: CloseOptions): Promise<void>;
}
