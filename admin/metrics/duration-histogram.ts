import type { HandlerDurations } from '@hyvve-events/runtime';
import { Histogram, type Registry } from 'prom-client';

const name = 'hyvve_events_handler_duration_seconds';
const help = 'How long runs of handlers took, whatever their outcome.';

/** How long handlers took, as Redis has counted it over all processes: nothing is observed here. */
export class DurationHistogram extends Histogram {
  /** The figures of the next answer. */
  handlers: readonly HandlerDurations[] = [];

  constructor(registers: Registry[]) {
    super({ name, help, registers });
  }

  /** What the registry, and `get`, take a histogram's figures from; it stands in no type of prom-client's. */
  async getForPromString() {
    const values = this.handlers.flatMap(({ group, handler, buckets, count, sumMs }) => {
      const sharedLabels = { group, handler };
      const bucket = (le: number | '+Inf', value: number) => {
        return { metricName: `${name}_bucket`, labels: { le }, sharedLabels, value };
      };
      return [
        ...buckets.map((one) => bucket(one.leMs / 1_000, one.count)),
        bucket('+Inf', count),
        { metricName: `${name}_sum`, labels: {}, sharedLabels, value: sumMs / 1_000 },
        { metricName: `${name}_count`, labels: {}, sharedLabels, value: count },
      ];
    });
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}
