import { compareStreamIds } from '../../event/stream-id.js';
import type { Logger } from '../../logger.js';
import type { Keys } from '../store/keys.js';
import type { Link } from './link.js';
import { lossScript } from './loss.lua.js';

/**
 * Remembers the latest entry that this process has published or read, and checks after a reconnect whether Redis still has
 * it: a Redis that crashed has lost the writes that were not yet on disk.
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

  /** Remembers an entry's id if it is the latest. */
  observe(streamId: string): void {
    if (compareStreamIds(streamId, this.#latest) > 0) this.#latest = streamId;
  }

  /** Checks whether the stream still has the latest known entry; if not, reports the loss once. */
  async check(connection: Link): Promise<void> {
    const known = this.#latest;
    if (known === '0-0') return;
    const { events, log } = this.#keys;
    const found = await connection.tryOnce(lossScript.call({ events, log, known, service: this.#service }));
    if (found === null) return;
    const [from, last] = found;
    if (this.#latest === known) this.#latest = last;
    const message = 'Redis lost its latest writes: events that were published after `from`, up to `to`, are lost';
    this.#logger.error({ from, to: known }, message);
  }
}
