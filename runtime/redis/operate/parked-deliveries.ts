import { EventBusError } from '../../errors.js';
import type { Actor, Page } from '../../operate/dead-letter.js';
import { notACursor, type ParkedDeliveries, type ParkedDelivery, type ParkedQuery } from '../../operate/parked.js';
import { opaqueId, partsOf } from '../../support/opaque-id.js';
import type { Link } from '../connection/link.js';
import { discardParkedScript } from '../maintain/parked.lua.js';
import { countParkedSets, type ParkedSet, readParkedNames, sumOf } from '../statistics/parked-sets.js';
import type { Keys } from '../store/keys.js';
import { parseParkedName } from '../store/parked-name.js';
import { readScheduledRetry, type ScheduledRetry } from '../store/scheduled-retry.js';

/** Location of a parked delivery: its group, the name of its set, its ref, and when it was parked, in Redis's milliseconds. */
type Location = readonly [group: string, name: string, ref: string, atMs: number];

/** Parked deliveries in Redis: a discard is one script, so that only one of two concurrent operators succeeds. */
export class RedisParkedDeliveries implements ParkedDeliveries {
  readonly #connection: Link;
  readonly #keys: Keys;

  constructor(connection: Link, keys: Keys) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async count(): Promise<number> {
    return this.#connection.ask(async () => {
      const counts = await Promise.all(
        (await this.#groups()).map((name) => countParkedSets(this.#connection, this.#keys.group(name))),
      );
      return sumOf(counts.flat());
    });
  }

  async list({ limit = 50, cursor, group }: ParkedQuery = {}): Promise<Page<ParkedDelivery>> {
    const after = cursor === undefined ? undefined : locationOf(cursor);
    if (cursor !== undefined && after === undefined) throw notACursor();
    return this.#connection.ask(async () => {
      const items: ParkedDelivery[] = [];
      for (const name of group === undefined ? await this.#groups() : [group]) {
        if (after !== undefined && name < after[0]) continue;
        for (const set of await readParkedNames(this.#connection, this.#keys.group(name))) {
          const isBefore = after !== undefined && name === after[0] && set.name < after[1];
          if (isBefore) continue;
          const here = after !== undefined && name === after[0] && set.name === after[1] ? after : undefined;
          items.push(...(await this.#read(name, set, here, limit - items.length)));
          if (items.length >= limit) return { items, cursor: items.at(-1)?.id };
        }
      }
      return { items, cursor: undefined };
    });
  }

  async get(id: string): Promise<ParkedDelivery | undefined> {
    const [group, name, ref, atMs] = locationOf(id) ?? [];
    const parsed = name === undefined ? undefined : parseParkedName(name);
    if (group === undefined || name === undefined || ref === undefined || parsed === undefined) return undefined;
    const { due, scheduledRetries } = this.#keys.group(group);
    const [at, json] = await this.#connection.ask((redis) =>
      Promise.all([redis.zscore(due(name), ref), redis.hget(scheduledRetries, ref)]),
    );
    // A delivery that was claimed and parked again has another time, and therefore another id.
    if (at === null || json === null || Number(at) !== atMs) return undefined;
    return deliveryOf(group, { name, ...parsed }, ref, Number(at), readScheduledRetry(ref, json));
  }

  async discard(id: string, { actor, from = '', job }: Actor): Promise<void> {
    const parked = await this.get(id);
    const [group, name, ref] = locationOf(id) ?? [];
    if (parked === undefined || group === undefined || name === undefined || ref === undefined) {
      throw new EventBusError(
        'NOT_FOUND',
        `there is no parked delivery ${id}: a build has claimed it, or it was discarded`,
      );
    }
    const { handler, streamId, eventId, type, version, tenantId, correlationId, replayJobId } = parked;
    const { due, ahead, scheduledRetries, claims, closed } = this.#keys.group(group);
    const detail = JSON.stringify({ eventId, type, version, tenantId, correlationId, replayJobId, job, parked: true });
    const call = discardParkedScript.call({
      set: due(name),
      ahead,
      retries: scheduledRetries,
      claims,
      closed,
      log: this.#keys.log,
      ref,
      name,
      group,
      handler,
      streamId,
      detail,
      actor,
      origin: from,
    });
    if ((await this.#connection.askOnce(call)) !== 1) {
      throw new EventBusError(
        'CONFLICT',
        `a build has just claimed parked delivery ${id}, or another operator has just discarded it`,
      );
    }
  }

  async #groups(): Promise<string[]> {
    return (await this.#connection.tryOnce((redis) => redis.hkeys(this.#keys.groups))).sort();
  }

  /** Reads one set, the longest parked first. @param after The last delivery of the previous page; undefined for the first. */
  async #read(
    groupName: string,
    set: ParkedSet,
    after: Location | undefined,
    limit: number,
  ): Promise<ParkedDelivery[]> {
    const group = this.#keys.group(groupName);
    const key = group.due(set.name);
    const start = after === undefined ? 0 : await this.#indexAfter(key, after);
    const pairs = await this.#connection.tryOnce((redis) => redis.zrange(key, start, start + limit - 1, 'WITHSCORES'));
    const refs = pairs.filter((_, index) => index % 2 === 0);
    if (refs.length === 0) return [];
    const retries = await this.#connection.tryOnce((redis) => redis.hmget(group.scheduledRetries, ...refs));
    return refs.flatMap((ref, index) => {
      const json = retries[index] ?? null;
      if (json === null) return [];
      return [deliveryOf(groupName, set, ref, Number(pairs[2 * index + 1]), readScheduledRetry(ref, json))];
    });
  }

  /**
   * Index of the next delivery in a set. If the last one was removed: the first that was parked in its millisecond or later,
   * so that none is skipped. Uses the rank from the end, because the ACL permits only that command.
   */
  async #indexAfter(key: string, [, , ref, atMs]: Location): Promise<number> {
    const [fromEnd, size, before] = await this.#connection.tryOnce((redis) =>
      Promise.all([redis.zrevrank(key, ref), redis.zcard(key), redis.zcount(key, '-inf', `(${atMs}`)]),
    );
    return fromEnd === null ? before : size - fromEnd;
  }
}

function deliveryOf(
  group: string,
  { name, handler, type, version }: ParkedSet,
  ref: string,
  atMs: number,
  retry: ScheduledRetry,
): ParkedDelivery {
  const { eventId, tenantId, correlationId, replayJobId, streamId, envelope } = retry;
  return {
    id: opaqueId([group, name, ref, atMs]),
    group,
    handler,
    eventId,
    type,
    version,
    tenantId,
    correlationId,
    ...(replayJobId === undefined ? {} : { replayJobId }),
    parkedAt: new Date(atMs).toISOString(),
    streamId,
    envelope,
  };
}

function locationOf(id: string): Location | undefined {
  return partsOf<Location>(id, ['', '', '', 0]);
}
