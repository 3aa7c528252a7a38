import type { Logger } from '../../logger.js';
import type { Replays } from '../../operate/replay.js';
import { MemoryGuard } from '../connection/memory-guard.js';
import { probeRedis } from '../connection/permissions.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ResolvedTarget } from '../connection/redis-target.js';
import { busOptions } from '../settings.js';
import type { Keys } from '../store/keys.js';
import { ReplayJobs, staleAfterMs } from './replay-jobs.js';
import { ReplayRoom } from './replay-room.js';
import { ReplayRunner } from './replay-runner.js';
import { RedisReplays } from './replays.js';

export interface ReplayServiceOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly target: ResolvedTarget;
  readonly logger: Logger;
  /** Whether to carry replays out here: from now on, never, or from the first one started here on. */
  readonly run: boolean | undefined;
}

/** Replays stop at this share of what publishing stops at, so that they never lock it out. */
const memoryShare = 0.85;

/** How long after a refusal it is tried again to carry replays out, in milliseconds. */
const retryMs = 15_000;

/** Replays, and what carries them out in this process; that connects only when it is needed. */
export class ReplayService {
  readonly replays: Replays;
  readonly #options: ReplayServiceOptions;
  readonly #all: RedisReplays;
  readonly #memory: MemoryGuard;
  readonly #runner: ReplayRunner;
  #jobs: ReplayJobs | undefined;
  #permitted: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ReplayServiceOptions) {
    this.#options = options;
    const { connection, keys, logger } = options;
    this.#memory = new MemoryGuard(connection, memoryShare * (busOptions.memoryLimit.default ?? 1));
    this.#runner = new ReplayRunner({ connection, keys, logger, room: new ReplayRoom(this.#memory) });
    this.#all = new RedisReplays(connection, keys, {
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
    this.#memory.stop();
  }

  /** Carries replays out from now on; where Redis does not permit what that needs, as soon as it does. */
  async #work(): Promise<void> {
    try {
      await this.#startJobs(true);
    } catch (error) {
      if (this.#closed) return;
      this.#options.logger.error({ err: error }, 'replays cannot be carried out here; trying again');
      this.#retry = setTimeout(() => void this.#work(), retryMs);
      this.#retry.unref();
    }
  }

  /** Undefined where it was closed meanwhile. @throws EventBusError `REDIS_DENIED`, as `RedisConnection.ask` says */
  async #startJobs(work: boolean): Promise<ReplayJobs | undefined> {
    const { connection, target, keys, logger } = this.#options;
    // First of all: BullMQ asks again and again for what it may not do, and lets nothing else happen meanwhile.
    this.#permitted ??= connection
      .ask(() => probeRedis(connection, keys, 'replay'))
      .catch((error: unknown) => {
        this.#permitted = undefined;
        throw error;
      });
    await this.#permitted;
    if (this.#closed) return undefined;
    this.#jobs ??= new ReplayJobs({
      ...{ target, logger, prefix: keys.prefix },
      run: (jobId) => this.#runner.run(jobId),
      findStalled: () => this.#all.findStalled(staleAfterMs),
    });
    if (work) {
      this.#memory.start();
      // How much room a replay has is known when the first one begins.
      void this.#memory.poll();
      this.#jobs.work();
    }
    return this.#jobs;
  }
}
