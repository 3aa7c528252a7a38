import type { Logger } from '../logger.js';
import type { Replays } from '../replay.js';
import type { RedisTarget } from './client.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { MemoryGuard } from './memory-guard.js';
import { ReplayJobs, silentMs } from './replay-jobs.js';
import { ReplayRunner } from './replay-runner.js';
import { RedisReplays } from './replays.js';
import { busOptions } from './settings.js';

export interface ReplayServiceOptions {
  readonly link: Link;
  readonly keys: Keys;
  readonly target: RedisTarget;
  readonly logger: Logger;
  /** Whether to carry replays out here: from now on, never, or from the first one started here on. */
  readonly run: boolean | undefined;
}

/** Replays, and what carries them out in this process; that connects only when it is needed. */
export class ReplayService {
  readonly replays: Replays;
  readonly #options: ReplayServiceOptions;
  readonly #all: RedisReplays;
  readonly #memory: MemoryGuard;
  readonly #runner: ReplayRunner;
  #jobs: ReplayJobs | undefined;

  constructor(options: ReplayServiceOptions) {
    this.#options = options;
    const { link, keys, logger } = options;
    this.#memory = new MemoryGuard(link, busOptions.memoryLimit.default ?? 1);
    this.#runner = new ReplayRunner({ link, keys, logger, memory: this.#memory });
    this.#all = new RedisReplays(link, keys, () => this.#need(options.run !== false));
    this.replays = this.#all;
    if (options.run === true) this.#need(true);
  }

  async close(): Promise<void> {
    this.#runner.stop();
    await this.#jobs?.close();
    this.#memory.stop();
  }

  #need(work: boolean): ReplayJobs {
    const { target, keys, logger } = this.#options;
    this.#jobs ??= new ReplayJobs({
      ...{ target, logger, prefix: keys.prefix },
      run: (jobId) => this.#runner.run(jobId),
      forgotten: () => this.#all.forgotten(silentMs),
    });
    if (work) {
      this.#memory.start();
      this.#jobs.work();
    }
    return this.#jobs;
  }
}
