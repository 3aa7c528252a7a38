import { compareStreamIds } from '../../event/stream-id.js';
import type { Replay, ReplayPlan } from '../../operate/replay.js';
import type { MemoryGuard } from '../connection/memory-guard.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { fieldsOf, type Keys } from '../store/keys.js';
import { streamIdOfPrefix } from '../store/replay-entry.js';
import { takeBackReplayScript, trimReplayScript } from './replay.lua.js';

/** Entries of the replay stream that groups have not handled, at most: more are written once some are handled. */
const mostEntries = 10_000;
/** Their bytes at most. */
const mostBytes = 16 * 1024 * 1024;
/** Their share of Redis's `maxmemory` at most, where that is less. */
const mostShare = 0.1;
/** Entries that are read at once to be taken back. */
const takeBackStep = 50;
const lastSequence = '18446744073709551615';

/** The groups that a replay is for. */
export function targetsOf({ groups, handlers }: ReplayPlan): readonly string[] {
  return [...new Set([...groups, ...handlers.map(({ group }) => group)])];
}

/** Notes the groups that a replay is for, before anything of it is written: what they have not handled stays. */
export async function noteTargets(connection: RedisConnection, keys: Keys, plan: ReplayPlan): Promise<void> {
  const fields = targetsOf(plan).flatMap((name) => [name, String(Math.floor(connection.now()))]);
  if (fields.length > 0) await connection.ask((redis) => redis.hset(keys.replayTargets, ...fields));
}

/** Removes what was handled from the replay stream. @returns How many entries are left. */
export async function trimReplays(connection: RedisConnection, keys: Keys): Promise<number> {
  const names = await connection.ask((redis) => redis.hkeys(keys.replayTargets));
  const retired = await Promise.all(
    names.map((name) => connection.ask((redis) => redis.hexists(keys.group(name).state, 'retiredAt'))),
  );
  const waitingFor = names.filter((_, index) => retired[index] === 0);
  return Number(await connection.ask(() => connection.run(trimReplayScript, [keys.replay], waitingFor)));
}

/** Room in the replay stream: so much that replays never take the memory that publishing needs. */
export class ReplayRoom {
  readonly #memory: MemoryGuard;
  /** Bytes of an event on average, of those written last in all replays of this process. */
  #averageBytes = 0;

  constructor(memory: MemoryGuard) {
    this.#memory = memory;
  }

  /** Takes the size of what was written into account. */
  wrote(page: PageEvents): void {
    const bytes = averageOf(page);
    this.#averageBytes = this.#averageBytes === 0 ? bytes : (this.#averageBytes + bytes) / 2;
  }

  /** Whether a page may be written beside so many entries. An empty stream always has room for one. */
  isFree(entries: number, page: PageEvents): boolean {
    if (this.#memory.isHigh) return false;
    if (entries === 0) return true;
    const { maxBytes } = this.#memory;
    if (maxBytes === undefined) return false;
    const most = maxBytes === 0 ? mostBytes : Math.min(mostBytes, mostShare * maxBytes);
    const count = entries + page.length;
    return count <= mostEntries && count * Math.max(this.#averageBytes, averageOf(page)) <= most;
  }
}

type PageEvents = readonly { readonly json: string }[];

function averageOf(page: PageEvents): number {
  return page.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0) / Math.max(1, page.length);
}

/**
 * Takes what a cancelled replay has written and none of its groups was delivered back from the replay stream. It is a process's last
 * step of cancelling: where it dies in between, what is left is delivered, as it would have been.
 */
export async function takeBackReplay(connection: RedisConnection, keys: Keys, { jobId, plan }: Replay): Promise<void> {
  const targets = targetsOf(plan);
  let end = '+';
  for (;;) {
    const after = await lastDelivered(connection, keys, targets);
    const entries = await connection.ask((redis) =>
      redis.xrevrange(keys.replay, end, `(${after}`, 'COUNT', takeBackStep),
    );
    const last = entries.at(-1);
    if (last === undefined) return;
    end = `(${last[0]}`;
    const own = entries.flatMap(([id, fields]) => {
      const { b: prefix = '' } = fieldsOf(fields);
      return prefix.endsWith(`@${jobId}`) ? [{ id, streamId: streamIdOfPrefix(prefix) }] : [];
    });
    const first = own.at(-1);
    if (first === undefined) continue;
    const scriptKeys = [keys.replayRecordPrefix + jobId, keys.replay];
    const args = [idBefore(first.streamId), targets.length, ...targets, ...own.map(({ id }) => id)];
    // Once a group was delivered one of these, those before them were delivered too.
    if (Number(await connection.ask(() => connection.run(takeBackReplayScript, scriptKeys, args))) === 0) return;
  }
}

/** The last entry of the replay stream that any of some groups was delivered. */
async function lastDelivered(connection: RedisConnection, keys: Keys, targets: readonly string[]): Promise<string> {
  const isThere = await connection.ask((redis) => redis.exists(keys.replay));
  if (isThere === 0) return '0-0';
  const infos = (await connection.ask((redis) =>
    redis.xinfo('GROUPS', keys.replay),
  )) as readonly (readonly unknown[])[];
  const ids = infos
    .filter((info) => targets.includes(String(info[1])))
    .map((info) => String(info[info.indexOf('last-delivered-id') + 1]));
  return ids.reduce((newest, id) => (compareStreamIds(id, newest) > 0 ? id : newest), '0-0');
}

function idBefore(streamId: string): string {
  const [ms = '0', seq = '0'] = streamId.split('-');
  return seq === '0' ? `${BigInt(ms) - 1n}-${lastSequence}` : `${ms}-${BigInt(seq) - 1n}`;
}
