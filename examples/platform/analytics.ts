import { createEventBus } from '@hyvve-events/runtime';
import { catalogHash, subscribe } from '@hyvve-events/sdk';
import type { Service, ServiceOptions } from './service.js';

/** What happened, as the analytics service has counted it. */
export interface Analytics extends Service {
  /** How many events of each type have come, the types unknown to this catalog included. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Starts the analytics service: one handler of everything. */
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
