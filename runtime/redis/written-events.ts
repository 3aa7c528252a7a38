import { eventIdTime } from '../ids.js';
import { compareStreamIds } from './delivery.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { idsScript } from './scripts/ids.js';

/** What the making of an id and its entry's time may differ by beside the publish deadline, in milliseconds. */
const slackMs = 5_000;
/** Entries of one call: a longer script would hold up other commands. */
const pageEntries = 1_000;
const pageBytes = 4 * 1024 * 1024;
/** Most events that are remembered; where more are written in the time that counts, they are read again. */
const maxRemembered = 100_000;
/** An id that is older than this is searched for by itself, in milliseconds. */
const recentMs = 60_000;

/** Who waits for an id. */
interface Wanted {
  readonly id: string;
  readonly madeAt: number;
  readonly resolve: (streamId: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Finds out whether events are in the stream already, by their ids. An id tells when it was made, so that only the part of
 * the stream from there to the publish deadline counts. All who ask at a time share one read, and what was read stays
 * known: each entry is read once, however many publish again under their ids.
 */
export class WrittenEvents {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #deadlineMs: number;
  /** Event id → stream id, in the order of the stream, of all entries from `#since` to `#until`. */
  readonly #known = new Map<string, string>();
  /** Milliseconds since 1970. */
  #since = Number.POSITIVE_INFINITY;
  #until = '0-0';
  /** How many entries were ever added when `#until` was the last one; -1 where that is not known. */
  #added = -1;
  /** What this process has written after `#until`. */
  #own: [id: string, streamId: string][] = [];
  #askedAt = Number.NEGATIVE_INFINITY;
  #wanted: Wanted[] = [];
  #busy = false;

  constructor(link: Link, keys: Keys, deadlineMs: number) {
    this.#link = link;
    this.#keys = keys;
    this.#deadlineMs = deadlineMs;
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

  async #run(): Promise<void> {
    while (this.#wanted.length > 0) {
      const wanted = this.#wanted;
      this.#wanted = [];
      const oldest = this.#link.now() - recentMs;
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

  /** Whether callers give ids, so that it is worth remembering what was written. */
  get isActive(): boolean {
    return this.#askedAt > performance.now() - recentMs;
  }

  /** Notes what this process has written, in the order of Redis's replies. */
  wrote(id: string, streamId: string): void {
    if (this.#own.length < maxRemembered) this.#own.push([id, streamId]);
  }

  /** Learns what was written since the last time: by this process alone, or else by reading it. */
  async #readRecent(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, string>> {
    const from = Math.min(...wanted.map(({ madeAt }) => madeAt)) - slackMs;
    if (from < this.#since) {
      this.#known.clear();
      this.#since = from;
      this.#until = `${from - 1}-18446744073709551615`;
      this.#added = -1;
    }
    if (!(await this.#isOwnAlone())) {
      await this.#read(`(${this.#until}`, '+', (streamId, id) => this.#note(id, streamId));
      this.#takeOwn(this.#until);
    }
    const found = new Map<string, string>();
    for (const { id } of wanted) {
      const streamId = this.#known.get(id);
      if (streamId !== undefined) found.set(id, streamId);
    }
    this.#forget(this.#link.now() - recentMs - slackMs);
    return found;
  }

  /** Whether the stream has grown by nothing but what this process has written: that is known then. */
  async #isOwnAlone(): Promise<boolean> {
    if (this.#added < 0) return false;
    const reply = await this.#link.run(idsScript, [this.#keys.events], ['-', '+', 0, 0]);
    const [, , , added, generated] = reply as [string, string, number, number, string];
    // Replies come in the order of their calls: those of what was written before are here, and are noted in this turn.
    await new Promise((resolve) => setImmediate(resolve));
    const own = this.#takeOwn(generated);
    if (own.length !== added - this.#added) return false;
    for (const [id, streamId] of own) this.#note(id, streamId);
    this.#added = added;
    return true;
  }

  /** Takes off what this process has written up to a stream id. */
  #takeOwn(until: string): [id: string, streamId: string][] {
    const next = this.#own.findIndex(([, streamId]) => compareStreamIds(streamId, until) > 0);
    return this.#own.splice(0, next < 0 ? this.#own.length : next);
  }

  #note(id: string, streamId: string): void {
    if (id !== '-') this.#known.set(id, streamId);
    if (compareStreamIds(streamId, this.#until) > 0) this.#until = streamId;
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

  async #read(from: string, to: string, saw: (streamId: string, id: string) => void): Promise<void> {
    for (let start = from; ; ) {
      const reply = await this.#link.run(idsScript, [this.#keys.events], [start, to, pageEntries, pageBytes]);
      const [text, last, done, added] = reply as [string, string, number, number, string];
      const words = text === '' ? [] : text.split(' ');
      for (let at = 0; at + 1 < words.length; at += 2) saw(words[at] ?? '', words[at + 1] ?? '');
      if (done === 1 || last === '') {
        if (to === '+') this.#added = added;
        return;
      }
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
