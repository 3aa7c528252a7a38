import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Redis } from '../connection/client.js';
import type { EncodedInput } from '../connection/define-script.js';
import type { ScriptArgument } from '../connection/script.js';
import type { PartitionMap } from '../partitions/partition-map.js';
import type { Keys } from '../store/keys.js';

/** The partition map by which events are routed. */
export type RoutedBy = Pick<PartitionMap, 'epoch' | 'count'>;

/** Input of one call of the publish scripts. */
export interface PublishCall {
  readonly keys: Keys;
  /** Key of the publisher's ring. */
  readonly ring: string;
  readonly token: string;
  readonly slot: number;
  /** The partition map by which the events were routed. */
  readonly map: RoutedBy;
  /** Time from which Redis refuses the call, in Redis's milliseconds. */
  readonly expiresAt: number;
  /** New time to live of the ring, in milliseconds; 0: unchanged. */
  readonly ringTtlMs: number;
  /** Number of events in `units`. */
  readonly count: number;
  readonly units: readonly { readonly events: readonly PreparedEvent[] }[];
  /**
   * For the script that counts its writes: number of entries that other publishers have added, or `any` to accept any number.
   * Undefined for the script that does not count.
   */
  readonly others: number | 'any' | undefined;
}

/**
 * Keys and arguments of a call. After the named arguments follow the envelopes, and if one of the events has an explicit id
 * or an idempotency key:
 * - number of id hashes, their minimum time to live in ms, all ids to store in them as one text
 * - number of runs (consecutive events whose ids are stored in one hash), then of each: index of the hash, first and last event
 * - for each key that remembers an event: index of the event, its id, time to live in ms
 *
 * For the script that counts its writes, `~` and the number of entries of other publishers follow. After the named keys follow
 * the hashes, then the keys. Indexes of events start at 1, indexes of hashes at 0.
 */
export function publishCall(call: PublishCall): EncodedInput {
  const { keys, units, others, map } = call;
  const args: ScriptArgument[] = [
    ...[call.token, call.slot, map.epoch, map.count],
    ...[call.expiresAt, call.ringTtlMs, call.count],
  ];
  const hashes = new Map<string, number>();
  const runs: Run[] = [];
  let ids = '';
  let longestMs = 0;
  const ownKeys: string[] = [];
  const remembered: ScriptArgument[] = [];
  let index = 0;
  for (const { events } of units) {
    for (const event of events) {
      index += 1;
      args.push(event.json);
      const { id, explicitId, idTime, idempotencyKey, idempotencyTtlMs } = event;
      if (!explicitId && idempotencyKey === undefined) continue;
      if (idTime !== undefined) {
        extend(runs, hashIndexOf(keys.ids(idTime), hashes), index);
        ids += id;
        longestMs = Math.max(longestMs, idempotencyTtlMs);
      } else if (explicitId) {
        ownKeys.push(keyOfId(keys, id));
        remembered.push(index, id, idempotencyTtlMs);
      }
      if (idempotencyKey !== undefined) {
        ownKeys.push(keyOfPublish(keys, event, idempotencyKey));
        remembered.push(index, id, idempotencyTtlMs);
      }
    }
  }
  const named = [keys.events, call.ring, keys.partition];
  if (ids === '' && remembered.length === 0 && others === undefined) return { keys: named, args };
  args.push(hashes.size, longestMs, ids, runs.length);
  for (const { hash, first, last } of runs) args.push(hash, first, last);
  const all = args.concat(remembered);
  if (others !== undefined) all.push(others === 'any' ? '~' : `~${others}`);
  return { keys: [...named, ...hashes.keys(), ...ownKeys], args: all };
}

/**
 * Reads what Redis remembers, outside the stream, about an event with an explicit id or an idempotency key:
 * `=<event id>@<stream id>`; undefined if nothing.
 */
export async function readRemembered(redis: Redis, keys: Keys, event: PreparedEvent): Promise<string | undefined> {
  const { id, explicitId, idTime, idempotencyKey } = event;
  if (idTime !== undefined) {
    const streamId = await redis.hget(keys.ids(idTime), id);
    if (streamId !== null) return `=${id}@${streamId}`;
  } else if (explicitId) {
    const word = await redis.get(keyOfId(keys, id));
    if (word !== null) return word;
  }
  if (idempotencyKey === undefined) return undefined;
  return (await redis.get(keyOfPublish(keys, event, idempotencyKey))) ?? undefined;
}

function keyOfId(keys: Keys, id: string): string {
  return keys.idempotency(`event:${id}`);
}

/** Events of two partition keys do not share idempotency keys, also if they are in one partition: their number may change. */
function keyOfPublish(keys: Keys, { tenantId, partitionKey }: PreparedEvent, idempotencyKey: string): string {
  const kind = partitionKey === tenantId ? 'tenant' : 'ordering';
  return keys.idempotency(`${kind}:${encodeURIComponent(partitionKey)}:${idempotencyKey}`);
}

/** Consecutive events whose ids are stored in one hash. */
interface Run {
  /** Index of the hash after the named keys. */
  readonly hash: number;
  readonly first: number;
  last: number;
}

/** Maximum number of events in a run: limits the number of arguments of one Lua call. */
const longestRun = 1_000;

function extend(runs: Run[], hash: number, index: number): void {
  const run = runs.at(-1);
  const continues = run !== undefined && run.hash === hash && run.last === index - 1;
  if (continues && index - run.first < longestRun) run.last = index;
  else runs.push({ hash, first: index, last: index });
}

/** Index of a hash after the named keys. */
function hashIndexOf(hash: string, hashes: Map<string, number>): number {
  let index = hashes.get(hash);
  if (index === undefined) {
    index = hashes.size;
    hashes.set(hash, index);
  }
  return index;
}
