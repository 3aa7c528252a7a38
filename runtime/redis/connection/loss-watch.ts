import { compareStreamIds } from '../../event/stream-id.js';
import type { Logger } from '../../logger.js';
import type { Keys } from '../store/keys.js';
import { lossScript } from './loss.lua.js';
import type { RedisConnection } from './redis-connection.js';

/**
 * Remembers the latest entry of the stream that this process has published or read, and finds out after a lost
 * connection whether Redis still has it: one that was killed has lost what it had not yet written to disk.
 */
export class LossWatch {
  readonly #keys: Keys;
  readonly #service: string;
  readonly #logger: Logger;
  #latest = '0-0';

  constructor(keys: Keys, service: string, logger: Logger) {
    this.#keys = keys;
    this.#service = service;
    this.#logger = logger;
  }

  /** Notes an entry's id. */
  observe(streamId: string): void {
    if (compareStreamIds(streamId, this.#latest) > 0) this.#latest = streamId;
  }

  /** Finds out whether the stream still has what was seen last, and reports it once where it has not. */
  async check(connection: RedisConnection): Promise<void> {
    const known = this.#latest;
    if (known === '0-0') return;
    const { events, log } = this.#keys;
    const found = await connection.tryOnce(lossScript.call({ events, log, known, service: this.#service }));
    if (found === null) return;
    const [from, last] = found;
    if (this.#latest === known) this.#latest = last;
    const message = 'Redis has lost its latest writes: events that were published after `from`, up to `to`, are gone';
    this.#logger.error({ from, to: known }, message);
  }
}
