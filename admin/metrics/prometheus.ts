import { collectDefaultMetrics, Registry } from 'prom-client';
import type { AdminContext } from '../context.js';
import { ofAllPartitions } from '../support/of-all-partitions.js';
import { DurationHistogram } from './duration-histogram.js';
import { EventCounters } from './event-counters.js';
import { GroupGauges } from './group-gauges.js';
import { SystemGauges } from './system-gauges.js';

/** Metrics in Prometheus's text format. */
export interface PrometheusMetrics {
  readonly contentType: string;
  /**
   * Gauges cover the partitions that reply. Counters and durations keep their values while one does not.
   * @throws EventBusError `UNAVAILABLE` if no partition replies: a gap in the metrics is correct, old figures are not
   */
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
    const { statistics, feed } = operator;
    const [snapshot, partitions, handlers] = await Promise.all([
      statistics.snapshot({ onlyReachable: true }),
      feed.partitions(),
      ofAllPartitions(statistics.durations()),
      ofAllPartitions(counters.update(statistics)),
    ]);
    if (handlers !== undefined) durations.handlers = handlers;
    groups.set(snapshot.groups);
    system.set(snapshot, partitions, indexer.status);
    return registry.metrics();
  }

  return { contentType: registry.contentType, read };
}
