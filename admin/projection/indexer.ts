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

/** What the indexer logs with: Fastify's logger is one. */
export interface IndexerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface IndexerOptions {
  readonly operator: EventOperator;
  /** Opens the database; called again until it succeeds. */
  readonly open: () => Promise<Database>;
  readonly logger: IndexerLogger;
}

/** How far the index is behind. */
export interface IndexStatus {
  readonly state: 'starting' | 'following' | 'failing';
  readonly database: 'embedded' | 'postgresql' | undefined;
  /** Milliseconds between the newest entry and the newest one in the index, by their ids. */
  readonly eventsBehindMs: number;
  readonly logBehindMs: number;
  /** Entries and lines indexed since the process started. */
  readonly indexed: number;
  /** Why it fails, in words. */
  readonly error: string | undefined;
}

/** Entries of the event stream, as rows. */
interface EventPage {
  readonly rows: readonly EventRow[];
  /** Entries read. */
  readonly length: number;
  readonly last: string | undefined;
  /** Whether there may be more. */
  readonly isFull: boolean;
}

/** Entries in a page; fewer where they are large. */
const pageSize = 1_000;
const pageBytes = 8 * 1024 * 1024;
const pollMs = 200;
const retryMs = 1_000;
/** How often it is tidied; sooner once it has caught up with this many entries. */
const tidyEveryMs = 10 * 60_000;
const tidyEveryEntries = 100_000;
/** How often an idle indexer looks whether the streams were made anew. */
const checkEveryMs = 5_000;

/**
 * Keeps the index up to date: reads the event stream and the log from where it left off, and writes each page with its
 * cursor in one transaction. What it does or fails to do is nothing to publishers and handlers.
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
  #tidiedAt = performance.now();
  /** {@link #indexed} when it was tidied last. */
  #tidiedUpTo = Number.NEGATIVE_INFINITY;
  #averageBytes = 512;
  #ahead: { readonly after: string; readonly page: Promise<EventPage> } | undefined;
  #indexed = 0;
  #error: string | undefined;
  #behind: Record<Source, number> = { events: 0, log: 0 };

  constructor(options: IndexerOptions) {
    this.#options = options;
  }

  /** Starts following, in the background. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** The database. @throws AdminError `INDEX_UNAVAILABLE` while it is not open */
  get db(): Db {
    if (this.#database !== undefined) return this.#database.db;
    throw new AdminError(
      'INDEX_UNAVAILABLE',
      'the index is not open yet: dead letters, replays and statistics work without it',
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

  /** Resolves when everything that is in the streams now is in the index, or after `timeoutMs`; says which. */
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
        if (this.#error !== undefined) logger.info({}, 'the index follows again');
        this.#error = undefined;
        if (moved) this.#waiting.push(...waiting);
        else for (const resolve of waiting) resolve();
        if (!moved) await this.#rest(pollMs);
      } catch (error) {
        this.#waiting.push(...waiting);
        this.#cursors = undefined;
        this.#ahead = undefined;
        if (error instanceof CursorMoved) continue;
        if (this.#error === undefined) logger.warn({ err: error }, 'the index cannot follow; it is tried again');
        this.#error = reasonOf(error);
        await this.#rest(retryMs);
      }
    }
  }

  /** Writes a page of each stream. Gives whether there was anything. */
  async #pass(): Promise<boolean> {
    const { open } = this.#options;
    this.#database ??= await open();
    const { db } = this.#database;
    if (performance.now() - this.#checkedAt > checkEveryMs) this.#cursors = undefined;
    this.#cursors ??= await this.#readCursors(db);
    const eventsMoved = await this.#followEvents(db, this.#cursors);
    const logMoved = await this.#followLog(db, this.#cursors);
    if (eventsMoved || logMoved) this.#checkedAt = performance.now();
    if (this.#tidyIsDue()) await this.#tidy(db);
    return eventsMoved || logMoved;
  }

  /** Now and then; sooner where it has caught up with much, as at its start. */
  #tidyIsDue(): boolean {
    if (performance.now() - this.#tidiedAt > tidyEveryMs) return true;
    const { events, log } = this.#behind;
    return events === 0 && log === 0 && this.#indexed - this.#tidiedUpTo >= tidyEveryEntries;
  }

  async #tidy(db: Db): Promise<void> {
    const { operator, logger } = this.#options;
    this.#tidiedAt = performance.now();
    this.#tidiedUpTo = this.#indexed;
    const rows = await prune(db, operator.feed);
    if (rows > 0) logger.info({ rows }, 'rows past their retention were removed from the index');
    await gatherTableStatistics(db);
  }

  /** Where to go on. A stream that ends before its cursor was made anew, and is read from its start. */
  async #readCursors(db: Db): Promise<Record<Source, string>> {
    this.#checkedAt = performance.now();
    const ends = await this.#options.operator.feed.ends();
    const found: Record<Source, string> = { events: '', log: '' };
    for (const source of ['events', 'log'] as const) {
      found[source] = await cursorOf(db, source);
      const [cursor, last] = [positionOf(found[source]), positionOf(ends[source].lastId)];
      if (cursor === undefined || last === undefined || comparePositions(last, cursor) >= 0) continue;
      this.#options.logger.warn({ source }, 'the stream was made anew: the index reads it from its start');
      await resetCursor(db, source);
      found[source] = '0-0';
    }
    return found;
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
    // An error is thrown where the page is awaited; a page that is never awaited is read again.
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

/** Milliseconds since an entry was written, by its id: near enough where clocks are. */
function ageOf(streamId: string): number {
  return Math.max(0, Date.now() - (positionOf(streamId)?.ms ?? 0));
}

function reasonOf(error: unknown): string {
  // Drizzle's own message is the statement; what the database said is its cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
