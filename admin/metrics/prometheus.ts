import type { Counts, SeriesResult } from '@hyvve-events/runtime';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { AdminContext } from '../context.js';
import { DurationHistogram } from './duration-histogram.js';

/** Metrics in Prometheus's text format. */
export interface PrometheusMetrics {
  readonly contentType: string;
  /** @throws EventBusError `UNAVAILABLE` if Redis does not respond: a gap in the metrics is correct, old figures are not */
  read(): Promise<string>;
}

const minuteMs = 60_000;
/** Minutes that are read again: their counts may have increased since the last reading. */
const overlapMinutes = 2;
/** After a longer pause between readings, older minutes are omitted: added together, they would look like a peak. */
const maxMinutes = 60;

type CountName = Exclude<keyof Counts, 'published'>;
/** The counts of runs, with their names in the metrics. */
const countNames = {
  completed: 'handled',
  failed: 'failed',
  retried: 'retried',
  dead: 'dead',
} as const satisfies Record<CountName, string>;
const runCounts = Object.keys(countNames) as readonly CountName[];

/** Creates the metrics of the service. */
export function createMetrics(context: AdminContext): PrometheusMetrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry, prefix: 'hyvve_admin_' });
  const labelNames = ['type', 'group', 'handler'];
  const published = new Counter({
    name: 'hyvve_events_published_total',
    help: 'Events written to the stream.',
    labelNames: ['type'],
    registers,
  });
  const helps: Readonly<Record<CountName, string>> = {
    completed: 'Runs of handlers that succeeded.',
    failed: 'Runs of handlers that failed.',
    retried: "Runs that were not a handler's first of its event.",
    dead: 'Deliveries that became dead letters.',
  };
  const counters = new Map(
    runCounts.map((name) => [
      name,
      new Counter({ name: `hyvve_events_${countNames[name]}_total`, help: helps[name], labelNames, registers }),
    ]),
  );
  const durations = new DurationHistogram(registers);
  const gauge = (name: string, help: string, labels: readonly string[] = []) =>
    new Gauge({ name, help, labelNames: [...labels], registers });
  const ofGroups = {
    pending: gauge('hyvve_group_pending', 'Entries read and not finished.', ['group']),
    lag: gauge('hyvve_group_lag', 'Entries not read yet; absent if Redis cannot compute it.', ['group']),
    age: gauge(
      'hyvve_group_oldest_unfinished_seconds',
      'Age of the oldest unfinished entry; 0 if there is none.',
      ['group'],
    ),
    scheduled: gauge('hyvve_group_scheduled_retries', 'Deliveries that wait for a retry.', ['group']),
    parked: gauge('hyvve_group_parked', 'Deliveries that wait for a build that can read their version.', ['group']),
    deadLetters: gauge('hyvve_group_dead_letters', 'Dead letters of the group.', ['group']),
    consumers: gauge('hyvve_group_consumers', 'Processes with a heartbeat within the last minute.', ['group']),
  };
  const streamLength = gauge('hyvve_stream_entries', 'Entries in the event stream.');
  const dlqSize = gauge('hyvve_dlq_size', 'Dead letters.');
  const memoryUsed = gauge('hyvve_redis_memory_used_bytes', 'Memory that Redis uses.');
  const memoryMax = gauge('hyvve_redis_memory_max_bytes', "Redis's maxmemory; 0 if it has none.");
  const behind = gauge('hyvve_index_behind_seconds', 'How far the index is behind a stream.', ['source']);

  let countedFrom = Math.floor(Date.now() / minuteMs);
  const seen = new Map<string, number>();

  /** Adds the increase of each count since the last reading: the counts of a minute never decrease. */
  const count = (
    { at, series }: SeriesResult,
    add: (name: keyof Counts, key: Record<string, string>, by: number) => void,
  ) => {
    for (const { key, points } of series) {
      points.forEach((counts, index) => {
        for (const name of ['published', ...runCounts] as const) {
          const bucket = JSON.stringify([at[index], key, name]);
          const increase = counts[name] - (seen.get(bucket) ?? 0);
          if (increase <= 0) continue;
          seen.set(bucket, counts[name]);
          add(name, { ...key }, increase);
        }
      });
    }
  };

  async function read(): Promise<string> {
    const { statistics } = context.operator;
    const thisMinute = Math.floor(Date.now() / minuteMs);
    const first = Math.max(countedFrom, thisMinute - maxMinutes);
    const range = { every: 'minute', from: new Date(first * minuteMs) } as const;
    const [snapshot, handlers, counts] = await Promise.all([
      statistics.snapshot(),
      statistics.durations(),
      statistics.series({ ...range, by: ['type', 'group', 'handler'] }),
    ]);
    count(counts, (name, key, by) => {
      if (name === 'published') published.inc({ type: key.type ?? '*' }, by);
      else counters.get(name)?.inc(key, by);
    });
    countedFrom = Math.max(countedFrom, thisMinute - overlapMinutes);
    const oldest = new Date(countedFrom * minuteMs).toISOString();
    for (const bucket of seen.keys()) if ((JSON.parse(bucket) as [string])[0] < oldest) seen.delete(bucket);

    durations.handlers = handlers;
    for (const one of Object.values(ofGroups)) one.reset();
    for (const figures of snapshot.groups) {
      const { group, pending, lag, oldestUnfinishedMs = 0, scheduled, parked, deadLetters, consumers } = figures;
      ofGroups.pending.set({ group }, pending);
      if (lag !== 'unknown') ofGroups.lag.set({ group }, lag);
      ofGroups.age.set({ group }, oldestUnfinishedMs / 1000);
      ofGroups.scheduled.set({ group }, scheduled);
      ofGroups.parked.set({ group }, parked);
      ofGroups.deadLetters.set({ group }, deadLetters);
      ofGroups.consumers.set({ group }, consumers);
    }
    streamLength.set(snapshot.stream.length);
    dlqSize.set(snapshot.deadLetters);
    memoryUsed.set(snapshot.memory.usedBytes);
    memoryMax.set(snapshot.memory.maxBytes ?? 0);
    const { eventsBehindMs, logBehindMs } = context.indexer.status;
    behind.set({ source: 'events' }, eventsBehindMs / 1000);
    behind.set({ source: 'log' }, logBehindMs / 1000);
    return registry.metrics();
  }

  return { contentType: registry.contentType, read };
}
