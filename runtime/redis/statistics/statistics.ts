import { EventBusError } from '../../errors.js';
import type {
  Counts,
  HandlerDurations,
  KeyQueueStatistics,
  KeyQueuesQuery,
  SeriesQuery,
  SeriesResult,
  ServerStatistics,
  Statistics,
  StatisticsQuery,
  StatisticsSnapshot,
} from '../../operate/statistics.js';
import { timeOf } from '../../options.js';
import type { Link } from '../connection/link.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { readBusyQueues } from './busy-queues.js';
import { countPublished } from './count-published.js';
import { addCount, addCounts, type Counter, noCounts, parseField } from './counters.js';
import { readDurations } from './durations.js';
import { readSnapshot } from './snapshot.js';
import { wholeSnapshot } from './whole-snapshot.js';

const spans = {
  minute: { ms: 60_000, buckets: 24 * 60, usual: 60 },
  hour: { ms: 3_600_000, buckets: 30 * 24, usual: 24 },
} as const;

/** Maximum time that a call waits for published events to be counted, in milliseconds. */
const countLimitMs = 2_000;
/** Time that a partition may take to reply if only those that reply are read, in milliseconds. */
const patienceMs = 3_000;
/** Maximum number of buckets that are read in one round trip. */
const step = 100;

/** Reads the counters of the scripts, and the state of the streams and groups. */
export class RedisStatistics implements Statistics {
  readonly #partitions: Partitions;
  readonly #readServers: () => Promise<readonly ServerStatistics[]>;

  constructor(partitions: Partitions, servers: () => Promise<readonly ServerStatistics[]>) {
    this.#partitions = partitions;
    this.#readServers = servers;
  }

  async snapshot(query: StatisticsQuery = {}): Promise<StatisticsSnapshot> {
    const { onlyReachable = false } = query;
    const read = await this.#ofEach(query, async (partition, timeoutMs) => {
      const { connection, index } = partition;
      await connection.ask(() => connection.readClock(), timeoutMs);
      const minute = new Date(connection.now() - spans.minute.ms);
      const own = { partition: index, onlyReachable };
      const [state, lastMinute, lastDay] = await Promise.all([
        connection.ask(() => readSnapshot(partition), timeoutMs),
        this.series({ every: 'minute', from: minute, to: minute, ...own }),
        this.series({ every: 'hour', ...own }),
      ]);
      return { ...state, lastMinute: totalOf(lastMinute), lastDay: totalOf(lastDay) };
    });
    return { at: new Date(this.#now()).toISOString(), ...wholeSnapshot(read) };
  }

  servers(): Promise<readonly ServerStatistics[]> {
    return this.#readServers();
  }

  async keyQueues(query: KeyQueuesQuery = {}): Promise<readonly KeyQueueStatistics[]> {
    const { group, limit = 20 } = query;
    const read = await this.#ofEach(query, (partition, timeoutMs) =>
      partition.connection.ask(() => readBusyQueues(partition, group), timeoutMs),
    );
    return read
      .flat()
      .sort((a, b) => b.waiting - a.waiting)
      .slice(0, limit);
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
    const read = await this.#ofEach(query, async ({ connection, keys }, timeoutMs) => {
      await connection.ask(() => countPublished(connection, keys, { limitMs: countLimitMs }), timeoutMs);
      const names = starts.map((start) => keys.counters(start)[every]);
      return readBuckets(connection, names, timeoutMs);
    });
    // The counts of the partitions add up.
    for (const buckets of read) {
      for (const [index, bucket] of buckets.entries()) {
        for (const [field, count] of Object.entries(bucket)) {
          const counter = parseField(field);
          if (counter === undefined || !matchesQuery(counter, query)) continue;
          const { points } = seriesOf(keyOf(counter, by));
          points[index] = addCount(points[index] ?? noCounts, counter.code, Number(count));
        }
      }
    }
    const at = starts.map((start) => new Date(start).toISOString());
    const series = [...found.values()].map(({ key, points }) => ({
      key,
      points,
      total: points.reduce(addCounts, noCounts),
    }));
    return { every, at, series };
  }

  /**
   * Reads each partition of a query, or only those that reply.
   * @param read Gets the maximum time of a call, in milliseconds; undefined: the limit of the connection.
   */
  async #ofEach<Result>(
    { partition: only, onlyReachable = false }: StatisticsQuery,
    read: (partition: Partition, timeoutMs: number | undefined) => Promise<Result>,
  ): Promise<readonly Result[]> {
    const timeoutMs = onlyReachable ? patienceMs : undefined;
    const partitions = await this.#partitions.select(only);
    const reads = partitions.map((partition) => this.#partitions.within(partition, () => read(partition, timeoutMs)));
    return onlyReachable ? reachable(reads) : Promise.all(reads);
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

/** The counters of each bucket, in the order of the names. */
async function readBuckets(
  connection: Link,
  names: readonly string[],
  timeoutMs: number | undefined,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const buckets: Readonly<Record<string, string>>[] = [];
  for (let at = 0; at < names.length; at += step) {
    const page = names.slice(at, at + step);
    buckets.push(...(await connection.ask((redis) => Promise.all(page.map((name) => redis.hgetall(name))), timeoutMs)));
  }
  return buckets;
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

/** The results of the partitions that reply. @throws the error of the first one if none does */
async function reachable<Result>(reads: readonly Promise<Result>[]): Promise<readonly Result[]> {
  const settled = await Promise.allSettled(reads);
  const failed = settled.filter((one) => one.status === 'rejected').map(({ reason }): unknown => reason);
  const other = failed.find((reason) => !(reason instanceof EventBusError) || reason.code !== 'UNAVAILABLE');
  if (other !== undefined || failed.length === settled.length) throw other ?? failed[0];
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function totalOf({ series }: SeriesResult): Counts {
  return series[0]?.total ?? noCounts;
}

function refuse(problem: string): EventBusError {
  return new EventBusError('CONFIG_INVALID', `statistics: ${problem}`);
}
