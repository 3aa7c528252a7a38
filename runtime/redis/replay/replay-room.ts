import { compareStreamIds } from '../../event/stream-id.js';
import type { Replay, ReplayPlan } from '../../operate/replay.js';
import type { Link } from '../connection/link.js';
import type { MemoryFigures } from '../connection/memory-guard.js';
import { fieldsOf, type Keys } from '../store/keys.js';
import { streamIdOfPrefix } from '../store/replay-entry.js';
import { takeBackReplayScript, trimReplayScript } from './replay.lua.js';

/** Maximum number of unfinished entries in the replay stream: replays wait until groups have handled some. */
const mostEntries = 10_000;
/** Maximum size of these entries, in bytes. */
const mostBytes = 16 * 1024 * 1024;
/** Maximum share of Redis's `maxmemory` for these entries, if that is less. */
const mostShare = 0.1;
/** Number of entries that one step of {@link takeBackReplay} reads. */
const takeBackStep = 50;
const lastSequence = '18446744073709551615';

/** The target groups of a replay. */
export function targetsOf({ groups, handlers }: ReplayPlan): readonly string[] {
  return [...new Set([...groups, ...handlers.map(({ group }) => group)])];
}

/** Records the target groups of a replay before its first entry is written: entries that they have not handled are not trimmed. */
export async function noteTargets(connection: Link, keys: Keys, plan: ReplayPlan): Promise<void> {
  const fields = targetsOf(plan).flatMap((name) => [name, String(Math.floor(connection.now()))]);
  if (fields.length > 0) await connection.ask((redis) => redis.hset(keys.replayTargets, ...fields));
}

/** Removes handled entries from the replay stream. @returns Number of remaining entries. */
export async function trimReplays(connection: Link, keys: Keys): Promise<number> {
  const names = await connection.ask((redis) => redis.hkeys(keys.replayTargets));
  const retired = await Promise.all(
    names.map((name) => connection.ask((redis) => redis.hexists(keys.group(name).state, 'retiredAt'))),
  );
  const waitingFor = names.filter((_, index) => retired[index] === 0);
  return connection.ask(trimReplayScript.call({ stream: keys.replay, groups: waitingFor }));
}

/** Limits the replay stream, so that replays never use the memory that publishing needs. */
export class ReplayRoom {
  readonly #memory: MemoryFigures;
  /** Moving average of the event size in all replays of this process, in bytes. */
  #averageBytes = 0;

  constructor(memory: MemoryFigures) {
    this.#memory = memory;
  }

  /** Updates the average size with a written page. */
  wrote(page: PageEvents): void {
    const bytes = averageOf(page);
    this.#averageBytes = this.#averageBytes === 0 ? bytes : (this.#averageBytes + bytes) / 2;
  }

  /** Whether a page may be added to a stream with this number of entries. An empty stream always has room for one page. */
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
 * Removes the entries of a cancelled replay that none of its groups has read from the replay stream. This is the last step of
 * cancelling: if the process dies before the end, the remaining entries are delivered.
 */
export async function takeBackReplay(connection: Link, keys: Keys, { jobId, plan }: Replay): Promise<void> {
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
    const record = keys.replayRecordPrefix + jobId;
    const ids = own.map(({ id }) => id);
    const cursor = idBefore(first.streamId);
    const call = takeBackReplayScript.call({ record, stream: keys.replay, cursor, groups: targets, ids });
    // If a group has read one of these entries, all earlier ones were read too.
    if ((await connection.ask(call)) === 0) return;
  }
}

/** The last entry of the replay stream that was delivered to any of the target groups. */
async function lastDelivered(connection: Link, keys: Keys, targets: readonly string[]): Promise<string> {
  const exists = await connection.ask((redis) => redis.exists(keys.replay));
  if (exists === 0) return '0-0';
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
