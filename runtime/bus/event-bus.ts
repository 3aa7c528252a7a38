import type { Subscription } from '../handle/subscription.js';
import type { BusHealth } from '../observe/health.js';
import type { Publisher } from '../publish/publisher.js';

export interface CloseOptions {
  /** How long running handlers may take to end, in milliseconds. Default: the bus's own `drainMs`. */
  readonly drainMs?: number;
}

/** What a service publishes and subscribes through. */
export interface EventBus extends Publisher {
  /** The service: the `source` of what it publishes, and its consumer group. */
  readonly service: string;
  /**
   * Adds handlers, as generated code makes them. Before `start`.
   * @throws EventBusError `HANDLER_DUPLICATE`, `CONFIG_INVALID`
   */
  subscribe(...subscriptions: readonly (Subscription | readonly Subscription[])[]): void;
  /** Begins to deliver. @throws EventBusError `UNAVAILABLE`, `REDIS_UNSUITABLE` */
  start(): Promise<void>;
  /** What to answer to `live` and `ready` probes; the first call connects. Costs nothing worth counting. */
  health(): BusHealth;
  /** Takes nothing new, lets what runs end, and lets go of every connection. */
  close(options?: CloseOptions): Promise<void>;
}
