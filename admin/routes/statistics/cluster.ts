import {
  busDefaults,
  consumerAliveMs,
  EventBusError,
  type GroupStatistics,
  type InheritingGroup,
  type KeyQueueStatistics,
  type PartitionGrowth,
  type PartitionMapDescription,
  type PartitionStatistics,
  type RegisteredConsumer,
  type ServerStatistics,
  type SlotRange,
} from '@hyvve-events/runtime';
import { type Static, Type } from 'typebox';
import type { AdminContext } from '../../context.js';
import { errorAnswers, type SchemasOf } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { cachedFor } from '../../support/cached.js';
import { ofAllPartitions } from '../../support/of-all-partitions.js';
import { present } from '../../support/present.js';
import { CountsAnswer, countsAnswer, IndexProgress, LagAnswer, MemoryAnswer } from './statistics.js';

const Slots = Type.Object({
  from: Type.Integer(),
  to: Type.Integer({ description: 'Inclusive' }),
} satisfies SchemasOf<SlotRange>);

const ServerAnswer = Type.Object({
  address: Type.String(),
  slots: Type.Optional(Type.Array(Slots, { description: 'Absent without a Redis Cluster' })),
  partitions: Type.Array(Type.Integer()),
  status: Type.Enum(['reachable', 'away', 'unused'], {
    description: '`unused`: it has no partition, and was not asked',
  }),
  memory: Type.Optional(MemoryAnswer),
} satisfies SchemasOf<ServerStatistics>);

const GroupFigures = {
  group: Type.String(),
  lag: LagAnswer,
  pending: Type.Integer({ description: 'Entries that were read and not finished' }),
  oldestUnfinishedMs: Type.Optional(Type.Number()),
  scheduled: Type.Integer({ description: 'Deliveries that wait for a retry' }),
  parked: Type.Integer(),
  waiting: Type.Integer({ description: 'Deliveries to ordered handlers that wait for earlier events of their key' }),
  deadLetters: Type.Integer(),
  consumers: Type.Integer({ description: 'Processes with a heartbeat within the last minute' }),
  retired: Type.Boolean(),
} satisfies Partial<SchemasOf<GroupStatistics>>;

const KeyQueueAnswer = Type.Object({
  group: Type.String(),
  handler: Type.String(),
  tenantId: Type.String(),
  key: Type.String({ description: 'The ordering key; the tenant for events without one' }),
  replayId: Type.Optional(Type.String({ description: 'Absent for live events' })),
  partition: Type.Integer(),
  waiting: Type.Integer({ description: 'Deliveries that wait' }),
  head: Type.Optional(Type.String({ description: 'Position of the event that they wait for' })),
  since: Type.Optional(Type.String({ description: 'When the event that they wait for was published' })),
} satisfies SchemasOf<KeyQueueStatistics>);

const MapAnswer = Type.Object({
  epoch: Type.Integer(),
  count: Type.Integer({ description: 'Number of partitions' }),
  growing: Type.Optional(Type.Integer({ description: 'Number at the end of the growth that is under way' })),
  growths: Type.Array(Type.Object({ count: Type.Integer(), at: Type.String() } satisfies SchemasOf<PartitionGrowth>), {
    description: 'Each has doubled the number of partitions; oldest first',
  }),
} satisfies SchemasOf<Omit<PartitionMapDescription, 'partitions'>>);

const InheritingGroupAnswer = Type.Object({
  partition: Type.Integer(),
  parent: Type.Integer({ description: 'The partition from which it was split' }),
  group: Type.String(),
  reads: Type.Boolean({ description: 'False: it handles the events of the parent first' }),
  keys: Type.Integer({ description: 'Keys whose events wait for earlier ones in the parent' }),
} satisfies SchemasOf<InheritingGroup>);

const figures = {
  entries: Type.Integer({ description: 'Entries in the event stream' }),
  deadLetters: Type.Integer(),
  logEntries: Type.Integer(),
  lastMinute: CountsAnswer,
  lastDay: CountsAnswer,
};

const PartitionAnswer = Type.Object({
  partition: Type.Integer(),
  server: Type.Optional(Type.String({ description: 'Address of the server that has it; absent while none is known' })),
  status: Type.Enum(['reachable', 'away']),
  parent: Type.Optional(Type.Integer({ description: 'The partition from which a growth has split it' })),
  splitAt: Type.Optional(Type.String()),
  figures: Type.Optional(Type.Object(figures, { description: 'Absent while the partition is away' })),
  groups: Type.Array(Type.Object(GroupFigures)),
  index: Type.Optional(IndexProgress),
});

/** Answer of `GET /admin/cluster`. */
export const ClusterAnswer = Type.Object({
  at: Type.String(),
  map: Type.Optional(MapAnswer),
  servers: Type.Array(ServerAnswer),
  partitions: Type.Array(PartitionAnswer),
  total: Type.Object(figures, { description: 'Of the partitions that are reachable' }),
  groups: Type.Array(
    Type.Object({
      ...GroupFigures,
      concurrency: Type.Optional(
        Type.Integer({
          description: 'Deliveries that its processes run at the same time; absent while a partition is away',
        }),
      ),
      handlers: Type.Optional(
        Type.Array(Type.Object({ name: Type.String(), pattern: Type.String() }), {
          description: 'Handlers of its processes; absent while a partition is away',
        }),
      ),
    }),
    { description: 'Of the partitions that are reachable' },
  ),
  keyQueues: Type.Array(KeyQueueAnswer, {
    description:
      'The keys of ordered handlers with the most deliveries that wait, at most 10; of the partitions that are reachable',
  }),
  inheriting: Type.Array(InheritingGroupAnswer, {
    description: 'The groups that handle events from before a growth first; empty while a partition is away',
  }),
  limits: Type.Object({ memoryShare: Type.Number(), unfinishedMs: Type.Number() }),
});

/** Maximum number of keys in the answer. */
const mostKeys = 10;

/** Requests within this time share one read of Redis, in milliseconds. */
const cacheMs = 1_000;

/** The servers and the partitions, with what each group has left to do in them. */
export function clusterRoutes(app: Scope, context: AdminContext): void {
  const read = cachedFor(cacheMs, () => readCluster(context));
  app.get(
    '/admin/cluster',
    {
      schema: {
        tags: ['statistics'],
        summary: 'Servers, partitions, and the state of each group in each partition',
        response: { 200: ClusterAnswer, ...errorAnswers },
      },
    },
    read,
  );
}

async function readCluster({
  operator,
  indexer,
  unfinishedLimitMs,
}: AdminContext): Promise<Static<typeof ClusterAnswer>> {
  const { statistics, feed } = operator;
  const [snapshot, servers, indexes, consumers, keyQueues, map, inheriting] = await Promise.all([
    statistics.snapshot({ onlyReachable: true }),
    statistics.servers(),
    feed.partitions(),
    ofAllPartitions(operator.consumers()),
    statistics.keyQueues({ limit: mostKeys, onlyReachable: true }),
    readMap(operator.partitions.map()),
    ofAllPartitions(operator.partitions.drained()),
  ]);
  const progress = indexer.status.partitions;
  return {
    at: snapshot.at,
    ...present({ map: map === undefined ? undefined : mapAnswer(map) }),
    servers: servers.map(serverAnswer),
    partitions: indexes.map((partition) => {
      const found = snapshot.partitions.find((one) => one.partition === partition);
      const index = progress.find((one) => one.partition === partition);
      return present({
        partition,
        server: servers.find(({ partitions }) => partitions.includes(partition))?.address,
        status: found === undefined ? ('away' as const) : ('reachable' as const),
        parent: map?.partitions[partition]?.parent,
        splitAt: map?.partitions[partition]?.splitAt,
        figures: found === undefined ? undefined : figuresOf(found),
        groups: (found?.groups ?? []).map(groupFigures),
        index: index === undefined ? undefined : present(index),
      });
    }),
    total: figuresOf(snapshot),
    groups: snapshot.groups.map((group) => present({ ...groupFigures(group), ...capacityOf(group, consumers) })),
    keyQueues: keyQueues.map(present),
    inheriting: [...(inheriting ?? [])],
    limits: { memoryShare: busDefaults.memoryLimit, unfinishedMs: unfinishedLimitMs },
  };
}

/** The partition map; undefined while the server that has it is away, or if no bus was started yet. */
async function readMap(reading: Promise<PartitionMapDescription>): Promise<PartitionMapDescription | undefined> {
  try {
    return await ofAllPartitions(reading);
  } catch (error) {
    if (error instanceof EventBusError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

function mapAnswer({ epoch, count, growing, growths }: PartitionMapDescription): Static<typeof MapAnswer> {
  return present({ epoch, count, growing, growths: growths.map(({ count: after, at }) => ({ count: after, at })) });
}

function serverAnswer({ slots, memory, partitions, ...server }: ServerStatistics): Static<typeof ServerAnswer> {
  return present({
    ...server,
    partitions: [...partitions],
    slots: slots?.map(({ from, to }) => ({ from, to })),
    memory: memory === undefined ? undefined : present(memory),
  });
}

function figuresOf({ stream, deadLetters, logLines, lastMinute, lastDay }: Omit<PartitionStatistics, 'partition'>) {
  return {
    entries: stream.length,
    deadLetters,
    logEntries: logLines,
    lastMinute: countsAnswer(lastMinute),
    lastDay: countsAnswer(lastDay),
  };
}

function groupFigures(all: GroupStatistics) {
  const { group, lag, pending, oldestUnfinishedMs, scheduled, parked, waiting, deadLetters, consumers, retired } = all;
  return present({
    group,
    lag,
    pending,
    oldestUnfinishedMs,
    scheduled,
    parked,
    waiting,
    deadLetters,
    consumers,
    retired,
  });
}

/** What the living processes of a group can do. */
function capacityOf({ group }: GroupStatistics, consumers: readonly RegisteredConsumer[] | undefined) {
  if (consumers === undefined) return {};
  const own = consumers.filter((one) => one.group === group && one.sinceHeartbeatMs <= consumerAliveMs);
  const handlers = new Map(own.flatMap((one) => one.handlers).map((handler) => [JSON.stringify(handler), handler]));
  return {
    concurrency: own.reduce((sum, { concurrency }) => sum + concurrency, 0),
    handlers: [...handlers.values()].map(({ name, pattern }) => ({ name, pattern })),
  };
}
