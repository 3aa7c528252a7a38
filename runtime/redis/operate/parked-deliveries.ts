import { EventBusError } from '../../errors.js';
import { positionOf } from '../../event/position.js';
import type { Actor, Page } from '../../operate/dead-letter.js';
import { notACursor, type ParkedDeliveries, type ParkedDelivery, type ParkedQuery } from '../../operate/parked.js';
import { opaqueId, partsOf } from '../../support/opaque-id.js';
import type { Link } from '../connection/link.js';
import { discardParkedScript } from '../maintain/parked.lua.js';
import { mergeSorted } from '../partitions/merge.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { countParkedSets, type ParkedSet, readParkedNames, sumOf } from '../statistics/parked-sets.js';
import { parseParkedName } from '../store/parked-name.js';
import { readScheduledRetry, type ScheduledRetry } from '../store/scheduled-retry.js';

/**
 * Location of a parked delivery: its group, the name of its set, its ref, when it was parked, in Redis's milliseconds, and its
 * partition.
 */
type Location = readonly [group: string, name: string, ref: string, atMs: number, partition: number];

/** A parked delivery, with its place in a list. */
interface Listed {
  readonly delivery: ParkedDelivery;
  readonly location: Location;
}

/** Parked deliveries in Redis: a discard is one script, so that only one of two concurrent operators succeeds. */
export class RedisParkedDeliveries implements ParkedDeliveries {
  readonly #partitions: Partitions;
  readonly #wake: (group: string) => void;

  /** @param wake Makes a group claim due retries now. */
  constructor(partitions: Partitions, wake: (group: string) => void) {
    this.#partitions = partitions;
    this.#wake = wake;
  }

  async count(): Promise<number> {
    const counts = await this.#partitions.each(({ connection, keys }) =>
      connection.ask(async () => {
        const groups = await connection.tryOnce((redis) => redis.hkeys(keys.groups));
        const sets = await Promise.all(groups.map((name) => countParkedSets(connection, keys.group(name))));
        return sumOf(sets.flat());
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async list({ limit = 50, cursor, group }: ParkedQuery = {}): Promise<Page<ParkedDelivery>> {
    const after = cursor === undefined ? undefined : locationOf(cursor);
    if (cursor !== undefined && after === undefined) throw notACursor();
    const items: ParkedDelivery[] = [];
    for (const name of group === undefined ? await this.#groups() : [group]) {
      if (after !== undefined && name < after[0]) continue;
      for (const set of await this.#sets(name)) {
        const isSameGroup = after !== undefined && name === after[0];
        if (isSameGroup && set.name < after[1]) continue;
        const here = isSameGroup && set.name === after[1] ? after : undefined;
        items.push(...(await this.#read(name, set, here, limit - items.length)));
        if (items.length >= limit) return { items, cursor: items.at(-1)?.id };
      }
    }
    return { items, cursor: undefined };
  }

  async get(id: string): Promise<ParkedDelivery | undefined> {
    return (await this.#find(id))?.delivery;
  }

  async discard(id: string, { actor, from = '', job }: Actor): Promise<void> {
    const found = await this.#find(id);
    if (found === undefined) {
      throw new EventBusError(
        'NOT_FOUND',
        `there is no parked delivery ${id}: a build has claimed it, or it was discarded`,
      );
    }
    const { delivery, partition, streamId, location } = found;
    const [group, name, ref] = location;
    const { connection, keys } = partition;
    const { handler, eventId, type, version, tenantId, correlationId, replayJobId } = delivery;
    const { due, ahead, scheduledRetries, claims, closed, heads, waiting } = keys.group(group);
    const detail = JSON.stringify({ eventId, type, version, tenantId, correlationId, replayJobId, job, parked: true });
    const call = discardParkedScript.call({
      set: due(name),
      ahead,
      retries: scheduledRetries,
      claims,
      closed,
      log: keys.log,
      heads,
      waiting,
      due: due(handler),
      ref,
      name,
      group,
      handler,
      streamId,
      detail,
      actor,
      origin: from,
    });
    const result = await this.#partitions.within(partition, () => connection.askOnce(call));
    if (result === 2) this.#wake(group);
    if (result === 0) {
      throw new EventBusError(
        'CONFLICT',
        `a build has just claimed parked delivery ${id}, or another operator has just discarded it`,
      );
    }
  }

  async #find(id: string): Promise<FoundDelivery | undefined> {
    const location = locationOf(id);
    if (location === undefined) return undefined;
    const [groupName, name, ref, atMs, index] = location;
    const parsed = parseParkedName(name);
    const partition = parsed === undefined ? undefined : await this.#partitions.at(index);
    if (parsed === undefined || partition === undefined) return undefined;
    const { due, scheduledRetries } = partition.keys.group(groupName);
    const [at, json] = await this.#partitions.within(partition, ({ connection }) =>
      connection.ask((redis) => Promise.all([redis.zscore(due(name), ref), redis.hget(scheduledRetries, ref)])),
    );
    // A delivery that was claimed and parked again has another time, and therefore another id.
    if (at === null || json === null || Number(at) !== atMs) return undefined;
    const retry = readScheduledRetry(ref, json);
    const delivery = deliveryOf(location, { name, ...parsed }, retry);
    return { delivery, partition, streamId: retry.streamId, location };
  }

  /** The groups of all partitions, sorted. */
  async #groups(): Promise<string[]> {
    const names = await this.#partitions.each(({ connection, keys }) =>
      connection.ask((redis) => redis.hkeys(keys.groups)),
    );
    return [...new Set(names.flat())].sort();
  }

  /** The sets that a group has in any partition, sorted by name. */
  async #sets(group: string): Promise<readonly ParkedSet[]> {
    const sets = await this.#partitions.each(({ connection, keys }) =>
      connection.ask(() => readParkedNames(connection, keys.group(group))),
    );
    const byName = new Map(sets.flat().map((set) => [set.name, set]));
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Reads one set of all partitions, the longest parked first. @param after The last delivery of the previous page. */
  async #read(
    group: string,
    set: ParkedSet,
    after: Location | undefined,
    limit: number,
  ): Promise<readonly ParkedDelivery[]> {
    const sources = (await this.#partitions.all()).map(
      (partition) => (last: Listed | undefined, most: number) =>
        this.#partitions.within(partition, ({ connection }) =>
          connection.ask(() => readSet(partition, group, set, last?.location ?? after, most)),
        ),
    );
    return (await mergeSorted(sources, isBefore, limit)).map(({ delivery }) => delivery);
  }
}

interface FoundDelivery extends Listed {
  readonly partition: Partition;
  /** The stream id in its partition. */
  readonly streamId: string;
}

/** Whether a delivery of a set comes before another one: by time, then by partition, then in the order of Redis. */
function isBefore({ location: [, , , aMs, a] }: Listed, { location: [, , , bMs, b] }: Listed): boolean {
  return aMs === bMs ? a < b : aMs < bMs;
}

/** Reads the deliveries of a set in one partition that come after `after`. */
async function readSet(
  { connection, keys, index }: Partition,
  groupName: string,
  set: ParkedSet,
  after: Location | undefined,
  limit: number,
): Promise<readonly Listed[]> {
  const group = keys.group(groupName);
  const key = group.due(set.name);
  let start = after === undefined ? 0 : await indexAfter(connection, key, after, index);
  const found: Listed[] = [];
  while (found.length < limit) {
    const count = limit - found.length;
    const pairs = await connection.tryOnce((redis) => redis.zrange(key, start, start + count - 1, 'WITHSCORES'));
    const refs = pairs.filter((_, at) => at % 2 === 0);
    if (refs.length === 0) break;
    const retries = await connection.tryOnce((redis) => redis.hmget(group.scheduledRetries, ...refs));
    refs.forEach((ref, at) => {
      const json = retries[at] ?? null;
      if (json === null) return;
      const location = [groupName, set.name, ref, Number(pairs[2 * at + 1]), index] as const;
      found.push({ delivery: deliveryOf(location, set, readScheduledRetry(ref, json)), location });
    });
    if (refs.length < count) break;
    start += refs.length;
  }
  return found;
}

/**
 * Index of the next delivery in the set of a partition. If the last one was removed: the first that was parked in its
 * millisecond or later, so that none is skipped. Uses the rank from the end, because the ACL permits only that command.
 */
async function indexAfter(
  connection: Link,
  key: string,
  [, , ref, atMs, partition]: Location,
  index: number,
): Promise<number> {
  // Deliveries of the same millisecond in earlier partitions were listed, those in later partitions were not.
  if (index !== partition) {
    const max = index < partition ? String(atMs) : `(${atMs}`;
    return connection.tryOnce((redis) => redis.zcount(key, '-inf', max));
  }
  const [fromEnd, size, before] = await connection.tryOnce((redis) =>
    Promise.all([redis.zrevrank(key, ref), redis.zcard(key), redis.zcount(key, '-inf', `(${atMs}`)]),
  );
  return fromEnd === null ? before : size - fromEnd;
}

function deliveryOf(location: Location, { handler, type, version }: ParkedSet, retry: ScheduledRetry): ParkedDelivery {
  const [group, , , atMs, partition] = location;
  const { eventId, tenantId, correlationId, replayJobId, streamId, envelope } = retry;
  return {
    id: idOf(location),
    group,
    handler,
    eventId,
    type,
    version,
    tenantId,
    correlationId,
    ...(replayJobId === undefined ? {} : { replayJobId }),
    parkedAt: new Date(atMs).toISOString(),
    streamId: positionOf(streamId, partition),
    envelope,
  };
}

/** Partition 0 is left out, as in a position. */
function idOf([group, name, ref, atMs, partition]: Location): string {
  return opaqueId(partition === 0 ? [group, name, ref, atMs] : [group, name, ref, atMs, partition]);
}

function locationOf(id: string): Location | undefined {
  const [group, name, ref, atMs, partition] =
    partsOf<Location>(id, ['', '', '', 0, 0]) ??
    partsOf<readonly [string, string, string, number]>(id, ['', '', '', 0]) ??
    [];
  if (group === undefined || name === undefined || ref === undefined || atMs === undefined) return undefined;
  return [group, name, ref, atMs, partition ?? 0];
}
