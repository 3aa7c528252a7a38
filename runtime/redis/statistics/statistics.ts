import { EventBusError } from '../../errors.js';
import type {
  Counts,
  HandlerDurations,
  SeriesQuery,
  SeriesResult,
  Statistics,
  StatisticsSnapshot,
} from '../../operate/statistics.js';
import { timeOf } from '../../options.js';
import type { Link } from '../connection/link.js';
import type { Partitions } from '../partitions/partitions.js';
import { countPublished } from './count-published.js';
import { addCount, type Counter, noCounts, parseField } from './counters.js';
import { readDurations } from './durations.js';
import { readSnapshot } from './snapshot.js';
import { wholeSnapshot } from './whole-snapshot.js';

const spans = {
  minute: { ms: 60_000, buckets: 24 * 60, usual: 60 },
  hour: { ms: 3_600_000, buckets: 30 * 24, usual: 24 },
} as const;

/** Maximum time that a call waits for published events to be counted, in milliseconds. */
const countLimitMs = 2_000;
/** Maximum number of buckets that are read in one round trip. */
const step = 100;

/** Reads the counters of the scripts, and the state of the streams and groups. */
export class RedisStatistics implements Statistics {
  readonly #partitions: Partitions;

  constructor(partitions: Partitions) {
    this.#partitions = partitions;
  }

  async snapshot(): Promise<StatisticsSnapshot> {
    await this.#partitions.each(({ connection }) => connection.ask(() => connection.readClock()));
    const now = this.#now();
    const minute = new Date(now - spans.minute.ms);
    const [current, lastMinute, lastDay] = await Promise.all([
      this.#partitions.each((partition) => partition.connection.ask(() => readSnapshot(partition))),
      this.series({ every: 'minute', from: minute, to: minute }),
      this.series({ every: 'hour' }),
    ]);
    const at = new Date(now).toISOString();
    return { at, ...wholeSnapshot(current), lastMinute: totalOf(lastMinute), lastDay: totalOf(lastDay) };
  }

  durations(): Promise<readonly HandlerDurations[]> {
    return readDurations(this.#partitions);
  }

  async series(query: SeriesQuery): Promise<SeriesResult> {
    const { every, by = [] } = query;
    const { first, last } = this.#range(query);
    const { ms } = spans[every];
    const starts: number[] = [];
    for (let bucket = first; bucket <= last; bucket += 1) starts.push(bucket * ms);
    const found = new Map<string, { readonly key: Record<string, string>; readonly points: Counts[] }>();
    const seriesOf = (key: Record<string, string>) => {
      const name = JSON.stringify(key);
      let series = found.get(name);
      if (series === undefined) {
        series = { key, points: starts.map(() => noCounts) };
        found.set(name, series);
      }
      return series;
    };
    if (by.length === 0) seriesOf({});
    // The counts of the partitions add up.
    await this.#partitions.each(async ({ connection, keys }) => {
      await connection.ask(() => countPublished(connection, keys, { limitMs: countLimitMs }));
      const names = starts.map((start) => keys.counters(start)[every]);
      let index = 0;
      for await (const bucket of buckets(connection, names)) {
        for (const [field, count] of Object.entries(bucket)) {
          const counter = parseField(field);
          if (counter === undefined || !matchesQuery(counter, query)) continue;
          const { points } = seriesOf(keyOf(counter, by));
          points[index] = addCount(points[index] ?? noCounts, counter.code, Number(count));
        }
        index += 1;
      }
    });
    const at = starts.map((start) => new Date(start).toISOString());
    const series = [...found.values()].map(({ key, points }) => ({ key, points, total: points.reduce(sum, noCounts) }));
    return { every, at, series };
  }

  #range({ every, from, to }: SeriesQuery): { readonly first: number; readonly last: number } {
    const span = spans[every];
    const end = to === undefined ? this.#now() : timeOf(to);
    const start = from === undefined ? end - (span.usual - 1) * span.ms : timeOf(from);
    const [first, last] = [Math.floor(start / span.ms), Math.floor(end / span.ms)];
    if (first > last) throw refuse('from must not be after to');
    if (last - first >= span.buckets)
      throw refuse(`the range must have at most ${span.buckets} buckets of one ${every}`);
    return { first, last };
  }

  #now(): number {
    return this.#partitions.first.connection.now();
  }
}

async function* buckets(connection: Link, names: readonly string[]): AsyncGenerator<Readonly<Record<string, string>>> {
  for (let at = 0; at < names.length; at += step) {
    const page = names.slice(at, at + step);
    yield* await connection.ask((redis) => Promise.all(page.map((name) => redis.hgetall(name))));
  }
}

function matchesQuery({ isReplay, type, group, handler }: Counter, query: SeriesQuery): boolean {
  if (isReplay !== (query.replays === true)) return false;
  if (query.type !== undefined && type !== query.type) return false;
  if (query.group !== undefined && group !== query.group) return false;
  return query.handler === undefined || handler === query.handler;
}

function keyOf(counter: Counter, by: readonly ('type' | 'group' | 'handler')[]): Record<string, string> {
  const key: Record<string, string> = {};
  for (const name of by) {
    const value = counter[name];
    if (value !== undefined) key[name] = value;
  }
  return key;
}

function sum(a: Counts, b: Counts): Counts {
  return {
    published: a.published + b.published,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    retried: a.retried + b.retried,
    dead: a.dead + b.dead,
  };
}

function totalOf({ series }: SeriesResult): Counts {
  return series[0]?.total ?? noCounts;
}

function refuse(problem: string): EventBusError {
  return new EventBusError('CONFIG_INVALID', `statistics: ${problem}`);
}
