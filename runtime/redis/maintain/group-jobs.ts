import type { ConnectionOptions, Queue, Worker } from 'bullmq';
import type { Logger } from '../../logger.js';
import type { JobsClient } from '../connection/client.js';
import { closeJobs } from '../connection/close-jobs.js';
import { type BullMQ, loadBullMQ } from '../connection/load-bullmq.js';
import type { Nodes } from '../connection/nodes.js';
import { mayTryAgain } from '../connection/redis-error.js';
import { timerTag } from '../store/keys.js';

export interface GroupJobsOptions {
  /** Makes a client for BullMQ. */
  readonly newClient: Nodes['jobsClient'];
  /** Option of the bus. */
  readonly prefix: string;
  readonly group: string;
  readonly logger: Logger;
}

/** The work of a group's jobs. */
export interface GroupWork {
  /** Called when retries may be due. @param partition Undefined: in any partition. */
  readonly wake: (partition: number | undefined) => void;
  /** One round of maintenance, in one process of the group at a time; ends early when the signal is aborted. */
  readonly maintain: (signal: AbortSignal) => Promise<void>;
  /** Interval of the maintenance, in milliseconds. */
  readonly maintainEveryMs: number;
}

/** Connections and workers between `start` and `close`. */
interface Running {
  readonly client: JobsClient;
  readonly queue: Queue;
  readonly worker: Worker;
}

/** BullMQ's name of a group's queue: the keys begin with `{<prefix>:timer:<group>}:jobs`. */
const queueName = 'jobs';
/** Data of the jobs that wake a group. */
interface WakeData {
  readonly partition?: number;
}

/** Name of the jobs that wake a group. */
const wakeJob = 'wake';
/** Number of due seconds that are remembered as having a job: those of about half an hour. */
const rememberedSeconds = 2_000;

/**
 * Jobs of a group, on BullMQ: they wake one of its processes when a retry is due, and run the maintenance in one of them.
 * Retries do not depend on the jobs: each process also finds due retries in its sweep.
 */
export class GroupJobs {
  readonly #options: GroupJobsOptions;
  #running: Running | undefined;
  readonly #seconds = new Set<string>();
  readonly #closing = new AbortController();

  constructor(options: GroupJobsOptions) {
    this.#options = options;
  }

  /**
   * Connects, starts to process jobs, and schedules the maintenance. Does not wait for Redis. Redis must permit all commands
   * of BullMQ, which otherwise retries them endlessly.
   */
  start(bullmq: BullMQ, work: GroupWork): void {
    const { newClient, prefix, group, logger } = this.#options;
    const client = newClient(timerTag(prefix, group), `hyvve-events:${group}:jobs`);
    const onError = (error: unknown) => logger.debug({ err: error, connection: 'jobs' }, 'Redis connection error');
    client.redis.on('error', onError);
    const queue = newQueue(bullmq, client, prefix, group);
    const run = async (name: string, { partition }: WakeData) => {
      if (name === 'maintain') await work.maintain(this.#closing.signal);
      else work.wake(partition);
    };
    const worker = new bullmq.Worker(queueName, async (job) => run(job.name, job.data), {
      ...optionsOf(client, prefix, group),
      maxStalledCount: 10,
    });
    queue.on('error', onError);
    worker.on('error', onError);
    worker.on('failed', (_job, error) => {
      // During a failover or a move of a slot, Redis refuses calls for a time.
      const level = mayTryAgain(error) ? 'warn' : 'error';
      logger[level]({ err: error }, 'maintenance failed; it will be repeated');
    });
    this.#running = { client, queue, worker };
    const every = work.maintainEveryMs;
    this.#ignoreFailure(queue.upsertJobScheduler('maintenance', { every }, { name: 'maintain' }));
  }

  /**
   * Schedules a job that wakes the group when retries of a partition are due: one job per second, for any number of retries. Does not
   * wait for Redis.
   * @param dueMs Due time, in Redis's milliseconds. @param nowMs Current time of the same clock.
   */
  wakeAt(partition: number, dueMs: number, nowMs: number): void {
    const second = Math.ceil(dueMs / 1000);
    const name = `${partition}-${second}`;
    const { client, queue } = this.#running ?? {};
    if (queue === undefined || client?.redis.status !== 'ready' || this.#seconds.has(name)) return;
    if (this.#seconds.size >= rememberedSeconds) this.#seconds.clear();
    this.#seconds.add(name);
    const delay = Math.max(0, Math.ceil(second * 1000 - nowMs));
    this.#ignoreFailure(queue.add(wakeJob, { partition }, { jobId: `due-${name}`, delay }));
  }

  /** Stops processing jobs, within two seconds. */
  async close(): Promise<void> {
    this.#closing.abort();
    const running = this.#running;
    this.#running = undefined;
    if (running !== undefined) await closeJobs(running.client, running.queue, running.worker);
  }

  #ignoreFailure(call: Promise<unknown>): void {
    call.catch((error: unknown) =>
      this.#options.logger.debug({ err: error }, 'could not add a job; the next sweep finds due retries'),
    );
  }
}

export type GroupWakerOptions = Omit<GroupJobsOptions, 'group'>;

/** Wakes groups from a process that is not a member of any of them. Connects at the first use. */
export class GroupWaker {
  readonly #options: GroupWakerOptions;
  /** By group: their queues may be on different servers. */
  readonly #queues = new Map<string, { readonly queue: Queue; readonly client: JobsClient }>();
  #closed = false;

  constructor(options: GroupWakerOptions) {
    this.#options = options;
  }

  /**
   * Makes a process of the group claim due retries now, not at its next sweep. Does not wait for Redis.
   * @throws EventBusError `DEPENDENCY_MISSING`
   */
  async wake(group: string): Promise<void> {
    const bullmq = await loadBullMQ();
    if (this.#closed) return;
    const { newClient, prefix, logger } = this.#options;
    const onError = (error: unknown) =>
      logger.debug({ err: error }, 'could not wake the group; its next sweep finds the retry');
    let known = this.#queues.get(group);
    if (known === undefined) {
      const client = newClient(timerTag(prefix, group), 'hyvve-events:operator:jobs');
      client.redis.on('error', onError);
      known = { client, queue: newQueue(bullmq, client, prefix, group) };
      known.queue.on('error', onError);
      this.#queues.set(group, known);
    }
    known.queue.add(wakeJob, {}).catch(onError);
  }

  close(): void {
    this.#closed = true;
    for (const { client } of this.#queues.values()) client.end();
  }
}

function newQueue(bullmq: BullMQ, client: JobsClient, prefix: string, group: string): Queue {
  return new bullmq.Queue(queueName, {
    ...optionsOf(client, prefix, group),
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
}

/** Common options of a group's queue and worker. */
function optionsOf({ redis }: JobsClient, prefix: string, group: string) {
  return { connection: redis as ConnectionOptions, prefix: `{${timerTag(prefix, group)}}` };
}
