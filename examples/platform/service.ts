import type { EventBusOptions } from '@hyvve-events/runtime';

/** What every service of the example is started with: where Redis is, what to log with, how the bus is set. */
export type ServiceOptions = Omit<EventBusOptions, 'service' | 'catalogHash'>;

/** A running service. */
export interface Service {
  /** Lets what it works on end, and lets go of Redis. */
  close(): Promise<void>;
}
