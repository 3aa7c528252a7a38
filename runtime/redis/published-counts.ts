import type { Logger } from '../logger.js';
import { addCounts } from './add-counts.js';
import { publishedField, Tally } from './counters.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';

/** How long counts are gathered before they are sent, in milliseconds: what a process that is killed has not counted. */
const gatherMs = 10;

/**
 * Counts published events in calls of their own. In the script that publishes they took a tenth of the time of a caller
 * who publishes one event after the other (`npm run bench -- --only publishSequential`).
 */
export class PublishedCounts {
  readonly #link: Link;
  readonly #keys: Keys;
  readonly #logger: Logger;
  #counted = new Tally();
  #timer: NodeJS.Timeout | undefined;

  constructor(link: Link, keys: Keys, logger: Logger) {
    this.#link = link;
    this.#keys = keys;
    this.#logger = logger;
  }

  /** Counts an event that Redis says it has written. @param type The event's. */
  add(type: string): void {
    this.#counted.add(publishedField(type));
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs);
  }

  /** Sends what is gathered. What is lost on the way is lost to statistics alone. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const counted = this.#counted;
    if (counted.size === 0) return;
    this.#counted = new Tally();
    try {
      await addCounts(this.#link, this.#keys, counted);
    } catch (error) {
      this.#logger.debug({ err: error }, 'could not count published events');
    }
  }
}
