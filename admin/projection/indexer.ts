import { setTimeout as sleep } from 'node:timers/promises';
import type { EventOperator } from '@hyvve-events/runtime';
import type { Database, Db } from '../database/database.js';
import { AdminError } from '../errors.js';
import { PageWriter } from './page-writer.js';
import { PartitionFollower, type PartitionProgress, reasonOf } from './partition-follower.js';
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
  /** `failing` if at least one partition cannot be followed. */
  readonly state: 'starting' | 'following' | 'failing';
  readonly database: 'embedded' | 'postgresql' | undefined;
  /** The largest figure of all partitions, in milliseconds. */
  readonly eventsBehindMs: number;
  readonly logBehindMs: number;
  /** The same for each partition, by index. */
  readonly partitions: readonly PartitionProgress[];
  /** Entries of both streams that were indexed since the process started. */
  readonly indexed: number;
  /** Message of the last error; undefined unless `state` is `failing`. */
  readonly error: string | undefined;
}

/** Interval of looking for new partitions and for work. */
const lookMs = 1_000;
/** Interval of maintaining the index; earlier after this many entries, once it has caught up. */
const maintainEveryMs = 10 * 60_000;
const maintainEveryEntries = 100_000;

/**
 * Keeps the index up to date: reads the event stream and the log of each partition from its cursors on, and writes each page with
 * its cursor in one transaction. Publishers and handlers do not depend on it, and no partition waits for another one.
 */
export class Indexer {
  readonly #options: IndexerOptions;
  readonly #closing = new AbortController();
  readonly #followers: PartitionFollower[] = [];
  #database: Database | undefined;
  #writer: PageWriter | undefined;
  #loop: Promise<void> | undefined;
  #wake = new AbortController();
  /** Those who wait until the index has caught up, and those for whom it has. */
  #waiting: (() => void)[] = [];
  #caughtUp: (() => void)[] = [];
  #maintainedAt = performance.now();
  /** {@link #indexed} at the last maintenance. */
  #maintainedUpTo = Number.NEGATIVE_INFINITY;
  /** Why there are no followers, or why the index cannot be maintained. */
  #error: string | undefined;
  /** What was logged about partitions that cannot be followed. */
  readonly #reported = new Map<number, string>();

  constructor(options: IndexerOptions) {
    this.#options = options;
  }

  /** Starts indexing, in the background. */
  start(): void {
    this.#loop ??= this.#run();
  }

  /** The database. @throws AdminError `INDEX_UNAVAILABLE` while it is not open */
  get db(): Db {
    if (this.#database !== undefined) return this.#database.db;
    throw new AdminError(
      'INDEX_UNAVAILABLE',
      'the index is not open yet; single events, single dead letters, replays and statistics work without it',
    );
  }

  get status(): IndexStatus {
    const partitions = this.#followers.map(({ progress }) => progress);
    const error = this.#error ?? partitions.find((partition) => partition.error !== undefined)?.error;
    const isFollowing = this.#followers.length > 0 && this.#followers.every((follower) => follower.isFollowing);
    return {
      state: error !== undefined ? 'failing' : isFollowing ? 'following' : 'starting',
      database: this.#database?.kind,
      eventsBehindMs: Math.max(0, ...partitions.map(({ eventsBehindMs }) => eventsBehindMs)),
      logBehindMs: Math.max(0, ...partitions.map(({ logBehindMs }) => logBehindMs)),
      partitions,
      indexed: this.#indexed,
      error,
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
    await Promise.all(this.#followers.map((follower) => follower.close()));
    await this.#database?.close();
    this.#database = undefined;
  }

  get #indexed(): number {
    return this.#followers.reduce((sum, { indexed }) => sum + indexed, 0);
  }

  async #run(): Promise<void> {
    const { logger } = this.#options;
    while (!this.#closing.signal.aborted) {
      let isWorking = false;
      try {
        await this.#look();
        isWorking = true;
        if (this.#error !== undefined) logger.info({}, 'the indexer continues');
        this.#error = undefined;
      } catch (error) {
        if (this.#error === undefined) logger.warn({ err: error }, 'the indexer failed; it will be retried');
        this.#error = reasonOf(error);
      }
      await this.#rest(isWorking);
    }
  }

  /** Follows the partitions that are not followed yet, and maintains the index when that is due. */
  async #look(): Promise<void> {
    const { open, operator } = this.#options;
    this.#database ??= await open();
    const { db } = this.#database;
    this.#writer ??= new PageWriter(db);
    for (const partition of await operator.feed.partitions()) {
      this.#followers[partition] ??= this.#follow(partition, db, this.#writer);
    }
    if (this.#isMaintenanceDue()) await this.#maintain(db);
    for (const resolve of this.#caughtUp.splice(0)) resolve();
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    void Promise.all(this.#followers.map((follower) => follower.caughtUp())).then(() => {
      this.#caughtUp.push(...waiting);
      this.#wake.abort();
    });
  }

  #follow(partition: number, db: Db, writer: PageWriter): PartitionFollower {
    const { operator, logger } = this.#options;
    return new PartitionFollower({
      operator,
      db,
      writer,
      partition,
      total: () => this.#followers.length,
      onReset: (source) =>
        logger.warn(
          { source, partition },
          'the stream was deleted and created again: the indexer reads it from its start',
        ),
      onProblem: (error) => this.#report(partition, error),
    });
  }

  /** Logs a problem of a partition, unless another partition has the same problem: the database is that of all. */
  #report(partition: number, error: unknown): void {
    const { logger } = this.#options;
    if (error === undefined) {
      const reason = this.#reported.get(partition);
      this.#reported.delete(partition);
      if (reason !== undefined && ![...this.#reported.values()].includes(reason)) {
        logger.info({ partition }, 'the indexer continues');
      }
      return;
    }
    const reason = reasonOf(error);
    const isKnown = [...this.#reported.values()].includes(reason);
    this.#reported.set(partition, reason);
    if (!isKnown) logger.warn({ err: error, partition }, 'the indexer failed; it will be retried');
  }

  /** At intervals; earlier when it has caught up with many entries, for example after its start. */
  #isMaintenanceDue(): boolean {
    if (this.#closing.signal.aborted) return false;
    if (performance.now() - this.#maintainedAt > maintainEveryMs) return true;
    const isComplete = this.#followers.every((follower) => follower.isComplete);
    return isComplete && this.#indexed - this.#maintainedUpTo >= maintainEveryEntries;
  }

  async #maintain(db: Db): Promise<void> {
    const { operator, logger } = this.#options;
    this.#maintainedAt = performance.now();
    this.#maintainedUpTo = this.#indexed;
    const rows = await prune(db, operator.feed);
    if (rows > 0) logger.info({ rows }, 'removed rows from the index whose entries were trimmed');
    await gatherTableStatistics(db);
  }

  async #rest(isWorking: boolean): Promise<void> {
    this.#wake = new AbortController();
    if (this.#closing.signal.aborted) return;
    if (isWorking && (this.#waiting.length > 0 || this.#caughtUp.length > 0)) return;
    await sleep(lookMs, undefined, { signal: this.#wake.signal }).catch(() => undefined);
  }
}
