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
}

/** What the jobs of a group do. */
export interface GroupWork {
  /** A retry may be due. */
  readonly wake: () => void;
  /** One round of maintenance, which runs in one process of the group at a time; ends early when the signal is aborted. */
  readonly maintain: (signal: AbortSignal) => Promise<void>;
  /** How often, in milliseconds. */
  readonly maintainEveryMs: number;
}

/** What exists between `start` and `close`. */
interface Running {
  readonly client: JobsClient;
  readonly queue: Queue;
  readonly worker: Worker;
}

/** How many due seconds to remember as having a job: what one process schedules in half an hour. */
const rememberedSeconds = 2_000;

/**
 * Jobs of a group, on BullMQ: they wake one of its processes when a retry is due, and have one of them do the maintenance.
 * Nothing depends on a job: without them, each process finds due retries by its sweeper.
 */
export class GroupJobs {
  readonly #options: GroupJobsOptions;
  #running: Running | undefined;
  readonly #seconds = new Set<number>();
  readonly #closing = new AbortController();

  constructor(options: GroupJobsOptions) {
    this.#options = options;
  }

  /**
   * Connects, takes jobs from now on, and schedules the maintenance. Does not wait for Redis. Redis must permit all that
   * BullMQ calls: it does not end by itself where it may not.
   */
  start(work: GroupWork): void {
    const { target, prefix, group, logger } = this.#options;
    const client = newJobsClient(target, `hyvve-events:${group}:jobs`);
    const onError = (error: unknown) => logger.debug({ err: error, connection: 'jobs' }, 'redis connection error');
    client.redis.on('error', onError);
    const shared = { connection: client.redis as ConnectionOptions, prefix: `${prefix}:jobs` };
    const queue = new Queue(group, {
      ...shared,
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    const run = async (name: string) => {
      if (name === 'maintain') await work.maintain(this.#closing.signal);
      else work.wake();
    };
    const worker = new Worker(group, async (job) => run(job.name), { ...shared, maxStalledCount: 10 });
    queue.on('error', onError);
    worker.on('error', onError);
    worker.on('failed', (_job, error) => logger.error({ err: error }, 'maintenance failed; it runs again'));
    this.#running = { client, queue, worker };
    const every = work.maintainEveryMs;
    this.#ignoreFailure(queue.upsertJobScheduler('maintenance', { every }, { name: 'maintain' }));
  }

  /**
   * Has the group woken when retries are due: one job a second, however many retries. Does not wait for Redis.
   * @param dueMs When, in Redis's milliseconds. @param nowMs Now, by the same clock.
   */
  wakeAt(dueMs: number, nowMs: number): void {
    const second = Math.ceil(dueMs / 1000);
    const { client, queue } = this.#running ?? {};
    if (queue === undefined || client?.redis.status !== 'ready' || this.#seconds.has(second)) return;
    if (this.#seconds.size >= rememberedSeconds) this.#seconds.clear();
    this.#seconds.add(second);
    const delay = Math.max(0, Math.ceil(second * 1000 - nowMs));
    this.#ignoreFailure(queue.add('wake', {}, { jobId: `due-${second}`, delay }));
  }

  /** Stops taking jobs; at most two seconds. */
  async close(): Promise<void> {
    this.#closing.abort();
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) await closeJobs(running.client, running.queue, running.worker);
  }

  #ignoreFailure(call: Promise<unknown>): void {
    call.catch((error: unknown) =>
      this.#options.logger.debug({ err: error }, 'could not add a job; the sweepers find due retries'),
    );
  }
}
