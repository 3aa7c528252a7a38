import { setTimeout as sleep } from 'node:timers/promises';
import type { EventFeed, FeedEntry } from '@hyvve-events/runtime';

/** Called with new entries of one partition, oldest first. @param skipped True if entries before them were skipped. */
export type Listener = (entries: readonly FeedEntry[], skipped: boolean) => void;

const pollMs = 400;
/** Maximum number of entries that are read in all partitions together, and its minimum for one of them. */
const pageSize = 1_000;
const minPageSize = 50;

/**
 * Reads the ends of the event streams for all listeners, and only while there is a listener. Each partition is followed from its
 * own position, and waits for no other. If a read returns a full page, the next one skips to the end of the stream: the
 * listeners then get a sample, and the load on Redis stays limited.
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

  /** Follows all partitions, also those that are added later. */
  async #run(): Promise<void> {
    const ended = new AbortController();
    let followed = 0;
    const size = () => Math.max(minPageSize, Math.floor(pageSize / followed));
    while (this.#listeners.size > 0) {
      // Redis is not available: the statistics of the live stream report it.
      const partitions = await this.#feed.partitions().catch(() => []);
      // Everything in a partition that is added later is new.
      const from = followed === 0 ? undefined : '0-0';
      for (const partition of partitions.slice(followed)) void this.#follow(partition, from, size, ended.signal);
      followed = Math.max(followed, partitions.length);
      await sleep(pollMs);
    }
    ended.abort();
  }

  /** @param from Position after which to begin. Default: the end of the stream. */
  async #follow(partition: number, from: string | undefined, size: () => number, ended: AbortSignal): Promise<void> {
    let after = from;
    let skipped = false;
    while (!ended.aborted) {
      try {
        after ??= (await this.#feed.ends({ partition })).events.lastId;
        const limit = size();
        const page = await this.#feed.entries({ partition, limit, after });
        if (ended.aborted) return;
        if (page.length > 0) for (const listener of this.#listeners) listener(page, skipped);
        skipped = page.length === limit;
        after = skipped ? undefined : (page.at(-1)?.streamId ?? after);
      } catch {
        after = undefined;
        skipped = true;
      }
      await sleep(pollMs);
    }
  }
}
