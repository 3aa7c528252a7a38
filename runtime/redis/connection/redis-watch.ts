import type { Link } from './link.js';
import { mayTryAgain } from './redis-error.js';

/** Interval of the checks, in milliseconds. */
const everyMs = 2_000;

/** Checks periodically whether Redis accepts writes, so that health is also correct while nothing is published. */
export class RedisWatch {
  readonly #connection: Link;
  readonly #probe: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #refusal: string | undefined;

  /** @param probe Rejects if the server of the connection refuses the commands of this process. */
  constructor(connection: Link, probe: () => Promise<void>) {
    this.#connection = connection;
    this.#probe = probe;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#poll(), everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The error with which Redis refuses commands at present; undefined if it accepts them. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  async #poll(): Promise<void> {
    if (!this.#connection.isReady) return;
    try {
      await this.#probe();
      this.#refusal = undefined;
    } catch (error) {
      // A lost connection is not a refusal: the connection reports it.
      if (!this.#connection.isReady && mayTryAgain(error)) return;
      this.#refusal = error instanceof Error ? error.message : String(error);
    }
  }
}
