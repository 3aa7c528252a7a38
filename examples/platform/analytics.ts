import { createEventBus } from '@hyvve-events/runtime';
import { catalogHash, subscribe } from '@hyvve-events/sdk';
import type { Service, ServiceOptions } from './service.js';

/** The analytics service: counts events. */
export interface Analytics extends Service {
  /** Number of received events by type, including types that this catalog does not know. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Starts the analytics service: one handler for all events. */
export async function startAnalytics(options: ServiceOptions): Promise<Analytics> {
  const bus = createEventBus({ ...options, service: 'analytics', catalogHash });
  const counts = new Map<string, number>();
  bus.subscribe(
    subscribe('*', { name: 'counter', priority: 900 }, (event) => {
      counts.set(event.type, (counts.get(event.type) ?? 0) + 1);
    }),
  );
  await bus.start();
  return { counts, close: () => bus.close() };
}
