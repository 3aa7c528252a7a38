import type { Queue, Worker } from 'bullmq';
import type { Logger } from '../../logger.js';
import type { JobsClient } from '../connection/client.js';
import { closeJobs } from '../connection/close-jobs.js';
import type { BullMQ } from '../connection/load-bullmq.js';
import type { Nodes } from '../connection/nodes.js';
import { replayJobsTag } from '../store/keys.js';

export interface ReplayJobsOptions {
  readonly bullmq: BullMQ;
  /** Makes a client for BullMQ. */
  readonly newClient: Nodes['jobsClient'];
  /** Option of the bus. */
  readonly prefix: string;
  readonly logger: Logger;
  /** Runs a replay. Resolves with true if another process must continue it. */
  readonly run: (jobId: string) => Promise<boolean>;
  /** Returns ids of waiting or running replays without an update for {@link staleAfterMs}. */
  readonly findStalled: () => Promise<readonly string[]>;
}

/** Time without an update after which a replay has lost its process or its job, in milliseconds. */
export const staleAfterMs = 15_000;
const sweepMs = 5_000;
/** Maximum number of replays that run in parallel in one process. */
const concurrency = 4;

/** BullMQ jobs that run replays: in any process that runs replays, and in another one if that process dies. */
export class ReplayJobs {
  readonly #options: ReplayJobsOptions;
  readonly #client: JobsClient;
  readonly #queue: Queue;
  #worker: Worker | undefined;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: ReplayJobsOptions) {
    this.#options = options;
    this.#client = options.newClient(replayJobsTag(options.prefix), 'hyvve-events:replays');
    this.#client.redis.on('error', (error) => this.#logFailure(error));
    this.#queue = new options.bullmq.Queue('replays', {
      ...this.#shared(),
      streams: { events: { maxLen: 100 } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
    });
    this.#queue.on('error', (error) => this.#logFailure(error));
  }

  /** Adds a job for a replay. */
  async add(jobId: string): Promise<void> {
    await this.#queue.add('replay', { jobId });
  }

  /** Starts to run replays in this process. */
  work(): void {
    if (this.#worker !== undefined) return;
    const process = async ({ data }: { readonly data: { readonly jobId: string } }) => {
      if (await this.#options.run(data.jobId)) await this.add(data.jobId);
    };
    const stalling = { lockDuration: staleAfterMs, stalledInterval: staleAfterMs / 3, maxStalledCount: 1_000 };
    this.#worker = new this.#options.bullmq.Worker('replays', process, { ...this.#shared(), concurrency, ...stalling });
    this.#worker.on('error', (error) => this.#logFailure(error));
    this.#sweeper = setInterval(() => void this.#sweep(), sweepMs);
    this.#sweeper.unref();
  }

  /** Stops processing jobs, within two seconds. */
  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    await closeJobs(this.#client, this.#queue, this.#worker);
  }

  #shared() {
    return { connection: this.#client.redis, prefix: `{${replayJobsTag(this.#options.prefix)}}` };
  }

  /** Adds jobs for stalled replays: BullMQ may lose a job, and a process may die before it has added one. */
  async #sweep(): Promise<void> {
    try {
      const round = Math.floor(Date.now() / staleAfterMs);
      for (const jobId of await this.#options.findStalled()) {
        await this.#queue.add('replay', { jobId }, { jobId: `${jobId}-${round}` });
      }
    } catch (error) {
      this.#logFailure(error);
    }
  }

  #logFailure(error: unknown): void {
    this.#options.logger.debug({ err: error, connection: 'replays' }, 'Redis connection error');
  }
}
