import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { VersionCount, VersionPlace, VersionScan, VersionScanQuery } from '../../operate/versions.js';
import { opaqueId, partsOf } from '../../support/opaque-id.js';
import type { Link } from '../connection/link.js';
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

/** Position of a scan: what it reads now, the group for retries, the position in it, the number of what was read before. */
type Position = readonly [place: string, group: string, at: string, scanned: number];

const firstPosition: Position = ['events', '', '0-0', 0];

/** What a scan reads, in the order in which an event moves: from the stream to a retry, then to a dead letter. */
const places = ['events', 'replay', 'retries', 'dlq'] as const;

/** Reads one part of a scan. */
export async function scanVersions(
  connection: Link,
  keys: Keys,
  { type = '', cursor, limitMs = 1_000 }: VersionScanQuery,
): Promise<VersionScan> {
  const end = performance.now() + limitMs;
  const groups = (await connection.ask((redis) => redis.hkeys(keys.groups))).sort();
  const retired = await retiredGroups(connection, keys, groups);
  const found = new Map<string, VersionCount>();
  const source: Source = { connection, keys, groups, retired, type, found, retries: firstRetries };
  let position: Position | undefined = cursor === undefined ? firstPosition : positionOf(cursor);
  // At least one step, so that a scan ends however short its parts are.
  do {
    const calledAt = performance.now();
    position = await scanStep(source, position);
    if (position !== undefined) await sleep((performance.now() - calledAt) * (share - 1), undefined, { ref: false });
  } while (position !== undefined && performance.now() < end);
  return {
    found: [...found.values()],
    cursor: position === undefined ? undefined : opaqueId(position),
    scanned: position?.[3] ?? (await totalOf(connection, keys, groups)),
    total: await totalOf(connection, keys, groups),
  };
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

/** Counts one step of entries or retries. Returns the position after it; undefined at the end of the scan. */
function scanStep(source: Source, position: Position): Promise<Position | undefined> {
  return position[0] === 'retries' ? scanRetries(source, position) : scanStream(source, position);
}

async function scanStream(
  { connection, keys, groups, retired, type: only, found }: Source,
  [kind, , from, scanned]: Position,
): Promise<Position | undefined> {
  const stream = kind === 'events' ? keys.events : kind === 'replay' ? keys.replay : keys.dlq;
  const limits = { limit: stepEntries, maxBytes: stepBytes };
  const call = scanStreamScript.call({ stream, kind, after: from, ...limits, only, retired });
  const [last, isEnd, count, counts] = await connection.ask(call);
  for (const each of counts) add(found, each, retired);
  return isEnd === 1 ? after(kind, groups, scanned + count) : [kind, '', last, scanned + count];
}

async function scanRetries(source: Source, [kind, group, at, scanned]: Position): Promise<Position> {
  const { connection, keys, groups, retired, type: only, found, retries: limit } = source;
  const retries = keys.group(group).scheduledRetries;
  const [next, count, bytes, counts] = await connection.ask(
    scanRetriesScript.call({ retries, group, at, limit, only }),
  );
  for (const each of counts) add(found, each, retired);
  source.retries = bytes > stepBytes / 2 ? Math.max(1, limit >> 1) : Math.min(maxRetries, limit * 2);
  return next === '0' ? afterGroup(groups, group, scanned + count) : [kind, group, next, scanned + count];
}

/** The position after the end of a place. */
function after(place: string, groups: readonly string[], scanned: number): Position | undefined {
  if (place === 'events') return ['replay', '', '0-0', scanned];
  return place === 'replay' ? afterGroup(groups, '', scanned) : undefined;
}

function afterGroup(groups: readonly string[], group: string, scanned: number): Position {
  const next = groups.find((name) => name > group);
  return next === undefined ? ['dlq', '', '0-0', scanned] : ['retries', next, '0', scanned];
}

async function retiredGroups(connection: Link, keys: Keys, groups: readonly string[]): Promise<string[]> {
  const states = await connection.ask((redis) =>
    Promise.all(groups.map((name) => redis.hexists(keys.group(name).state, 'retiredAt'))),
  );
  return groups.filter((_, index) => states[index] === 1);
}

async function totalOf(connection: Link, keys: Keys, groups: readonly string[]): Promise<number> {
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
  const ms = Number(lastId.split('-')[0]);
  found.set(key, {
    type,
    major: major === '?' ? 'unknown' : Number(major),
    place: place as VersionPlace,
    ...(group === '' ? {} : { group }),
    ...(retired.includes(group) ? { retired: true } : {}),
    count: (found.get(key)?.count ?? 0) + count,
    ...(lastId === '' ? {} : { lastAt: new Date(ms).toISOString() }),
  });
}

function positionOf(cursor: string): Position {
  const position = partsOf<Position>(cursor, ['', '', '', 0]);
  const [place = '', , at = ''] = position ?? [];
  const isPosition = place === 'retries' ? /^\d{1,20}$/ : /^\d{1,20}-\d{1,20}$/;
  if (position !== undefined && isPosition.test(at) && places.some((known) => known === place)) return position;
  throw new EventBusError('CONFIG_INVALID', 'versions.scan: cursor must be the cursor of the previous part');
}
