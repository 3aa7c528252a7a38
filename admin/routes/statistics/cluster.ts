import {
  busDefaults,
  consumerAliveMs,
  EventBusError,
  type GroupStatistics,
  type PartitionMapDescription,
  type PartitionStatistics,
  type RegisteredConsumer,
  type ServerStatistics,
} from '@hyvve-events/runtime';
import type { Static } from 'typebox';
import type { AdminContext } from '../../context.js';
import { errorAnswers } from '../../http/schemas.js';
import type { Scope } from '../../http/scope.js';
import { cachedFor } from '../../support/cached.js';
import { ofAllPartitions } from '../../support/of-all-partitions.js';
import { present } from '../../support/present.js';
import { ClusterAnswer, type MapAnswer, type ServerAnswer } from './cluster-answers.js';
import { countsAnswer } from './statistics.js';

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
