import { setTimeout as sleep } from 'node:timers/promises';
import type { EventFeed, FeedEntry } from '@hyvve-events/runtime';

/** Called with new entries, oldest first. @param skipped True if entries before them were skipped. */
export type Listener = (entries: readonly FeedEntry[], skipped: boolean) => void;

const pollMs = 400;
const pageSize = 1_000;

/**
 * Reads the end of the event stream for all listeners, and only while there is a listener. If a read returns a full page, the
 * next one skips to the end of the stream: the listeners then get a sample, and the load on Redis stays limited.
 */
export class Broadcast {
  readonly #feed: EventFeed;
  readonly #listeners = new Set<Listener>();
  #loop: Promise<void> | undefined;

  constructor(feed: EventFeed) {
    this.#feed = feed;
  }

  /** Calls `listener` until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
    });
    return () => this.#listeners.delete(listener);
  }

  async #run(): Promise<void> {
    let after: string | undefined;
    let skipped = false;
    while (this.#listeners.size > 0) {
      try {
        after ??= (await this.#feed.ends()).events.lastId;
        const page = await this.#feed.entries({ limit: pageSize, after });
        if (page.length > 0) for (const listener of this.#listeners) listener(page, skipped);
        skipped = page.length === pageSize;
        after = skipped ? undefined : (page.at(-1)?.streamId ?? after);
      } catch {
        // Redis is not available: the statistics of the live stream report it.
        after = undefined;
        skipped = true;
      }
      await sleep(pollMs);
    }
  }
}
