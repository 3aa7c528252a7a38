import { Queue, Worker } from 'bullmq';
import type { Logger } from '../../logger.js';
import { type JobsClient, newJobsClient } from '../connection/client.js';
import { closeJobs } from '../connection/close-jobs.js';
import type { ResolvedTarget } from '../connection/redis-target.js';

export interface ReplayJobsOptions {
  readonly target: ResolvedTarget;
  /** The partition's key prefix. */
  readonly prefix: string;
  readonly logger: Logger;
  /** Carries a replay out; says whether there is more to do, for another process. */
  readonly run: (jobId: string) => Promise<boolean>;
  /** Ids of replays that wait or run and were not updated for {@link staleAfterMs}. */
  readonly findStalled: () => Promise<readonly string[]>;
}

/** Time without an update after which a replay has lost its process or its job, in milliseconds. */
export const staleAfterMs = 15_000;
const sweepMs = 5_000;
/** Replays that one process carries out at a time. */
const concurrency = 4;

/** Has replays carried out, by BullMQ's jobs: in whichever process runs replays, and again when that process dies. */
export class ReplayJobs {
  readonly #options: ReplayJobsOptions;
  readonly #client: JobsClient;
  readonly #queue: Queue;
  #worker: Worker | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ReplayJobsOptions) {
    this.#options = options;
    const { target } = options;
    this.#client = newJobsClient(target, 'hyvve-events:replays');
    this.#client.redis.on('error', (error) => this.#quiet(error));
    this.#queue = new Queue('replays', {
      ...this.#shared(),
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', (error) => this.#quiet(error));
  }

  /** Has a replay carried out. */
  async add(jobId: string): Promise<void> {
    await this.#queue.add('replay', { jobId });
  }

  /** Carries replays out in this process from now on. */
  work(): void {
    if (this.#worker !== undefined) return;
    const process = async ({ data }: { readonly data: { readonly jobId: string } }) => {
      if (await this.#options.run(data.jobId)) await this.add(data.jobId);
    };
    const stalling = { lockDuration: staleAfterMs, stalledInterval: staleAfterMs / 3, maxStalledCount: 1_000 };
    this.#worker = new Worker('replays', process, { ...this.#shared(), concurrency, ...stalling });
    this.#worker.on('error', (error) => this.#quiet(error));
    this.#sweeper = setInterval(() => void this.#sweep(), sweepMs);
    this.#sweeper.unref();
  }

  /** Stops taking jobs; at most two seconds. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await closeJobs(this.#client, this.#queue, this.#worker);
  }

  #shared() {
    return { connection: this.#client.redis, prefix: `${this.#options.prefix}:replay-jobs` };
  }

  /** BullMQ may lose a job, and a job is added after its replay was noted: a stalled replay is added again. */
  async #sweep(): Promise<void> {
    try {
      const round = Math.floor(Date.now() / staleAfterMs);
      for (const jobId of await this.#options.findStalled()) {
        await this.#queue.add('replay', { jobId }, { jobId: `${jobId}-${round}` });
      }
    } catch (error) {
      this.#quiet(error);
    }
  }

  #quiet(error: unknown): void {
    this.#options.logger.debug({ err: error, connection: 'replays' }, 'redis connection error');
  }
}
