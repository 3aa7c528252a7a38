import type { Keys } from '../store/keys.js';
import { type Duty, probeRedis } from './permissions.js';
import type { Link } from './redis-connection.js';
import { mayTryAgain } from './redis-error.js';

/** How often Redis is asked, in milliseconds. */
const everyMs = 2_000;

/** Asks Redis again and again whether it would take writes, so that health can tell also while there is nothing to write. */
export class RedisWatch {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #duty: () => Duty;
  #timer: NodeJS.Timeout | undefined;
  #refusal: string | undefined;

  /** @param duty What the bus does now. */
  constructor(link: Link, keys: Keys, duty: () => Duty) {
    this.#link = link;
    this.#keys = keys;
    this.#duty = duty;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#poll(), everyMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** What Redis refuses now, in its words; undefined where it refuses nothing. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  async #poll(): Promise<void> {
    if (!this.#link.isReady) return;
    try {
      await probeRedis(this.#link, this.#keys, this.#duty());
      this.#refusal = undefined;
    } catch (error) {
      // A connection that is lost is no refusal; the link says so itself.
      if (!this.#link.isReady && mayTryAgain(error)) return;
      this.#refusal = error instanceof Error ? error.message : String(error);
    }
  }
}
