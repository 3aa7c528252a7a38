import { eventIdTime } from '../../event/ids.js';
import { compareStreamIds } from '../../event/stream-id.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Keys } from '../store/keys.js';
import { idsScript } from './ids.lua.js';

/** What the making of an id and its entry's time may differ by beside the publish deadline, in milliseconds. */
const slackMs = 5_000;
/** Entries of one call: a longer script would hold up other commands. */
const pageEntries = 1_000;
const pageBytes = 4 * 1024 * 1024;
/** Most events that are remembered; where more are written in the time that counts, they are read again. */
const maxRemembered = 300_000;
/** An id that is older than this is searched for by itself, in milliseconds. */
const recentMs = 60_000;

/** Who waits for an id. */
interface Wanted {
  readonly id: string;
  readonly madeAt: number;
  readonly resolve: (streamId: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** What this process knows of events that are to be published under ids. */
export interface Known {
  /** Stream ids of those that are in the stream, one an event. */
  readonly found: readonly (string | undefined)[];
  /** How many entries others had added by then: it holds while they add none. */
  readonly others: number;
}

/**
 * Finds out whether events are in the stream already, by their ids. An id contains the time when it was made, so that only the part of
 * the stream from there to the publish deadline counts. All who ask at a time share one read, and what was read stays
 * known: each entry is read once, however many publish again under their ids.
 *
 * While no other publisher writes to the stream, nothing is read at all: the script that publishes counts what this process has
 * written, and refuses where the stream has grown by more.
 */
export class WrittenEvents {
  readonly #connection: RedisConnection;
  readonly #stream: string;
  readonly #ring: string;
  readonly #deadlineMs: number;
  /** Event id → stream id of all entries from `#since` to `#until`, and of those that this process has written later. */
  readonly #known = new Map<string, string>();
  /** Milliseconds since 1970. */
  #since = Number.POSITIVE_INFINITY;
  #until = '0-0';
  /** Entries that others had added when all of the stream was known; undefined while it is not known, or they write often. */
  #others: number | undefined;
  /** How often everything was forgotten. */
  #generation = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #wanted: Wanted[] = [];
  #busy = false;

  /** @param ring Key of the ring of this process's publisher, which counts what it has written. */
  constructor(connection: RedisConnection, keys: Keys, ring: string, deadlineMs: number) {
    this.#connection = connection;
    this.#stream = keys.events;
    this.#ring = ring;
    this.#deadlineMs = deadlineMs;
  }

  /** Where events that were published under ids are, as far as that is known without a read; else undefined. */
  known(events: readonly PreparedEvent[]): Known | undefined {
    this.#askedAt = performance.now();
    const others = this.#others;
    if (others === undefined) return undefined;
    const found: (string | undefined)[] = [];
    for (const { id, explicitId } of events) {
      const madeAt = explicitId ? eventIdTime(id) : undefined;
      if (madeAt !== undefined && madeAt - slackMs < this.#since) return undefined;
      found.push(madeAt === undefined ? undefined : this.#known.get(id));
    }
    // Others may have written by now what is missing.
    const isPart = found.includes(undefined) && found.some((streamId) => streamId !== undefined);
    return isPart ? undefined : { found, others };
  }

  /** The stream id of an event; undefined when it is not there. Rejects with what ioredis throws. */
  find(id: string): Promise<string | undefined> {
    const madeAt = eventIdTime(id);
    // No time says where to look, and none of our publishes made it: its key in Redis is all there is.
    if (madeAt === undefined) return Promise.resolve(undefined);
    this.#askedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#wanted.push({ id, madeAt, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      // After every promise callback of this tick, so that all who ask in it share one read.
      process.nextTick(() => void this.#run());
    });
  }

  /** Whether ids are asked for, so that it is worth counting what is written. */
  get isActive(): boolean {
    return this.#askedAt > performance.now() - recentMs;
  }

  /** Notes what this process has written, in the order of Redis's replies. */
  wrote(id: string, streamId: string): void {
    this.#known.set(id, streamId);
  }

  /** Notes that all of the stream was known up to an entry: others had written nothing by then. */
  knewAllUntil(streamId: string): void {
    if (compareStreamIds(streamId, this.#until) > 0) this.#until = streamId;
    this.#forget(this.#connection.now() - recentMs - slackMs);
  }

  /** Others have written since: what they wrote is to be read. */
  othersWrote(): void {
    this.#others = undefined;
  }

  /** What was written is not certain any more. */
  forgetAll(): void {
    this.#generation += 1;
    this.#known.clear();
    this.#since = Number.POSITIVE_INFINITY;
    this.#others = undefined;
  }

  async #run(): Promise<void> {
    while (this.#wanted.length > 0) {
      const wanted = this.#wanted;
      this.#wanted = [];
      const oldest = this.#connection.now() - recentMs;
      const recent = wanted.filter(({ madeAt }) => madeAt >= oldest);
      const old = wanted.filter(({ madeAt }) => madeAt < oldest);
      await this.#answer(recent, () => this.#readRecent(recent));
      for (const group of byWindow(old, slackMs + this.#deadlineMs)) {
        await this.#answer(group, () => this.#readWindow(group));
      }
    }
    this.#busy = false;
  }

  async #answer(wanted: readonly Wanted[], read: () => Promise<ReadonlyMap<string, string>>): Promise<void> {
    if (wanted.length === 0) return;
    try {
      const found = await read();
      for (const { id, resolve } of wanted) resolve(found.get(id));
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }

  /** Reads what was written since all of the stream was known, and before it where an id is older. */
  async #readRecent(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, string>> {
    const from = Math.min(...wanted.map(({ madeAt }) => madeAt)) - slackMs;
    // What lies between what was read long ago and the ids is of no use.
    if (from > Number(this.#until.split('-')[0])) this.forgetAll();
    const isFirst = this.#since === Number.POSITIVE_INFINITY;
    if (isFirst) {
      this.#known.clear();
      this.#until = lastIdBefore(from);
    }
    const generation = this.#generation;
    if (!isFirst && from < this.#since) {
      await this.#read(String(from), lastIdBefore(this.#since), (streamId, id) => this.#note(id, streamId));
    }
    let ofOthers = 0;
    const others = await this.#read(`(${this.#until}`, '+', (streamId, id) => {
      if (this.#known.get(id) !== streamId) ofOthers += 1;
      this.#note(id, streamId);
      if (compareStreamIds(streamId, this.#until) > 0) this.#until = streamId;
    });
    if (generation !== this.#generation) return this.#readRecent(wanted);
    this.#since = Math.min(from, this.#since);
    // Where others write all the time, what is known would be out of date whenever it is used.
    if (isFirst || ofOthers === 0) this.#others = others;
    const found = new Map<string, string>();
    for (const { id } of wanted) {
      const streamId = this.#known.get(id);
      if (streamId !== undefined) found.set(id, streamId);
    }
    this.#forget(this.#connection.now() - recentMs - slackMs);
    return found;
  }

  #note(id: string, streamId: string): void {
    if (id !== '-') this.#known.set(id, streamId);
  }

  /** Reads the part of the stream in which old ids may be. */
  async #readWindow(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, string>> {
    const times = wanted.map(({ madeAt }) => madeAt);
    const ids = new Set(wanted.map(({ id }) => id));
    const found = new Map<string, string>();
    const to = String(Math.max(...times) + this.#deadlineMs + slackMs);
    await this.#read(String(Math.min(...times) - slackMs), to, (streamId, id) => {
      if (ids.has(id)) found.set(id, streamId);
    });
    return found;
  }

  /** @returns How many entries others than this process have ever added. */
  async #read(from: string, to: string, saw: (streamId: string, id: string) => void): Promise<number> {
    for (let start = from; ; ) {
      const limits = { limit: pageEntries, maxBytes: pageBytes };
      const call = idsScript.call({ stream: this.#stream, ring: this.#ring, start, stop: to, ...limits });
      const [text, last, done, others] = await this.#connection.tryOnce(call);
      // Replies come in the order of their calls: those of what was written before are here, and are noted in this turn.
      await new Promise((resolve) => setImmediate(resolve));
      const words = text === '' ? [] : text.split(' ');
      for (let at = 0; at + 1 < words.length; at += 2) saw(words[at] ?? '', words[at + 1] ?? '');
      if (done === 1 || last === '') return others;
      start = `(${last}`;
    }
  }

  /** Forgets what is before `ms`, or too much; what is forgotten does not count as read. */
  #forget(ms: number): void {
    const before = `${Math.floor(ms)}-0`;
    for (const [id, streamId] of this.#known) {
      if (this.#known.size <= maxRemembered && compareStreamIds(streamId, before) >= 0) break;
      this.#known.delete(id);
      this.#since = Math.max(this.#since, Number(streamId.split('-')[0]) + 1);
    }
  }
}

/** The last stream id there can be before a millisecond. */
function lastIdBefore(ms: number): string {
  return `${Math.floor(ms) - 1}-18446744073709551615`;
}

/** Groups ids whose parts of the stream overlap. */
function byWindow(wanted: readonly Wanted[], lengthMs: number): Wanted[][] {
  const groups: Wanted[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const one of [...wanted].sort((a, b) => a.madeAt - b.madeAt)) {
    if (one.madeAt - slackMs <= end) groups.at(-1)?.push(one);
    else groups.push([one]);
    end = one.madeAt + lengthMs;
  }
  return groups;
}
