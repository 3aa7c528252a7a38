import { setTimeout as sleep } from 'node:timers/promises';
import { type Actor, EventBusError, type EventOperator } from '@hyvve-events/runtime';
import { createId } from '@paralleldrive/cuid2';
import { formatPosition } from '../database/positions.js';
import type { DeadLetterRow } from '../database/tables.js';
import type { Indexer, IndexerLogger } from '../projection/indexer.js';
import { countDeadLetters, type DeadLetterFilter, listDeadLetters } from '../search/dead-letters.js';
import { present } from '../support/present.js';
import { type BulkAction, type BulkJob, endJob, insertJob, recordProgress, takeOver } from './bulk-jobs.js';

/** Dead letters in one step. Progress is recorded after each step. */
const stepSize = 100;
/** Changes that run in parallel. */
const concurrency = 16;
const maxErrors = 10;
/** A job without progress for this long is taken over. */
const staleAfterMs = 30_000;
const retryMs = 1_000;

/** Runs bulk jobs in the background. If a process dies, another process continues its jobs. */
export class BulkRunner {
  readonly #operator: EventOperator;
  readonly #indexer: Indexer;
  readonly #logger: IndexerLogger;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #watch: Promise<void> | undefined;

  constructor(operator: EventOperator, indexer: Indexer, logger: IndexerLogger) {
    this.#operator = operator;
    this.#indexer = indexer;
    this.#logger = logger;
  }

  /** Starts to look for jobs of dead processes periodically. */
  start(): void {
    this.#watch ??= this.#takeOverJobs();
  }

  /** Starts a job for the dead letters that exist now. Later dead letters, also of the same events, are not changed. */
  async create(
    action: BulkAction,
    filter: DeadLetterFilter,
    tenantId: string | undefined,
    by: Actor,
  ): Promise<BulkJob> {
    const { db } = this.#indexer;
    const total = await countDeadLetters(db, filter);
    const [newest] = await listDeadLetters(db, filter, { limit: 1, offset: 0 });
    const now = new Date();
    const job: BulkJob = {
      id: createId(),
      action,
      filter,
      actor: by.actor,
      origin: by.from,
      tenantId,
      total,
      status: 'running',
      succeeded: 0,
      failed: 0,
      errors: [],
      createdAt: now,
      updatedAt: now,
      position: newest === undefined ? '0-0' : formatPosition({ ms: newest.ms, seq: newest.seq + 1, part: 0 }),
    };
    await insertJob(db, job);
    this.#run(job);
    return job;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#watch, ...this.#running.values()]);
  }

  #run(job: BulkJob): void {
    if (this.#running.has(job.id)) return;
    this.#running.set(
      job.id,
      this.#carryOut(job).finally(() => this.#running.delete(job.id)),
    );
  }

  async #takeOverJobs(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        for (const job of await takeOver(this.#indexer.db, staleAfterMs)) this.#run(job);
      } catch {
        // The index is not available: the indexer logs it, and the jobs wait until it is back.
      }
      await sleep(staleAfterMs / 2, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  async #carryOut(started: BulkJob): Promise<void> {
    let job: BulkJob | undefined = started;
    while (job !== undefined && job.status === 'running' && !this.#closing.signal.aborted) {
      try {
        job = await this.#step(job);
      } catch (error) {
        this.#logger.warn({ err: error, job: started.id }, 'a step of a bulk job failed; it will be retried');
        await sleep(retryMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /** Processes the next dead letters. Returns the job after that; undefined if it does not exist any more. */
  async #step(job: BulkJob): Promise<BulkJob | undefined> {
    const { db } = this.#indexer;
    const page = await listDeadLetters(db, job.filter, { limit: stepSize, offset: 0, cursor: job.position });
    if (page.length === 0) return endJob(db, job.id, 'completed');
    const errors = [...job.errors];
    let [succeeded, failed] = [0, 0];
    const queue = page.values();
    const work = async () => {
      for (const letter of queue) {
        const problem = await this.#change(job, letter);
        if (problem === undefined) {
          succeeded += 1;
          continue;
        }
        failed += 1;
        if (errors.length < maxErrors) errors.push(problem);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    const last = page.at(-1);
    const position = last === undefined ? job.position : formatPosition(last);
    return recordProgress(db, job.id, { succeeded, failed, errors, position });
  }

  /** Changes one dead letter. Returns an error text if that failed. While Redis is unavailable, it waits and tries again. */
  async #change({ action, actor, origin, id: job }: BulkJob, letter: DeadLetterRow): Promise<string | undefined> {
    const by: Actor = present({ actor, job, from: origin });
    const id = formatPosition(letter);
    for (;;) {
      try {
        await this.#operator.deadLetters[action](id, by);
        return undefined;
      } catch (error) {
        if (!(error instanceof EventBusError) || error.code !== 'UNAVAILABLE') {
          return error instanceof EventBusError ? error.rawMessage : `dead letter ${id}: the change failed`;
        }
        // Closing: the process that takes the job over continues.
        if (this.#closing.signal.aborted) throw error;
        await sleep(retryMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }
}
