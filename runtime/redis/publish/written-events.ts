import { compareStreamIds } from '../../event/stream-id.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
import { idsScript } from './ids.lua.js';

/** Tolerance between the time of an id and of its entry, in addition to the publish deadline, in milliseconds. */
const slackMs = 5_000;
/** Maximum number of entries in one call: a longer script would delay other commands. */
const pageEntries = 1_000;
const pageBytes = 4 * 1024 * 1024;
/** Maximum number of remembered events; further ones are read again when needed. */
const maxRemembered = 300_000;
/** An older id is searched for separately, in milliseconds. */
const recentMs = 60_000;

/** A caller that waits for the stream id of an event. */
interface Wanted {
  readonly id: string;
  readonly madeAt: number;
  readonly resolve: (streamId: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Whether events with explicit ids are in the stream, as far as this process knows. */
export interface Known {
  /** For each event its stream id; undefined if it is not in the stream. */
  readonly found: readonly (string | undefined)[];
  /** Number of entries of other publishers at that time: the result is valid until they add another one. */
  readonly others: number;
}

/**
 * Finds out by their ids whether events are already in the stream. An id contains its creation time, so only the range from
 * that time to the publish deadline has to be read. Concurrent calls share one read, and results are remembered: each entry is
 * read only once.
 *
 * While no other publisher writes to the stream, nothing is read at all: the publish script counts the entries of this
 * process, and refuses the batch if the stream has grown by more.
 */
export class WrittenEvents {
  readonly #connection: Link;
  readonly #stream: string;
  readonly #ring: string;
  readonly #deadlineMs: number;
  /** Event id → stream id, of all entries from `#since` to `#until` and of later entries of this process. */
  readonly #known = new Map<string, string>();
  /** Milliseconds since 1970. */
  #since = Number.POSITIVE_INFINITY;
  #until = '0-0';
  /** Number of entries of other publishers when the whole stream was known; undefined if unknown, or if they write often. */
  #others: number | undefined;
  /** Incremented whenever everything is forgotten. */
  #generation = 0;
  #lastUsedAt = Number.NEGATIVE_INFINITY;
  #wanted: Wanted[] = [];
  #busy = false;

  /** @param ring Key of the ring of this process's publisher, which counts what it has written. */
  constructor(connection: Link, keys: Keys, ring: string, deadlineMs: number) {
    this.#connection = connection;
    this.#stream = keys.events;
    this.#ring = ring;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether events with explicit ids are in the stream; undefined if that is not known without a read. */
  known(events: readonly PreparedEvent[]): Known | undefined {
    this.#lastUsedAt = performance.now();
    const others = this.#others;
    if (others === undefined) return undefined;
    const found: (string | undefined)[] = [];
    for (const { id, idTime } of events) {
      if (idTime !== undefined && idTime - slackMs < this.#since) return undefined;
      found.push(idTime === undefined ? undefined : this.#known.get(id));
    }
    // Other publishers may have written the missing events in the meantime.
    const isPart = found.includes(undefined) && found.some((streamId) => streamId !== undefined);
    return isPart ? undefined : { found, others };
  }

  /**
   * The stream id of an event; undefined if it is not in the stream. Rejects with the error of ioredis.
   * @param madeAt The time in the id, in milliseconds since 1970.
   */
  find(id: string, madeAt: number): Promise<string | undefined> {
    this.#lastUsedAt = performance.now();
    return new Promise((resolve, reject) => {
      this.#wanted.push({ id, madeAt, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      // After all promise callbacks of this tick, so that all calls of the tick share one read.
      process.nextTick(() => void this.#run());
    });
  }

  /** Whether ids were recently searched for, so that written events should be counted. */
  get isActive(): boolean {
    return this.#lastUsedAt > performance.now() - recentMs;
  }

  /** Records an event that this process has written; called in the order of Redis's replies. */
  wrote(id: string, streamId: string): void {
    this.#known.set(id, streamId);
  }

  /** Records that the whole stream was known up to an entry: other publishers had written nothing. */
  knewAllUntil(streamId: string): void {
    if (compareStreamIds(streamId, this.#until) > 0) this.#until = streamId;
    this.#forget(this.#connection.now() - recentMs - slackMs);
  }

  /** To be called when other publishers have written: their entries must be read. */
  othersWrote(): void {
    this.#others = undefined;
  }

  /** Forgets everything, when it is no longer certain what was written. */
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

  /** Reads the entries after the known range, and those before it if an id is older. */
  async #readRecent(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, string>> {
    const from = Math.min(...wanted.map(({ madeAt }) => madeAt)) - slackMs;
    // If the known range ended long before the ids, reading the gap would be useless.
    if (from > Number(this.#until.split('-')[0])) this.forgetAll();
    const isFirst = this.#since === Number.POSITIVE_INFINITY;
    if (isFirst) {
      this.#known.clear();
      this.#until = lastIdBefore(from);
    }
    const generation = this.#generation;
    if (!isFirst && from < this.#since) {
      await this.#read(String(from), lastIdBefore(this.#since), (streamId, id) => this.#remember(id, streamId));
    }
    let ofOthers = 0;
    const others = await this.#read(`(${this.#until}`, '+', (streamId, id) => {
      if (this.#known.get(id) !== streamId) ofOthers += 1;
      this.#remember(id, streamId);
      if (compareStreamIds(streamId, this.#until) > 0) this.#until = streamId;
    });
    if (generation !== this.#generation) return this.#readRecent(wanted);
    this.#since = Math.min(from, this.#since);
    // If other publishers write all the time, the knowledge would always be out of date.
    if (isFirst || ofOthers === 0) this.#others = others;
    const found = new Map<string, string>();
    for (const { id } of wanted) {
      const streamId = this.#known.get(id);
      if (streamId !== undefined) found.set(id, streamId);
    }
    this.#forget(this.#connection.now() - recentMs - slackMs);
    return found;
  }

  #remember(id: string, streamId: string): void {
    if (id !== '-') this.#known.set(id, streamId);
  }

  /** Reads the range of the stream that can contain old ids. */
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

  /** @returns Number of entries that publishers other than this process have ever added. */
  async #read(from: string, to: string, onEntry: (streamId: string, id: string) => void): Promise<number> {
    for (let start = from; ; ) {
      const limits = { limit: pageEntries, maxBytes: pageBytes };
      const call = idsScript.call({ stream: this.#stream, ring: this.#ring, start, stop: to, ...limits });
      const [text, last, done, others] = await this.#connection.tryOnce(call);
      // Replies arrive in the order of their calls: those of earlier publishes have arrived and are recorded in this turn.
      await new Promise((resolve) => setImmediate(resolve));
      const words = text === '' ? [] : text.split(' ');
      for (let at = 0; at + 1 < words.length; at += 2) onEntry(words[at] ?? '', words[at + 1] ?? '');
      if (done === 1 || last === '') return others;
      start = `(${last}`;
    }
  }

  /** Forgets entries before `ms` or above the maximum number; the known range shrinks accordingly. */
  #forget(ms: number): void {
    const before = `${Math.floor(ms)}-0`;
    for (const [id, streamId] of this.#known) {
      if (this.#known.size <= maxRemembered && compareStreamIds(streamId, before) >= 0) break;
      this.#known.delete(id);
      this.#since = Math.max(this.#since, Number(streamId.split('-')[0]) + 1);
    }
  }
}

/** The largest possible stream id before a millisecond. */
function lastIdBefore(ms: number): string {
  return `${Math.floor(ms) - 1}-18446744073709551615`;
}

/** Groups ids whose ranges in the stream overlap. */
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
