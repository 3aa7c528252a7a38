import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError, type EventOperator } from '@hyvve-events/runtime';
import type { Db } from '../database/database.js';
import { comparePositions, positionOf } from '../database/positions.js';
import type { EventRow } from '../database/tables.js';
import { type Cursors, cursorsOf, resetCursor, type Source } from './apply.js';
import { eventRowOf } from './event-rows.js';
import { changesOf } from './log-rows.js';
import { CursorMoved, type PageWriter } from './page-writer.js';
import { StreamProgress } from './stream-progress.js';

export interface PartitionFollowerOptions {
  readonly operator: EventOperator;
  readonly db: Db;
  readonly writer: PageWriter;
  readonly partition: number;
  /** The number of partitions that are read at the same time. */
  readonly total: () => number;
  /** Called when the streams were created again. */
  readonly onReset: (source: Source) => void;
  /** Called with the first of consecutive errors, and with undefined when it continues. */
  readonly onProblem: (error: unknown) => void;
}

/** How far the index is behind the streams of one partition. */
export interface PartitionProgress {
  readonly partition: number;
  /** Age of the newest entry in the index while there are more to read, or the time without a read, in milliseconds; 0 otherwise. */
  readonly eventsBehindMs: number;
  readonly logBehindMs: number;
  /** Message of the last error; undefined while the partition is followed. */
  readonly error: string | undefined;
}

/** A page of the event stream, as rows. */
interface EventPage {
  readonly rows: readonly EventRow[];
  /** Number of entries that were read. */
  readonly length: number;
  /** Position of the last entry. */
  readonly last: string | undefined;
  /** Whether there may be more. */
  readonly isFull: boolean;
}

/** Maximum number of entries in the pages of all partitions together; fewer if they are large. */
const pageSize = 1_000;
const pageBytes = 8 * 1024 * 1024;
/** Minimum number of entries in a page if they are not large: a partition may be the only one that has many. */
const minPageSize = 100;
const pollMs = 200;
const retryMs = 1_000;
/** Interval at which an idle follower checks whether the streams were created again. */
const checkEveryMs = 5_000;

/**
 * Follows the event stream and the log of one partition, each from its cursor on. It does not wait for other partitions, only for
 * the writer that they share.
 */
export class PartitionFollower {
  readonly #options: PartitionFollowerOptions;
  readonly #closing = new AbortController();
  readonly #loop: Promise<void>;
  readonly #progress = { events: new StreamProgress(), log: new StreamProgress() };
  #wake = new AbortController();
  #waiting: (() => void)[] = [];
  #cursors: Cursors | undefined;
  #checkedAt = 0;
  #averageBytes = 512;
  /** The next page of the event stream, read in advance. */
  #ahead: { readonly after: string; readonly page: Promise<EventPage> } | undefined;
  #isFollowing = false;
  #indexed = 0;
  #error: string | undefined;

  /** Starts to follow, in the background. */
  constructor(options: PartitionFollowerOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  get progress(): PartitionProgress {
    const { events, log } = this.#progress;
    return {
      partition: this.#options.partition,
      eventsBehindMs: events.behindMs,
      logBehindMs: log.behindMs,
      error: this.#error,
    };
  }

  /** Entries of both streams that were indexed since the start. */
  get indexed(): number {
    return this.#indexed;
  }

  /** Whether it has found its cursors. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Whether the index contained everything when the streams were read last. */
  get isComplete(): boolean {
    return this.#progress.events.isComplete && this.#progress.log.isComplete;
  }

  /** Resolves when the index contains everything that is in the streams now. */
  caughtUp(): Promise<void> {
    const done = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#wake.abort();
    return done;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { onProblem } = this.#options;
    while (!this.#closing.signal.aborted) {
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        const isComplete = await this.#pass();
        if (this.#error !== undefined) onProblem(undefined);
        this.#error = undefined;
        if (!isComplete) {
          this.#waiting.push(...waiting);
          continue;
        }
        for (const resolve of waiting) resolve();
        await this.#rest(pollMs);
      } catch (error) {
        this.#waiting.push(...waiting);
        this.#cursors = undefined;
        this.#ahead = undefined;
        if (error instanceof CursorMoved) continue;
        const isFirst = this.#error === undefined;
        this.#error = reasonOf(error);
        if (isFirst) onProblem(error);
        await this.#rest(retryMs);
      }
    }
  }

  /** Indexes a page of each stream. Returns whether the index then contains what the streams had at its beginning. */
  async #pass(): Promise<boolean> {
    const { db } = this.#options;
    const isDue = performance.now() - this.#checkedAt > checkEveryMs;
    const cursors = this.#cursors === undefined || isDue ? await this.#readCursors(db) : this.#cursors;
    this.#cursors = cursors;
    this.#isFollowing = true;
    const eventsComplete = await this.#followEvents(cursors);
    const logComplete = await this.#followLog(cursors);
    return eventsComplete && logComplete;
  }

  /** Reads the cursors. A stream that ends before its cursor was deleted and created again: its cursor is reset. */
  async #readCursors(db: Db): Promise<Cursors> {
    const { operator, partition, onReset } = this.#options;
    // The cursors first: another process may move them meanwhile, but no further than to an end that is read afterwards.
    const found = await cursorsOf(db, partition);
    const ends = await operator.feed.ends({ partition });
    for (const source of ['events', 'log'] as const) {
      const [cursor, last] = [positionOf(found[source]), positionOf(ends[source].lastId)];
      if (cursor === undefined || last === undefined || comparePositions(last, cursor) >= 0) continue;
      onReset(source);
      found[source] = await resetCursor(db, source, partition);
    }
    this.#checkedAt = performance.now();
    return found;
  }

  async #followEvents(at: Cursors): Promise<boolean> {
    const { partition, writer } = this.#options;
    const ahead = this.#ahead?.after === at.events ? this.#ahead : undefined;
    this.#ahead = undefined;
    const { rows, length, last, isFull } = await (ahead ?? this.#readEvents(at.events)).page;
    // The next page is read while the database writes this one.
    if (isFull && last !== undefined) this.#ahead = this.#readEvents(last);
    if (last !== undefined) {
      await writer.write({ source: 'events', partition, from: at.events, to: last, events: rows });
      at.events = last;
      this.#averageBytes = Math.max(256, rows.reduce((sum, { bytes }) => sum + bytes, 0) / length);
    }
    this.#wrote('events', length, isFull ? last : undefined);
    // A page that was read in advance may be older than the wish to catch up.
    return !isFull && ahead === undefined;
  }

  #readEvents(after: string): { readonly after: string; readonly page: Promise<EventPage> } {
    const { operator, partition, total } = this.#options;
    const limit = Math.max(10, Math.min(this.#pageSize, Math.floor(pageBytes / total() / this.#averageBytes)));
    const read = async () => {
      const entries = await operator.feed.entries({ partition, limit, after });
      const rows = entries.flatMap((entry) => eventRowOf(entry) ?? []);
      return { rows, length: entries.length, last: entries.at(-1)?.streamId, isFull: entries.length === limit };
    };
    const page = read();
    // An error is thrown when the page is awaited. A page that is never awaited is read again.
    page.catch(() => undefined);
    return { after, page };
  }

  async #followLog(at: Cursors): Promise<boolean> {
    const { operator, partition, writer } = this.#options;
    const limit = this.#pageSize;
    const page = await operator.log({ partition, limit, after: at.log });
    const last = page.at(-1)?.id;
    const isFull = page.length === limit;
    if (last !== undefined) {
      const log = changesOf(page);
      await writer.write({ source: 'log', partition, from: at.log, to: last, events: log.edited, log });
      at.log = last;
    }
    this.#wrote('log', page.length, isFull ? last : undefined);
    return !isFull;
  }

  get #pageSize(): number {
    return Math.max(minPageSize, Math.ceil(pageSize / this.#options.total()));
  }

  #wrote(source: Source, length: number, unfinished: string | undefined): void {
    this.#progress[source].wrote(unfinished);
    this.#indexed += length;
    if (length > 0) this.#checkedAt = performance.now();
  }

  async #rest(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#waiting.length > 0 && ms === pollMs) return;
    if (this.#closing.signal.aborted) return;
    await sleep(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }
}

/** Why reading or writing failed. */
export function reasonOf(error: unknown): string {
  if (error instanceof EventBusError) return error.message;
  // Drizzle's own message is the statement; the message of the database is in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
