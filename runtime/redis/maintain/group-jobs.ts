import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import type { Logger } from '../../logger.js';
import { type JobsClient, newJobsClient } from '../connection/client.js';
import { closeJobs } from '../connection/close-jobs.js';
import type { ResolvedTarget } from '../connection/redis-target.js';

export interface GroupJobsOptions {
  readonly target: ResolvedTarget;
  /** The partition's key prefix. */
  readonly prefix: string;
  readonly group: string;
  readonly logger: Logger;
  /** Something is due. */
  readonly wake: () => void;
  /** One round of maintenance, which runs in one process of the group at a time; ends early when the signal is aborted. */
  readonly maintain: (signal: AbortSignal) => Promise<void>;
  /** How often, in milliseconds. */
  readonly maintainEveryMs: number;
}

/** How many due seconds to remember as having a job: what one process schedules in half an hour. */
const rememberedSeconds = 2_000;

/**
 * The group's clock, on BullMQ: wakes one of its processes when a retry is due, and has one of them do the maintenance.
 * It holds nothing that would be missed: the sweeper finds due rows without it, and schedules what is not scheduled.
 */
export class GroupJobs {
  readonly #options: GroupJobsOptions;
  readonly #client: JobsClient;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #seconds = new Set<number>();
  readonly #closing = new AbortController();

  constructor(options: GroupJobsOptions) {
    this.#options = options;
    const { target, prefix, group, logger } = options;
    this.#client = newJobsClient(target, `hyvve-events:${group}:jobs`);
    const quiet = (error: unknown) => logger.debug({ err: error, connection: 'jobs' }, 'redis connection error');
    const { redis } = this.#client;
    redis.on('error', quiet);
    const connection: ConnectionOptions = redis;
    const shared = { connection, prefix: `${prefix}:jobs` };
    this.#queue = new Queue(group, {
      ...shared,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.#worker = new Worker(group, async (job) => this.#run(job.name), { ...shared, maxStalledCount: 10 });
    this.#queue.on('error', quiet);
    this.#worker.on('error', quiet);
    this.#worker.on('failed', (_job, error) => logger.error({ err: error }, 'maintenance failed; it runs again'));
  }

  /** Schedules the maintenance, again where its schedule was lost. Does not wait for Redis. */
  ensureMaintenance(): void {
    const { maintainEveryMs } = this.#options;
    this.#quietly(this.#queue.upsertJobScheduler('maintenance', { every: maintainEveryMs }, { name: 'maintain' }));
  }

  /**
   * Has the group woken when rows are due: one job a second, however many rows. Does not wait for Redis.
   * @param dueMs When, in Redis's milliseconds. @param nowMs Now, by the same clock.
   */
  wakeAt(dueMs: number, nowMs: number): void {
    const second = Math.ceil(dueMs / 1000);
    if (this.#seconds.has(second) || this.#client.redis.status !== 'ready') return;
    if (this.#seconds.size >= rememberedSeconds) this.#seconds.clear();
    this.#seconds.add(second);
    const delay = Math.max(0, Math.ceil(second * 1000 - nowMs));
    this.#quietly(this.#queue.add('wake', {}, { jobId: `due-${second}`, delay }));
  }

  /** Stops taking jobs; at most two seconds. */
  close(): Promise<void> {
    this.#closing.abort();
    return closeJobs(this.#client, this.#queue, this.#worker);
  }

  async #run(name: string): Promise<void> {
    if (name === 'maintain') await this.#options.maintain(this.#closing.signal);
    else this.#options.wake();
  }

  #quietly(call: Promise<unknown>): void {
    call.catch((error: unknown) =>
      this.#options.logger.debug({ err: error }, 'could not add a job; the sweeper serves'),
    );
  }
}
