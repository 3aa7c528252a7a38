import type { HandlerDurations } from '@hyvve-events/runtime';
import { Histogram, type Registry } from 'prom-client';

const name = 'hyvve_events_handler_duration_seconds';
const help = 'Duration of handler runs, whatever their outcome.';

/** Durations of handler runs, as Redis counts them over all processes. Nothing is observed in this process. */
export class DurationHistogram extends Histogram {
  /** The figures of the next reading. */
  handlers: readonly HandlerDurations[] = [];

  constructor(registers: Registry[]) {
    super({ name, help, registers });
  }

  /** Called by the registry and by `get` for the figures of a histogram; prom-client's types do not contain it. */
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
