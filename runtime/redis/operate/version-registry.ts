import { matchesPattern } from '../../event/pattern.js';
import type {
  EventVersions,
  MajorVersion,
  ParkedVersion,
  PublishedVersion,
  VersionPublisher,
  VersionReader,
  VersionRegistry,
} from '../../operate/versions.js';
import type { Link } from '../connection/link.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { countPublished } from '../statistics/count-published.js';
import { countParkedSets } from '../statistics/parked-sets.js';
import { aliveMs } from '../statistics/snapshot.js';
import type { Keys } from '../store/keys.js';
import { parseObject } from '../store/scheduled-retry.js';
import { type RegisteredConsumer, registeredConsumers } from './registered-consumers.js';

/** Maximum time for counting published events, in milliseconds; if some are left, `uncounted` is not known. */
const countLimitMs = 2_000;
const hourMs = 60 * 60 * 1000;
/** The current hour and the complete ones before it. */
const hours = 25;

type Found = {
  -readonly [Name in keyof EventVersions]: EventVersions[Name] extends readonly (infer Item)[] ? Item[] : string;
};

/** Reads the registry: a few calls for each group in each partition, and the counters of a day. */
export async function readVersionRegistry(partitions: Partitions): Promise<VersionRegistry> {
  const [consumers, registered] = await Promise.all([registeredConsumers(partitions), partitions.each(registeredIn)]);
  const { publishers, published, counted, parked } = mergedParts(registered);
  const found = new Map<string, Found>();
  const of = (type: string): Found => {
    const known = found.get(type);
    if (known !== undefined) return known;
    const none: Found = { type, readers: [], publishers: [], published: [], lastDay: [], parked: [] };
    found.set(type, none);
    return none;
  };
  for (const { type, publisher } of publishers) of(type).publishers.push(publisher);
  for (const { type, version } of published) of(type).published.push(version);
  for (const { type, major, count } of counted) of(type).lastDay.push({ major, count });
  for (const { type, version } of parked) of(type).parked.push(version);
  const sorted = [...consumers].sort(byGroup);
  for (const consumer of sorted) {
    for (const read of consumer.reads ?? []) of(read.type).readers.push(readerOf(consumer, read));
  }
  // A process with an earlier runtime may read every type that its handlers' patterns match.
  for (const consumer of sorted.filter(({ reads }) => reads === undefined)) {
    for (const { type, readers } of found.values()) {
      const mayRead = consumer.handlers.some(({ pattern }) => matchesPattern(pattern, type));
      if (mayRead) readers.push(readerOf(consumer, { version: undefined, older: [] }));
    }
  }
  return {
    at: new Date(partitions.first.connection.now()).toISOString(),
    events: [...found.values()].sort((a, b) => (a.type < b.type ? -1 : 1)),
    uncounted: registered.every(({ isCounted }) => isCounted)
      ? sum(registered.map((each) => each.uncounted))
      : 'unknown',
    unlistedAt: registered
      .flatMap(({ unlistedAt }) => unlistedAt ?? [])
      .sort()
      .at(-1),
  };
}

/** What the registry reads in one partition, apart from the processes that handle events. */
interface Registered {
  readonly publishers: readonly { readonly type: string; readonly publisher: VersionPublisher }[];
  readonly published: readonly { readonly type: string; readonly version: PublishedVersion }[];
  readonly unlistedAt: string | undefined;
  readonly counted: readonly { readonly type: string; readonly major: MajorVersion; readonly count: number }[];
  readonly uncounted: number;
  /** Whether all published events are counted. */
  readonly isCounted: boolean;
  readonly parked: readonly { readonly type: string; readonly version: ParkedVersion }[];
}

async function registeredIn({ connection, keys }: Partition): Promise<Registered> {
  await connection.ask(() => connection.readClock());
  const isCounted = await connection.ask(() => countPublished(connection, keys, { limitMs: countLimitMs }));
  const [publishers, published, counted, parked] = await Promise.all([
    readPublishers(connection, keys),
    readPublished(connection, keys),
    readCounted(connection, keys),
    readParked(connection, keys),
  ]);
  const { versions, unlistedAt } = published;
  const { versions: counts, uncounted } = counted;
  return { publishers, published: versions, unlistedAt, counted: counts, uncounted, isCounted, parked };
}

/** The same of all partitions: counts add up; of a process or service that several partitions know, the latest time counts. */
function mergedParts(
  registered: readonly Registered[],
): Pick<Registered, 'publishers' | 'published' | 'counted' | 'parked'> {
  return {
    publishers: merged(
      registered.flatMap(({ publishers }) => publishers),
      ({ type, publisher }) => [type, publisher.publisher, publisher.version],
      (a, b) => (b.publisher.sinceHeartbeatMs < a.publisher.sinceHeartbeatMs ? b : a),
    ),
    published: merged(
      registered.flatMap(({ published }) => published),
      ({ type, version }) => [type, version.version, version.service],
      (a, b) => (b.version.lastAt > a.version.lastAt ? b : a),
    ),
    counted: merged(
      registered.flatMap(({ counted }) => counted),
      ({ type, major }) => [type, String(major)],
      (a, b) => ({ ...a, count: a.count + b.count }),
    ),
    parked: merged(
      registered.flatMap(({ parked }) => parked),
      ({ type, version }) => [type, version.group, version.version],
      (a, b) => ({ ...a, version: { ...a.version, count: a.version.count + b.version.count } }),
    ),
  };
}

/** The items with equal keys as one item each, in the order of the first ones. */
function merged<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => readonly string[],
  merge: (a: Item, b: Item) => Item,
): readonly Item[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const known = byKey.get(key);
    byKey.set(key, known === undefined ? item : merge(known, item));
  }
  return [...byKey.values()];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

function byGroup(a: RegisteredConsumer, b: RegisteredConsumer): number {
  return a.group < b.group ? -1 : a.group > b.group ? 1 : a.consumer < b.consumer ? -1 : 1;
}

/**
 * The process as a reader of a type. A handler with a pattern gets events of types that its SDK does not define as
 * `UnknownEvent`, in any version: it is no reader of them.
 */
function readerOf(
  consumer: RegisteredConsumer,
  { version, older }: Pick<VersionReader, 'version' | 'older'>,
): VersionReader {
  const { group, consumer: name, host, pid, catalogHash, sinceHeartbeatMs } = consumer;
  return {
    group,
    consumer: name,
    host,
    pid,
    ...(catalogHash === undefined ? {} : { catalogHash }),
    version,
    older,
    sinceHeartbeatMs,
    alive: sinceHeartbeatMs <= aliveMs,
  };
}

async function readPublishers(
  connection: Link,
  keys: Keys,
): Promise<{ readonly type: string; readonly publisher: VersionPublisher }[]> {
  const [described, seen] = await connection.ask((redis) =>
    Promise.all([redis.hgetall(keys.publishers), redis.hgetall(keys.publishersSeen)]),
  );
  return Object.entries(described).flatMap(([name, json]) => {
    const { service, host, pid, catalogHash, publishes } = parseObject(json);
    const sinceHeartbeatMs = Math.max(0, Math.round(connection.now() - Number(seen[name] ?? 0)));
    const process = {
      service: String(service),
      publisher: name,
      host: String(host),
      pid: Number(pid),
      ...(typeof catalogHash === 'string' ? { catalogHash } : {}),
      sinceHeartbeatMs,
      alive: sinceHeartbeatMs <= aliveMs,
    };
    const versions = Object.entries(typeof publishes === 'object' && publishes !== null ? publishes : {});
    return versions.flatMap(([type, all]) =>
      (Array.isArray(all) ? all : []).map((version) => ({ type, publisher: { ...process, version: String(version) } })),
    );
  });
}

async function readPublished(
  connection: Link,
  keys: Keys,
): Promise<{
  readonly versions: readonly { readonly type: string; readonly version: PublishedVersion }[];
  readonly unlistedAt: string | undefined;
}> {
  const hash = await connection.ask((redis) => redis.hgetall(keys.published));
  const versions = Object.entries(hash).flatMap(([name, ms]) => {
    const [, type, version, service] = /^(.+)@([\d.]+) (.+)$/s.exec(name) ?? [];
    if (type === undefined || version === undefined || service === undefined || !/^\d{1,15}$/.test(ms)) return [];
    return [{ type, version: { service, version, lastAt: isoOf(ms) } }];
  });
  return { versions, unlistedAt: hash['+'] === undefined ? undefined : isoOf(hash['+']) };
}

async function readCounted(
  connection: Link,
  keys: Keys,
): Promise<{
  readonly versions: readonly { readonly type: string; readonly major: MajorVersion; readonly count: number }[];
  readonly uncounted: number;
}> {
  const now = connection.now();
  const counters = Array.from({ length: hours }, (_, index) => keys.counters(now - index * hourMs));
  const [totals, versions] = await Promise.all([
    connection.ask((redis) => Promise.all(counters.map(({ hour }) => redis.hgetall(hour)))),
    connection.ask((redis) => Promise.all(counters.map((each) => redis.hgetall(each.versions)))),
  ]);
  let published = 0;
  for (const hour of totals) {
    for (const [field, count] of Object.entries(hour)) if (field.startsWith('p|')) published += Number(count);
  }
  const sums = new Map<string, number>();
  let counted = 0;
  for (const hour of versions) {
    for (const [field, count] of Object.entries(hour)) {
      if (field === '#' || field === '+') continue;
      counted += Number(count);
      sums.set(field, (sums.get(field) ?? 0) + Number(count));
    }
  }
  const found = [...sums].flatMap(([field, count]) => {
    const [type = '', major = ''] = field.split('@');
    return type === '*' ? [] : [{ type, major: major === '?' ? ('unknown' as const) : Number(major), count }];
  });
  return { versions: found, uncounted: Math.max(0, published - counted) };
}

async function readParked(
  connection: Link,
  keys: Keys,
): Promise<{ readonly type: string; readonly version: ParkedVersion }[]> {
  const groups = (await connection.ask((redis) => redis.hkeys(keys.groups))).sort();
  const found = new Map<string, { readonly type: string; readonly version: ParkedVersion }>();
  for (const name of groups) {
    const group = keys.group(name);
    for (const { count, ...set } of await connection.ask(() => countParkedSets(connection, group))) {
      const key = JSON.stringify([name, set.type, set.version]);
      const sum = count + (found.get(key)?.version.count ?? 0);
      if (sum > 0) found.set(key, { type: set.type, version: { group: name, version: set.version, count: sum } });
    }
  }
  return [...found.values()];
}

function isoOf(ms: string): string {
  return new Date(Number(ms)).toISOString();
}
