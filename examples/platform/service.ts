import type { EventBusOptions } from '@hyvve-events/runtime';

/** Options of every example service: Redis, logger, and other options of the bus. */
export type ServiceOptions = Omit<EventBusOptions, 'service' | 'catalogHash'>;

/** A running service. */
export interface Service {
  /** Lets running handlers finish, and disconnects from Redis. */
  close(): Promise<void>;
}
