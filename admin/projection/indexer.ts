import { setTimeout as sleep } from 'node:timers/promises';
import type { EventOperator } from '@hyvve-events/runtime';
import type { Database, Db } from '../database/database.js';
import { comparePositions, positionOf } from '../database/positions.js';
import type { EventRow } from '../database/tables.js';
import { AdminError } from '../errors.js';
import { applyEvents, applyLog, CursorMoved, cursorOf, resetCursor, type Source } from './apply.js';
import { eventRowOf } from './event-rows.js';
import { changesOf } from './log-rows.js';
import { prune } from './prune.js';
import { gatherTableStatistics } from './table-statistics.js';

/** The logger of the indexer, for example Fastify's. */
export interface IndexerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface IndexerOptions {
  readonly operator: EventOperator;
  /** Opens the database. Called again until it succeeds. */
  readonly open: () => Promise<Database>;
  readonly logger: IndexerLogger;
}

/** State of the indexer, and how far the index is behind the streams. */
export interface IndexStatus {
  readonly state: 'starting' | 'following' | 'failing';
  readonly database: 'embedded' | 'postgresql' | undefined;
  /** Age of the newest entry in the index while there are more to read, in milliseconds; 0 otherwise. */
  readonly eventsBehindMs: number;
  readonly logBehindMs: number;
  /** Entries of both streams that were indexed since the process started. */
  readonly indexed: number;
  /** Message of the last error; undefined unless `state` is `failing`. */
  readonly error: string | undefined;
}

/** A page of the event stream, as rows. */
interface EventPage {
  readonly rows: readonly EventRow[];
  /** Number of entries that were read. */
  readonly length: number;
  /** Stream id of the last entry. */
  readonly last: string | undefined;
  /** Whether there may be more. */
  readonly isFull: boolean;
}

/** Maximum number of entries in a page; fewer if they are large. */
const pageSize = 1_000;
const pageBytes = 8 * 1024 * 1024;
const pollMs = 200;
const retryMs = 1_000;
/** Interval of maintaining the index; earlier after this many entries, once it has caught up. */
const maintainEveryMs = 10 * 60_000;
const maintainEveryEntries = 100_000;
/** Interval at which an idle indexer checks whether the streams were created again. */
const checkEveryMs = 5_000;

/**
 * Keeps the index up to date: reads the event stream and the log from its cursors on, and writes each page with its cursor in
 * one transaction. Publishers and handlers do not depend on it.
 */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #closing = new AbortController();
  #database: Database | undefined;
  #loop: Promise<void> | undefined;
  #cursors: Record<Source, string> | undefined;
  #wake = new AbortController();
  #waiting: (() => void)[] = [];
  #checkedAt = 0;
  #maintainedAt = performance.now();
  /** {@link #indexed} at the last maintenance. */
  #maintainedUpTo = Number.NEGATIVE_INFINITY;
  #averageBytes = 512;
  /** The next page of the event stream, read in advance. */
  #ahead: { readonly after: string; readonly page: Promise<EventPage> } | undefined;
  #indexed = 0;
  #error: string | undefined;
  /** Why there can be no index; the lists would be incomplete. */
  #unsupported: AdminError | undefined;
  #behind: Record<Source, number> = { events: 0, log: 0 };

  constructor(options: IndexerOptions) {
    this.#options = options;
  }

  /** Starts indexing, in the background. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** The database. @throws AdminError `INDEX_UNAVAILABLE` while it is not open, or if there are several partitions */
  get db(): Db {
    if (this.#unsupported !== undefined) throw this.#unsupported;
    if (this.#database !== undefined) return this.#database.db;
    throw new AdminError(
      'INDEX_UNAVAILABLE',
      'the index is not open yet; single events, single dead letters, replays and statistics work without it',
    );
  }

  get status(): IndexStatus {
    const state = this.#error !== undefined ? 'failing' : this.#cursors === undefined ? 'starting' : 'following';
    const { events, log } = this.#behind;
    const { kind } = this.#database ?? { kind: undefined };
    return {
      state,
      database: kind,
      eventsBehindMs: events,
      logBehindMs: log,
      indexed: this.#indexed,
      error: this.#error,
    };
  }

  /** Waits until the index contains everything that is in the streams now. Returns false if `timeoutMs` has passed first. */
  async caughtUp(timeoutMs: number): Promise<boolean> {
    const aborter = new AbortController();
    const done = new Promise<true>((resolve) => this.#waiting.push(() => resolve(true)));
    this.#wake.abort();
    const late = sleep(timeoutMs, false as const, { signal: aborter.signal }).catch(() => false as const);
    const result = await Promise.race([done, late]);
    aborter.abort();
    return result;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake.abort();
    await this.#loop;
    await this.#database?.close();
    this.#database = undefined;
  }

  async #run(): Promise<void> {
    const { logger } = this.#options;
    while (!this.#closing.signal.aborted) {
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        const moved = await this.#pass();
        if (this.#error !== undefined) logger.info({}, 'the indexer continues');
        this.#error = undefined;
        if (moved) this.#waiting.push(...waiting);
        else for (const resolve of waiting) resolve();
        if (!moved) await this.#rest(pollMs);
      } catch (error) {
        this.#waiting.push(...waiting);
        this.#cursors = undefined;
        this.#ahead = undefined;
        if (error instanceof CursorMoved) continue;
        if (this.#error === undefined) logger.warn({ err: error }, 'the indexer failed; it will be retried');
        this.#error = reasonOf(error);
        await this.#rest(retryMs);
      }
    }
  }

  /** Indexes a page of each stream. Returns false if both were empty. */
  async #pass(): Promise<boolean> {
    const { open } = this.#options;
    this.#database ??= await open();
    const { db } = this.#database;
    if (performance.now() - this.#checkedAt > checkEveryMs) this.#cursors = undefined;
    this.#cursors ??= await this.#readCursors(db);
    const eventsMoved = await this.#followEvents(db, this.#cursors);
    const logMoved = await this.#followLog(db, this.#cursors);
    if (eventsMoved || logMoved) this.#checkedAt = performance.now();
    if (this.#isMaintenanceDue()) await this.#maintain(db);
    return eventsMoved || logMoved;
  }

  /** At intervals; earlier when it has caught up with many entries, for example after its start. */
  #isMaintenanceDue(): boolean {
    if (performance.now() - this.#maintainedAt > maintainEveryMs) return true;
    const { events, log } = this.#behind;
    return events === 0 && log === 0 && this.#indexed - this.#maintainedUpTo >= maintainEveryEntries;
  }

  async #maintain(db: Db): Promise<void> {
    const { operator, logger } = this.#options;
    this.#maintainedAt = performance.now();
    this.#maintainedUpTo = this.#indexed;
    const rows = await prune(db, operator.feed);
    if (rows > 0) logger.info({ rows }, 'removed rows from the index whose entries were trimmed');
    await gatherTableStatistics(db);
  }

  /** Reads the cursors. A stream that ends before its cursor was deleted and created again: its cursor is reset. */
  async #readCursors(db: Db): Promise<Record<Source, string>> {
    this.#checkedAt = performance.now();
    await this.#checkPartitions();
    const ends = await this.#options.operator.feed.ends();
    const found: Record<Source, string> = { events: '', log: '' };
    for (const source of ['events', 'log'] as const) {
      found[source] = await cursorOf(db, source);
      const [cursor, last] = [positionOf(found[source]), positionOf(ends[source].lastId)];
      if (cursor === undefined || last === undefined || comparePositions(last, cursor) >= 0) continue;
      this.#options.logger.warn(
        { source },
        'the stream was deleted and created again: the indexer reads it from its start',
      );
      await resetCursor(db, source);
      found[source] = '0-0';
    }
    return found;
  }

  /** @throws AdminError `INDEX_UNAVAILABLE`: one cursor for several streams would miss entries in silence */
  async #checkPartitions(): Promise<void> {
    const { length } = await this.#options.operator.feed.partitions();
    const problem = `the event stream has ${length} partitions, and the index of this version supports one`;
    const rest = 'single events, single dead letters, replays and statistics work without it';
    this.#unsupported = length > 1 ? new AdminError('INDEX_UNAVAILABLE', `${problem}; ${rest}`) : undefined;
    if (this.#unsupported !== undefined) throw this.#unsupported;
  }

  async #followEvents(db: Db, at: Record<Source, string>): Promise<boolean> {
    const page = await (this.#ahead?.after === at.events ? this.#ahead : this.#readEvents(at.events)).page;
    this.#ahead = undefined;
    const { rows, length, last, isFull } = page;
    if (last === undefined) {
      this.#behind.events = 0;
      return false;
    }
    // The next page is read while the database writes this one.
    if (isFull) this.#ahead = this.#readEvents(last);
    await applyEvents(db, rows, at.events, last);
    at.events = last;
    this.#indexed += length;
    this.#averageBytes = Math.max(256, rows.reduce((sum, { bytes }) => sum + bytes, 0) / length);
    this.#behind.events = isFull ? ageOf(last) : 0;
    return true;
  }

  #readEvents(after: string): { readonly after: string; readonly page: Promise<EventPage> } {
    const limit = Math.max(10, Math.min(pageSize, Math.floor(pageBytes / this.#averageBytes)));
    const read = async () => {
      const entries = await this.#options.operator.feed.entries({ limit, after });
      const rows = entries.flatMap((entry) => eventRowOf(entry) ?? []);
      return { rows, length: entries.length, last: entries.at(-1)?.streamId, isFull: entries.length === limit };
    };
    const page = read();
    // An error is thrown when the page is awaited. A page that is never awaited is read again.
    page.catch(() => undefined);
    return { after, page };
  }

  async #followLog(db: Db, at: Record<Source, string>): Promise<boolean> {
    const page = await this.#options.operator.log({ limit: pageSize, after: at.log });
    const last = page.at(-1);
    if (last === undefined) {
      this.#behind.log = 0;
      return false;
    }
    await applyLog(db, changesOf(page), at.log, last.id);
    at.log = last.id;
    this.#indexed += page.length;
    this.#behind.log = page.length < pageSize ? 0 : ageOf(last.id);
    return true;
  }

  async #rest(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#waiting.length > 0 && ms === pollMs) return;
    if (this.#closing.signal.aborted) return;
    await sleep(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }
}

/** Milliseconds since an entry was written, by its id; only as exact as the clocks of Redis and this process agree. */
function ageOf(streamId: string): number {
  return Math.max(0, Date.now() - (positionOf(streamId)?.ms ?? 0));
}

function reasonOf(error: unknown): string {
  // Drizzle's own message is the statement; the message of the database is in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
