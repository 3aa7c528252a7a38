import { collectDefaultMetrics, Registry } from 'prom-client';
import type { AdminContext } from '../context.js';
import { DurationHistogram } from './duration-histogram.js';
import { EventCounters } from './event-counters.js';
import { GroupGauges } from './group-gauges.js';
import { SystemGauges } from './system-gauges.js';

/** Metrics in Prometheus's text format. */
export interface PrometheusMetrics {
  readonly contentType: string;
  /** @throws EventBusError `UNAVAILABLE` if Redis does not respond: a gap in the metrics is correct, old figures are not */
  read(): Promise<string>;
}

/** Creates the metrics of the service. */
export function createMetrics({ operator, indexer }: AdminContext): PrometheusMetrics {
  const registry: Registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'hyvve_admin_' });
  const counters = new EventCounters([registry]);
  const durations = new DurationHistogram([registry]);
  const groups = new GroupGauges([registry]);
  const system = new SystemGauges([registry]);

  async function read(): Promise<string> {
    const { statistics } = operator;
    const [snapshot, handlers] = await Promise.all([
      statistics.snapshot(),
      statistics.durations(),
      counters.update(statistics),
    ]);
    durations.handlers = handlers;
    groups.set(snapshot.groups);
    system.set(snapshot, indexer.status);
    return registry.metrics();
  }

  return { contentType: registry.contentType, read };
}
