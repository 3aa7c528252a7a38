import { eventIdTime } from '../../event/ids.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Redis } from '../connection/client.js';
import type { ScriptArgument } from '../connection/script.js';
import type { Keys } from '../store/keys.js';

/** What one call of the publish scripts is of. */
export interface PublishCall {
  readonly keys: Keys;
  /** Key of the publisher's ring. */
  readonly ring: string;
  readonly token: string;
  readonly slot: number;
  /** Redis's clock, in milliseconds: from then on the call is refused. */
  readonly expiresAt: number;
  /** How long the ring is to live from now on; 0: as long as it does. */
  readonly ringTtlMs: number;
  /** How many events `units` have. */
  readonly count: number;
  readonly units: readonly { readonly events: readonly PreparedEvent[] }[];
  /**
   * For the script that counts what it writes: entries that others have added, `any` where that does not matter. Undefined for
   * the script that does not count.
   */
  readonly others: number | 'any' | undefined;
}

/** Keys and arguments of a call, as `scripts/publish.ts` says. */
export function publishCall(call: PublishCall): [keys: string[], args: ScriptArgument[]] {
  const { keys, units, others } = call;
  const args: ScriptArgument[] = [call.token, call.slot, call.expiresAt, call.ringTtlMs, call.count];
  const hashes = new Map<string, number>();
  const runs: Run[] = [];
  let ids = '';
  let longestMs = 0;
  const ownKeys: string[] = [];
  const rows: ScriptArgument[] = [];
  let index = 0;
  for (const { events } of units) {
    for (const event of events) {
      index += 1;
      args.push(event.json);
      const { id, explicitId, idempotencyKey, idempotencyTtlMs } = event;
      if (!explicitId && idempotencyKey === undefined) continue;
      const madeAt = explicitId ? eventIdTime(id) : undefined;
      if (madeAt !== undefined) {
        extend(runs, placeOf(keys.ids(madeAt), hashes), index);
        ids += id;
        longestMs = Math.max(longestMs, idempotencyTtlMs);
      } else if (explicitId) {
        ownKeys.push(keyOfId(keys, id));
        rows.push(index, id, idempotencyTtlMs);
      }
      if (idempotencyKey !== undefined) {
        ownKeys.push(keyOfTenant(keys, event.tenantId, idempotencyKey));
        rows.push(index, id, idempotencyTtlMs);
      }
    }
  }
  const streamAndRing = [keys.events, call.ring];
  if (ids === '' && rows.length === 0 && others === undefined) return [streamAndRing, args];
  args.push(hashes.size, longestMs, ids, runs.length);
  for (const { place, first, last } of runs) args.push(place, first, last);
  const all = args.concat(rows);
  if (others !== undefined) all.push(others === 'any' ? '~' : `~${others}`);
  return [[...streamAndRing, ...hashes.keys(), ...ownKeys], all];
}

/**
 * What Redis remembers of an event that was published under an id or a key, beside the stream:
 * `=<event id>@<stream id>`; undefined where nothing.
 */
export async function remembered(redis: Redis, keys: Keys, event: PreparedEvent): Promise<string | undefined> {
  const { id, explicitId, idempotencyKey, tenantId } = event;
  const madeAt = explicitId ? eventIdTime(id) : undefined;
  if (madeAt !== undefined) {
    const streamId = await redis.hget(keys.ids(madeAt), id);
    if (streamId !== null) return `=${id}@${streamId}`;
  } else if (explicitId) {
    const word = await redis.get(keyOfId(keys, id));
    if (word !== null) return word;
  }
  if (idempotencyKey === undefined) return undefined;
  return (await redis.get(keyOfTenant(keys, tenantId, idempotencyKey))) ?? undefined;
}

function keyOfId(keys: Keys, id: string): string {
  return keys.idempotency(`event:${id}`);
}

function keyOfTenant(keys: Keys, tenantId: string, idempotencyKey: string): string {
  return keys.idempotency(`tenant:${encodeURIComponent(tenantId)}:${idempotencyKey}`);
}

/** Events one after the other whose ids are remembered by one hash. */
interface Run {
  /** Of the hash in KEYS. */
  readonly place: number;
  readonly first: number;
  last: number;
}

/** Most events of a run: Lua hands so many arguments on in one call. */
const longestRun = 1_000;

function extend(runs: Run[], place: number, index: number): void {
  const run = runs.at(-1);
  const goesOn = run !== undefined && run.place === place && run.last === index - 1;
  if (goesOn && index - run.first < longestRun) run.last = index;
  else runs.push({ place, first: index, last: index });
}

/** Where a hash is in KEYS, after the stream and the ring. */
function placeOf(hash: string, hashes: Map<string, number>): number {
  let place = hashes.get(hash);
  if (place === undefined) {
    place = hashes.size + 3;
    hashes.set(hash, place);
  }
  return place;
}
