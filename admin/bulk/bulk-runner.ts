import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Actor, EventBusError, type EventOperator } from '@hyvve-events/runtime';
import { formatPosition } from '../database/positions.js';
import type { DeadLetterRow } from '../database/tables.js';
import type { Indexer, IndexerLogger } from '../projection/indexer.js';
import { countDeadLetters, type DeadLetterFilter, listDeadLetters } from '../search/dead-letters.js';
import { type BulkAction, type BulkJob, endJob, insertJob, recordProgress, takeOver } from './bulk-jobs.js';

/** Dead letters in one step: progress is recorded after each. */
const stepSize = 100;
/** Changes under way at once. */
const concurrency = 16;
const keptErrors = 10;
/** A job that was not heard of for this long is taken over. */
const silentMs = 30_000;
const retryMs = 1_000;

/** Carries out changes of many dead letters, in the background. One whose process died goes on in another. */
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

  /** Looks for jobs that a process left behind, now and then. */
  start(): void {
    this.#watch ??= this.#watchOver();
  }

  /** Starts one, of the dead letters there are now: those that come later, or come back, are not its. */
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
      id: randomUUID(),
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
      position: newest === undefined ? '0-0' : formatPosition({ ms: newest.ms, seq: newest.seq + 1 }),
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

  async #watchOver(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        for (const job of await takeOver(this.#indexer.db, silentMs)) this.#run(job);
      } catch {
        // The index is away: the indexer says so, and the jobs wait with it.
      }
      await sleep(silentMs / 2, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
  }

  async #carryOut(started: BulkJob): Promise<void> {
    let job: BulkJob | undefined = started;
    while (job !== undefined && job.status === 'running' && !this.#closing.signal.aborted) {
      try {
        job = await this.#step(job);
      } catch (error) {
        this.#logger.warn({ err: error, job: started.id }, 'a bulk job waits: it is tried again');
        await sleep(retryMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /** Does the next few. Gives the job as it is then. */
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
        if (errors.length < keptErrors) errors.push(problem);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
    const last = page.at(-1);
    const position = last === undefined ? job.position : formatPosition(last);
    return recordProgress(db, job.id, { succeeded, failed, errors, position });
  }

  /** Changes one. Gives why that could not be; waits through times without Redis. */
  async #change({ action, actor, origin, id: job }: BulkJob, letter: DeadLetterRow): Promise<string | undefined> {
    const by: Actor = { actor, job, ...(origin === undefined ? {} : { from: origin }) };
    const id = formatPosition(letter);
    for (;;) {
      try {
        await this.#operator.deadLetters[action](id, by);
        return undefined;
      } catch (error) {
        if (!(error instanceof EventBusError) || error.code !== 'UNAVAILABLE') {
          return error instanceof EventBusError ? error.rawMessage : `dead letter ${id}: the change failed`;
        }
        // Closing: the process that takes the job over does the rest.
        if (this.#closing.signal.aborted) throw error;
        await sleep(retryMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }
}
