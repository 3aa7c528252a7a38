import { positionOf } from '../../event/position.js';
import { compareStreamIds } from '../../event/stream-id.js';
import { parkedCounts } from '../../operate/parked.js';
import type { GroupStatistics, PartitionStatistics, RecentCounts, StreamStatistics } from '../../operate/statistics.js';
import type { Link } from '../connection/link.js';
import { infoFigure } from '../connection/memory-guard.js';
import type { Partition } from '../partitions/partition.js';
import { fieldsOf, type Keys } from '../store/keys.js';
import { countParkedSets, sumOf } from './parked-sets.js';

/** Time without a heartbeat after which a process no longer counts as alive, in milliseconds. */
export const aliveMs = 60_000;

/**
 * Reads the state of the streams and groups of a partition: a few calls for each group, each of which reads at most one entry
 * of a stream.
 */
export async function readSnapshot({
  connection,
  keys,
  index,
}: Partition): Promise<Omit<PartitionStatistics, keyof RecentCounts>> {
  const [names, events, replays, deadLetters, logLines, memory] = await Promise.all([
    connection.tryOnce((redis) => redis.hkeys(keys.groups)),
    readStream(connection, keys.events),
    readStream(connection, keys.replay),
    connection.tryOnce((redis) => redis.xlen(keys.dlq)),
    connection.tryOnce((redis) => redis.xlen(keys.log)),
    connection.tryOnce((redis) => redis.info('memory')),
  ]);
  const nowMs = connection.now();
  // Includes consumer groups of other clients on the stream.
  const all = [...new Set([...names, ...events.groups.keys()])].sort();
  const groups = await Promise.all(all.map((name) => readGroup(connection, keys, name, events, replays, nowMs)));
  return {
    partition: index,
    stream: positionsOf(events.statistics, index),
    groups,
    deadLetters,
    logLines,
    memory: memoryIn(memory),
  };
}

/** The same with positions, in place of the ids in the partition. */
function positionsOf(statistics: StreamStatistics, partition: number): StreamStatistics {
  const { firstId, lastId } = statistics;
  const place = (id: string | undefined) => (id === undefined ? undefined : positionOf(id, partition));
  return { ...statistics, firstId: place(firstId), lastId: place(lastId) };
}

/** A stream, and the reply of XINFO for each of its groups. */
interface StreamInfo {
  readonly key: string;
  readonly statistics: StreamStatistics;
  readonly groups: ReadonlyMap<string, Readonly<Record<string, string | undefined>>>;
}

async function readStream(connection: Link, key: string): Promise<StreamInfo> {
  const none = { length: 0, firstId: undefined, lastId: undefined, firstAt: undefined, lastAt: undefined };
  if ((await connection.tryOnce((redis) => redis.exists(key))) === 0)
    return { key, statistics: none, groups: new Map() };
  const [first, last, length, infos] = await Promise.all([
    connection.tryOnce((redis) => redis.xrange(key, '-', '+', 'COUNT', 1)),
    connection.tryOnce((redis) => redis.xrevrange(key, '+', '-', 'COUNT', 1)),
    connection.tryOnce((redis) => redis.xlen(key)),
    connection.tryOnce((redis) => redis.xinfo('GROUPS', key)) as Promise<unknown[][]>,
  ]);
  const [firstId, lastId] = [first[0]?.[0], last[0]?.[0]];
  const [firstAt, lastAt] = [isoOf(firstId), isoOf(lastId)];
  const groups = infos.map((info) => fieldsOf(info.map((value) => (value === null ? '' : String(value)))));
  return {
    key,
    statistics: { length, firstId, lastId, firstAt, lastAt },
    groups: new Map(groups.map((info) => [info.name ?? '', info])),
  };
}

/** The figures in the reply of INFO. */
export function memoryIn(info: string): PartitionStatistics['memory'] {
  const maxBytes = infoFigure(info, 'maxmemory');
  return { usedBytes: infoFigure(info, 'used_memory'), maxBytes: maxBytes === 0 ? undefined : maxBytes };
}

async function readGroup(
  connection: Link,
  keys: Keys,
  name: string,
  events: StreamInfo,
  replays: StreamInfo,
  nowMs: number,
): Promise<GroupStatistics> {
  const group = keys.group(name);
  const [oldestId, retries, parkedSets, waiting, heads, inherited, deadLetters, consumers, retired] = await Promise.all(
    [
      oldestUnfinished(connection, events, name),
      connection.tryOnce((redis) => redis.hlen(group.scheduledRetries)),
      countParkedSets(connection, group),
      connection.tryOnce((redis) => redis.zcard(group.waiting)),
      connection.tryOnce((redis) => redis.hlen(group.heads)),
      connection.tryOnce((redis) => redis.hlen(group.inherited)),
      connection.tryOnce((redis) => redis.hlen(group.dead)),
      connection.tryOnce((redis) => redis.zcount(group.alive, nowMs - aliveMs, '+inf')),
      connection.tryOnce((redis) => redis.hexists(group.state, 'retiredAt')),
    ],
  );
  const parked = sumOf(parkedSets);
  const pending = ({ groups }: StreamInfo) => Number(groups.get(name)?.pending ?? 0);
  return {
    group: name,
    pending: pending(events),
    lag: lagOf(events, name),
    oldestUnfinishedMs: oldestId === undefined ? undefined : Math.max(0, Math.round(nowMs - msOf(oldestId))),
    // A delivery that waits has a retry a moment later.
    scheduled: Math.max(0, retries - parked - waiting),
    parked,
    parkedVersions: parkedCounts(parkedSets),
    waiting,
    // The others are counted in the parent partition.
    keyQueues: Math.max(0, heads - inherited),
    deadLetters,
    replayPending: pending(replays),
    replayLag: lagOf(replays, name),
    consumers,
    retired: retired === 1,
  };
}

/** The oldest pending entry of the group, else the first unread one. */
async function oldestUnfinished(
  connection: Link,
  { key, groups }: StreamInfo,
  name: string,
): Promise<string | undefined> {
  const info = groups.get(name);
  if (info === undefined) return undefined;
  if (Number(info.pending) > 0) {
    const [, oldest] = (await connection.tryOnce((redis) => redis.xpending(key, name))) as [number, string | null];
    if (oldest !== null) return oldest;
  }
  const unread = await connection.tryOnce((redis) =>
    redis.xrange(key, `(${info['last-delivered-id']}`, '+', 'COUNT', 1),
  );
  return unread[0]?.[0];
}

/**
 * Number of entries that were not delivered to the group yet. Redis cannot compute it after XDEL, and includes entries that
 * were trimmed unread. It is certain only if no entry was delivered (all entries) or the last one was delivered (0).
 */
function lagOf({ statistics, groups }: StreamInfo, name: string): number | 'unknown' {
  const info = groups.get(name);
  const { firstId, lastId, length } = statistics;
  if (firstId === undefined || lastId === undefined) return 0;
  const last = info?.['last-delivered-id'] ?? '0-0';
  if (compareStreamIds(last, firstId) < 0) return length;
  if (compareStreamIds(last, lastId) >= 0) return 0;
  const lag = info?.lag ?? '';
  return lag === '' || Number(lag) > length ? 'unknown' : Number(lag);
}

function msOf(streamId: string): number {
  return Number(streamId.split('-')[0]);
}

function isoOf(streamId: string | undefined): string | undefined {
  return streamId === undefined ? undefined : new Date(msOf(streamId)).toISOString();
}
