import type { Logger } from '../../logger.js';
import type { Replays } from '../../operate/replay.js';
import { loadBullMQ } from '../connection/load-bullmq.js';
import { MemoryGuard } from '../connection/memory-guard.js';
import type { Nodes } from '../connection/nodes.js';
import { probeJobs, probeRedis } from '../connection/permissions.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { busOptions } from '../settings.js';
import { replayJobsTag } from '../store/keys.js';
import { ReplayJobs, staleAfterMs } from './replay-jobs.js';
import { ReplayRoom } from './replay-room.js';
import { ReplayRunner } from './replay-runner.js';
import { RedisReplays } from './replays.js';

export interface ReplayServiceOptions {
  readonly nodes: Nodes;
  readonly partitions: Partitions;
  /** Option of the bus. */
  readonly prefix: string;
  readonly logger: Logger;
  /** Whether to run replays in this process: true, false, or undefined: from the first one that is started here. */
  readonly run: boolean | undefined;
}

/** Share of the memory limit of publishing at which replays stop, so that they never block publishing. */
const memoryShare = 0.85;

/** Time after a refusal before this process tries again to run replays, in milliseconds. */
const retryMs = 15_000;

/** Replays, and the jobs that run them in this process; the jobs connect only when they are needed. */
export class ReplayService {
  readonly replays: Replays;
  readonly #options: ReplayServiceOptions;
  readonly #all: RedisReplays;
  /** Index of a partition → the memory of its server, and the room there. */
  readonly #rooms = new Map<number, { readonly memory: MemoryGuard; readonly room: ReplayRoom }>();
  readonly #runner: ReplayRunner;
  #jobs: ReplayJobs | undefined;
  #permitted: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ReplayServiceOptions) {
    this.#options = options;
    const { partitions, logger } = options;
    this.#runner = new ReplayRunner({ partitions, logger, roomOf: (partition) => this.#roomOf(partition) });
    this.#all = new RedisReplays(partitions, {
      add: async (jobId) => {
        const jobs = await this.#startJobs(options.run !== false);
        await jobs?.add(jobId);
      },
    });
    this.replays = this.#all;
    if (options.run === true) void this.#work();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#runner.stop();
    await this.#jobs?.close();
    for (const { memory } of this.#rooms.values()) memory.stop();
  }

  /** Starts to run replays. If Redis does not permit the required commands, tries again later. */
  async #work(): Promise<void> {
    try {
      await this.#startJobs(true);
    } catch (error) {
      if (this.#closed) return;
      this.#options.logger.error({ err: error }, 'this process cannot run replays; trying again');
      this.#retry = setTimeout(() => void this.#work(), retryMs);
      this.#retry.unref();
    }
  }

  /** Undefined if the service was closed in the meantime. @throws EventBusError `REDIS_DENIED`, `DEPENDENCY_MISSING`, errors of `Link.ask` */
  async #startJobs(work: boolean): Promise<ReplayJobs | undefined> {
    const { nodes, partitions, prefix, logger } = this.#options;
    // Checked first: BullMQ retries a command that is not permitted endlessly, which blocks the event loop.
    this.#permitted ??= this.#probe().catch((error: unknown) => {
      this.#permitted = undefined;
      throw error;
    });
    await this.#permitted;
    const bullmq = await loadBullMQ();
    if (this.#closed) return undefined;
    this.#jobs ??= new ReplayJobs({
      bullmq,
      newClient: (tag, name) => nodes.jobsClient(tag, name),
      logger,
      prefix,
      run: (jobId) => this.#runner.run(jobId),
      findStalled: () => this.#all.findStalled(staleAfterMs),
    });
    if (work) {
      // So that the memory figures are known when the first replay begins.
      this.#roomOf(partitions.first);
      this.#jobs.work();
    }
    return this.#jobs;
  }

  async #probe(): Promise<void> {
    const { nodes, partitions, prefix } = this.#options;
    const { connection, keys } = partitions.first;
    const tag = replayJobsTag(prefix);
    const link = nodes.link(tag);
    await Promise.all([
      connection.ask(() => probeRedis(connection, keys, 'operate')),
      link.ask(() => probeJobs(link, tag)),
    ]);
  }

  #roomOf({ index, connection }: Partition): ReplayRoom {
    const known = this.#rooms.get(index);
    if (known !== undefined) return known.room;
    const memory = new MemoryGuard(connection, memoryShare * (busOptions.memoryLimit.default ?? 1));
    const room = new ReplayRoom(memory);
    this.#rooms.set(index, { memory, room });
    memory.start();
    void memory.poll();
    return room;
  }
}
