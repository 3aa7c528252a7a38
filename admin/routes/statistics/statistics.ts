import {
  busDefaults,
  type Counts,
  type GroupStatistics,
  type ParkedCount,
  type Series,
  type SeriesKey,
  type SeriesResult,
  type StatisticsSnapshot,
  type StreamStatistics,
} from '@hyvve-events/runtime';
import { type Static, Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { readRange } from '../../http/parameters.js';
import { errorAnswers, Name, type SchemasOf, timeRange } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import type { IndexStatus } from '../../projection/indexer.js';
import { cachedFor } from '../../support/cached.js';
import { present } from '../../support/present.js';
import { reachableSnapshot } from './reachable-snapshot.js';

export const CountsAnswer = Type.Object({
  published: Type.Integer({ description: 'Events written to the stream' }),
  handled: Type.Integer({ description: 'Runs that succeeded' }),
  failed: Type.Integer({ description: 'Runs that failed' }),
  retried: Type.Integer({ description: "Runs that were not a handler's first" }),
  dead: Type.Integer({ description: 'Deliveries that became dead letters' }),
} satisfies SchemasOf<Omit<Counts, 'completed'> & { readonly handled: number }>);

export const LagAnswer = Type.Union([Type.Integer(), Type.Literal('unknown')]);

export const GroupAnswer = Type.Object({
  group: Type.String(),
  pending: Type.Integer({ description: 'Entries that were read and not finished' }),
  lag: LagAnswer,
  oldestUnfinishedMs: Type.Optional(Type.Number()),
  scheduled: Type.Integer({ description: 'Deliveries that wait for a retry' }),
  parked: Type.Integer({ description: 'Deliveries that wait for a build that can read their version' }),
  parkedVersions: Type.Array(
    Type.Object({
      type: Type.String(),
      version: Type.String(),
      count: Type.Integer(),
    } satisfies SchemasOf<ParkedCount>),
    { description: 'The versions for which they wait, those with the most deliveries first, at most 100' },
  ),
  waiting: Type.Integer({ description: 'Deliveries to ordered handlers that wait for earlier events of their key' }),
  keyQueues: Type.Integer({ description: 'Keys of ordered handlers with unfinished events' }),
  deadLetters: Type.Integer(),
  replayPending: Type.Integer(),
  replayLag: LagAnswer,
  consumers: Type.Integer({ description: 'Processes with a heartbeat within the last minute' }),
  retired: Type.Boolean(),
} satisfies SchemasOf<GroupStatistics>);

const SeriesAnswer = Type.Object({
  key: Type.Object({
    type: Type.Optional(Type.String()),
    group: Type.Optional(Type.String()),
    handler: Type.Optional(Type.String()),
  } satisfies SchemasOf<SeriesKey>),
  points: Type.Array(CountsAnswer),
  total: CountsAnswer,
} satisfies SchemasOf<Series>);

/** Counts over time. */
export const SeriesPage = Type.Object({
  every: Type.String(),
  at: Type.Array(Type.String(), { description: 'Starts of the buckets' }),
  series: Type.Array(SeriesAnswer),
} satisfies SchemasOf<SeriesResult>);

/** Query of `GET /admin/events/series`. */
export const SeriesQuery = Type.Object(
  {
    every: Type.Enum(['minute', 'hour'], { description: 'Minutes are stored for a day, hours for 30 days' }),
    by: Type.Optional(
      Type.String({
        pattern: '^(type|group|handler)(,(type|group|handler)){0,2}$',
        description: 'One series for each combination, for example type,group',
      }),
    ),
    type: Type.Optional(Name('Event type')),
    group: Type.Optional(Name('Consumer group')),
    handler: Type.Optional(Name('Handler')),
    replays: Type.Optional(Type.Boolean({ description: 'Runs in replays instead of live events' })),
    ...timeRange,
  },
  { additionalProperties: false },
);

const FailureRate = Type.Number({ description: 'Failed runs of all runs, 0 to 1' });

export const MemoryAnswer = Type.Object({
  usedBytes: Type.Integer(),
  maxBytes: Type.Optional(Type.Integer({ description: 'Absent without a limit' })),
} satisfies SchemasOf<StatisticsSnapshot['memory']>);

/** How far the index is behind one partition. */
export const IndexProgress = Type.Object({
  partition: Type.Integer(),
  eventsBehindMs: Type.Number(),
  logBehindMs: Type.Number(),
  error: Type.Optional(Type.String({ description: 'Why the partition cannot be followed' })),
} satisfies SchemasOf<IndexStatus['partitions'][number]>);

export const StatsAnswer = Type.Object({
  at: Type.String(),
  partitionsAway: Type.Array(Type.Integer(), {
    description: 'Partitions that do not respond: all other figures are those of the others',
  }),
  stream: Type.Object({
    length: Type.Integer(),
    firstId: Type.Optional(Type.String()),
    lastId: Type.Optional(Type.String()),
    firstAt: Type.Optional(Type.String()),
    lastAt: Type.Optional(Type.String()),
  } satisfies SchemasOf<StreamStatistics>),
  dlqSize: Type.Integer(),
  consumerLag: LagAnswer,
  pending: Type.Integer(),
  parked: Type.Integer({ description: 'Deliveries that wait for a build that can read their version' }),
  oldestUnfinishedMs: Type.Optional(Type.Number()),
  groups: Type.Array(GroupAnswer),
  throughput: Type.Object({
    lastMinute: CountsAnswer,
    lastHour: SeriesPage,
    lastDay: SeriesPage,
    byType: Type.Array(SeriesAnswer, { description: 'Counts of the last 24 hours, most published first' }),
  }),
  failureRate: Type.Object({ lastMinute: FailureRate, lastHour: FailureRate, lastDay: FailureRate }),
  memory: MemoryAnswer,
  index: Type.Object({
    state: Type.String(),
    database: Type.Optional(Type.String()),
    eventsBehindMs: Type.Number(),
    logBehindMs: Type.Number(),
    partitions: Type.Array(IndexProgress),
    indexed: Type.Integer(),
    error: Type.Optional(Type.String()),
  } satisfies SchemasOf<IndexStatus>),
  limits: Type.Object(
    {
      memoryShare: Type.Number({
        description: 'Share of `maxBytes`, 0 to 1, above which services refuse to publish, by default',
      }),
      unfinishedMs: Type.Number({ description: 'Age of an unfinished event from which `/health/events` is unhealthy' }),
    },
    { description: 'Limits for the figures above' },
  ),
});

/** Requests within this time share one read of Redis, in milliseconds. */
const cacheMs = 1_000;

/** Statistics over all tenants. */
export function statsRoutes(app: Scope, context: AdminContext): void {
  const { statistics } = context.operator;
  const tags = ['statistics'];
  const read = cachedFor(cacheMs, () => readStats(context));

  app.get(
    '/admin/events/stats',
    { schema: { tags, summary: 'Statistics of the whole system', response: { 200: StatsAnswer, ...errorAnswers } } },
    read,
  );

  app.get(
    '/admin/events/series',
    {
      schema: {
        tags,
        summary: 'Throughput over time',
        querystring: SeriesQuery,
        response: { 200: SeriesPage, ...errorAnswers },
      },
    },
    async (request) => {
      const { every, by, type, group, handler, replays, ...times } = request.query;
      const { from, to } = readRange(times.from, times.to);
      const dimensions = by === undefined ? undefined : [...new Set(by.split(',') as ('type' | 'group' | 'handler')[])];
      const query = { every, by: dimensions, type, group, handler, replays, from, to };
      return seriesAnswer(await statistics.series(present(query)));
    },
  );
}

/** The statistics for a dashboard. */
export async function readStats({
  operator,
  indexer,
  unfinishedLimitMs,
}: AdminContext): Promise<Static<typeof StatsAnswer>> {
  const { statistics } = operator;
  const onlyReachable = true;
  const [{ snapshot, away }, hour, day, types] = await Promise.all([
    reachableSnapshot(operator),
    statistics.series({ every: 'minute', onlyReachable }),
    statistics.series({ every: 'hour', onlyReachable }),
    statistics.series({ every: 'hour', by: ['type'], onlyReachable }),
  ]);
  const { at, stream, groups, deadLetters, memory, lastMinute } = snapshot;
  const ages = groups.flatMap(({ oldestUnfinishedMs, retired }) => (retired ? [] : (oldestUnfinishedMs ?? [])));
  const byType = [...types.series].sort((a, b) => b.total.published - a.total.published).map(oneSeries);
  return present({
    at,
    partitionsAway: [...away],
    stream: present(stream),
    dlqSize: deadLetters,
    consumerLag: lagOf(snapshot),
    pending: groups.reduce((sum, { pending }) => sum + pending, 0),
    parked: groups.reduce((sum, { parked }) => sum + parked, 0),
    oldestUnfinishedMs: ages.length === 0 ? undefined : Math.max(...ages),
    groups: groups.map(groupAnswer),
    throughput: {
      lastMinute: countsAnswer(lastMinute),
      lastHour: seriesAnswer(hour),
      lastDay: seriesAnswer(day),
      byType,
    },
    failureRate: { lastMinute: rateOf(lastMinute), lastHour: rateOf(totalOf(hour)), lastDay: rateOf(totalOf(day)) },
    memory: present(memory),
    index: indexAnswer(indexer.status),
    limits: { memoryShare: busDefaults.memoryLimit, unfinishedMs: unfinishedLimitMs },
  });
}

/** The state of the index without its undefined fields. */
export function indexAnswer({ partitions, ...status }: IndexStatus) {
  return present({ ...status, partitions: partitions.map((partition) => present(partition)) });
}

/** A group without its undefined fields. */
export function groupAnswer(group: GroupStatistics) {
  return present({ ...group, parkedVersions: [...group.parkedVersions] });
}

/** The largest lag of all groups; `unknown` if one is unknown. */
function lagOf({ groups }: StatisticsSnapshot): number | 'unknown' {
  const lags = groups.filter(({ retired }) => !retired).map(({ lag }) => lag);
  return lags.includes('unknown') ? 'unknown' : Math.max(0, ...lags.map(Number));
}

function rateOf({ completed, failed }: Counts): number {
  const runs = completed + failed;
  return runs === 0 ? 0 : failed / runs;
}

const noCounts: Counts = { published: 0, completed: 0, failed: 0, retried: 0, dead: 0 };

function totalOf({ series }: SeriesResult): Counts {
  return series[0]?.total ?? noCounts;
}

function seriesAnswer({ every, at, series }: SeriesResult) {
  return { every, at: [...at], series: series.map(oneSeries) };
}

function oneSeries({ key, points, total }: Series) {
  return { key: { ...key }, points: points.map(countsAnswer), total: countsAnswer(total) };
}

/** In the HTTP API, the count of successful runs is named `handled`. */
export function countsAnswer({ completed: handled, ...rest }: Counts): Static<typeof CountsAnswer> {
  return { handled, ...rest };
}
