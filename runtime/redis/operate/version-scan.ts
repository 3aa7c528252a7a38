import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { VersionCount, VersionPlace, VersionScan, VersionScanQuery } from '../../operate/versions.js';
import { opaqueId, partsOf } from '../../support/opaque-id.js';
import type { Link } from '../connection/link.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import type { Keys } from '../store/keys.js';
import { type ScannedCount, scanRetriesScript, scanStreamScript } from './version-scan.lua.js';

/** Maximum number of entries and bytes of one call, which takes about 2 ms. */
const stepEntries = 500;
const stepBytes = 1024 * 1024;
/** First and maximum number of retries of one call: HSCAN cannot be limited by size. */
const firstRetries = 16;
const maxRetries = 512;
/** A scan uses about one part in this many of Redis's time. */
const share = 4;

/**
 * Position of a scan: what it reads now, the group for retries, the position in it, the number of what was read before, and
 * the partition.
 */
type Position = readonly [place: string, group: string, at: string, scanned: number, partition: number];

const firstPosition: Position = ['events', '', '0-0', 0, 0];

/** What a scan reads, in the order in which an event moves: from the stream to a retry, then to a dead letter. */
const places = ['events', 'replay', 'retries', 'dlq'] as const;

/** Reads one part of a scan, which reads the partitions one after the other. */
export async function scanVersions(
  partitions: Partitions,
  { type = '', cursor, limitMs = 1_000 }: VersionScanQuery,
): Promise<VersionScan> {
  const end = performance.now() + limitMs;
  const found = new Map<string, VersionCount>();
  let position: Position | undefined = cursor === undefined ? firstPosition : cursorPosition(cursor);
  let scanned = position[3];
  // At least one step, so that a scan ends however short its parts are.
  do {
    const partition = await partitions.at(position[4]);
    if (partition === undefined) break;
    const start: Position = position;
    const next = await partitions.within(partition, () => scanPartition(partition, type, found, start, end));
    scanned = next.scanned;
    position = next.position ?? ['events', '', '0-0', scanned, partition.index + 1];
  } while (performance.now() < end);
  const isComplete = (await partitions.at(position[4])) === undefined;
  const total = (await partitions.each(totalIn)).reduce((sum, size) => sum + size, 0);
  return {
    found: [...found.values()],
    cursor: isComplete ? undefined : opaqueId(position),
    scanned: isComplete ? total : scanned,
    total,
  };
}

/** Reads a partition until its end, or until `end`. `position` is undefined at its end. */
async function scanPartition(
  { connection, keys, index }: Partition,
  type: string,
  found: Map<string, VersionCount>,
  start: Position,
  end: number,
): Promise<{ readonly position: Position | undefined; readonly scanned: number }> {
  const groups = (await connection.ask((redis) => redis.hkeys(keys.groups))).sort();
  const retired = await retiredGroups(connection, keys, groups);
  const source: Source = { connection, keys, groups, retired, type, found, retries: firstRetries };
  let [place, group, at, scanned]: Position = start;
  do {
    const calledAt = performance.now();
    const step = await scanStep(source, [place, group, at, scanned, index]);
    if (step.next === undefined) return { position: undefined, scanned: step.scanned };
    [place, group, at] = step.next;
    scanned = step.scanned;
    await sleep((performance.now() - calledAt) * (share - 1), undefined, { ref: false });
  } while (performance.now() < end);
  return { position: [place, group, at, scanned, index], scanned };
}

/** What the steps of one part have in common. */
interface Source {
  readonly connection: Link;
  readonly keys: Keys;
  readonly groups: readonly string[];
  readonly retired: readonly string[];
  readonly type: string;
  readonly found: Map<string, VersionCount>;
  /** Number of retries in the next call. */
  retries: number;
}

/** One step of a scan: the number of what was read, and where to go on; undefined at the end of the partition. */
interface Step {
  readonly scanned: number;
  readonly next: readonly [place: string, group: string, at: string] | undefined;
}

/** Counts one step of entries or retries. */
function scanStep(source: Source, position: Position): Promise<Step> {
  return position[0] === 'retries' ? scanRetries(source, position) : scanStream(source, position);
}

async function scanStream(
  { connection, keys, groups, retired, type: only, found }: Source,
  [kind, , from, scanned]: Position,
): Promise<Step> {
  const stream = kind === 'events' ? keys.events : kind === 'replay' ? keys.replay : keys.dlq;
  const limits = { limit: stepEntries, maxBytes: stepBytes };
  const call = scanStreamScript.call({ stream, kind, after: from, ...limits, only, retired });
  const [last, isEnd, count, counts] = await connection.ask(call);
  for (const each of counts) add(found, each, retired);
  return { scanned: scanned + count, next: isEnd === 1 ? after(kind, groups) : [kind, '', last] };
}

async function scanRetries(source: Source, [kind, group, at, scanned]: Position): Promise<Step> {
  const { connection, keys, groups, retired, type: only, found, retries: limit } = source;
  const retries = keys.group(group).scheduledRetries;
  const [next, count, bytes, counts] = await connection.ask(
    scanRetriesScript.call({ retries, group, at, limit, only }),
  );
  for (const each of counts) add(found, each, retired);
  source.retries = bytes > stepBytes / 2 ? Math.max(1, limit >> 1) : Math.min(maxRetries, limit * 2);
  return { scanned: scanned + count, next: next === '0' ? afterGroup(groups, group) : [kind, group, next] };
}

/** Where to go on after the end of a place; undefined at the end of the partition. */
function after(place: string, groups: readonly string[]): Step['next'] {
  if (place === 'events') return ['replay', '', '0-0'];
  return place === 'replay' ? afterGroup(groups, '') : undefined;
}

function afterGroup(groups: readonly string[], group: string): Step['next'] {
  const next = groups.find((name) => name > group);
  return next === undefined ? ['dlq', '', '0-0'] : ['retries', next, '0'];
}

async function retiredGroups(connection: Link, keys: Keys, groups: readonly string[]): Promise<string[]> {
  const states = await connection.ask((redis) =>
    Promise.all(groups.map((name) => redis.hexists(keys.group(name).state, 'retiredAt'))),
  );
  return groups.filter((_, index) => states[index] === 1);
}

/** Number of all entries, retries and dead letters of a partition. */
async function totalIn({ connection, keys }: Partition): Promise<number> {
  const groups = await connection.ask((redis) => redis.hkeys(keys.groups));
  const sizes = await connection.ask((redis) =>
    Promise.all([
      ...[keys.events, keys.replay, keys.dlq].map((stream) => redis.xlen(stream)),
      ...groups.map((name) => redis.hlen(keys.group(name).scheduledRetries)),
    ]),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function add(
  found: Map<string, VersionCount>,
  [type, major, place, group, count, lastId]: ScannedCount,
  retired: readonly string[],
): void {
  const key = JSON.stringify([type, major, place, group]);
  // The same place of another partition may have newer entries.
  const last = [
    found.get(key)?.lastAt ?? '',
    lastId === '' ? '' : new Date(Number(lastId.split('-')[0])).toISOString(),
  ];
  const lastAt = last.sort().at(-1) ?? '';
  found.set(key, {
    type,
    major: major === '?' ? 'unknown' : Number(major),
    place: place as VersionPlace,
    ...(group === '' ? {} : { group }),
    ...(retired.includes(group) ? { retired: true } : {}),
    count: (found.get(key)?.count ?? 0) + count,
    ...(lastAt === '' ? {} : { lastAt }),
  });
}

function cursorPosition(cursor: string): Position {
  const position = partsOf<Position>(cursor, ['', '', '', 0, 0]);
  const [place = '', , at = ''] = position ?? [];
  const isPosition = place === 'retries' ? /^\d{1,20}$/ : /^\d{1,20}-\d{1,20}$/;
  if (position !== undefined && isPosition.test(at) && places.some((known) => known === place)) return position;
  throw new EventBusError('CONFIG_INVALID', 'versions.scan: cursor must be the cursor of the previous part');
}
