import { setTimeout as sleep } from 'node:timers/promises';
import type { EventFeed, GroupPosition } from '@hyvve-events/runtime';

/** Time for which a partition whose positions were read before may delay a call, in milliseconds. */
const patienceMs = 500;

/**
 * The read position of each group in each partition. Of a partition that is away, those that were read last: its events are
 * neither read nor handled meanwhile, and the index has no newer ones.
 */
export class GroupPositions {
  readonly #feed: EventFeed;
  readonly #maxPending: number;
  readonly #known = new Map<number, readonly GroupPosition[]>();
  readonly #reading = new Map<number, Promise<readonly GroupPosition[]>>();

  /** @param maxPending Maximum number of pending entries of each group in each partition. */
  constructor(feed: EventFeed, maxPending: number) {
    this.#feed = feed;
    this.#maxPending = maxPending;
  }

  /** Reads the positions now. @throws EventBusError `UNAVAILABLE` when a partition is away whose positions were never read */
  async read(): Promise<readonly GroupPosition[]> {
    const partitions = await this.#feed.partitions();
    return (await Promise.all(partitions.map((partition) => this.#positionsIn(partition)))).flat();
  }

  async #positionsIn(partition: number): Promise<readonly GroupPosition[]> {
    const reading = this.#reading.get(partition) ?? this.#start(partition);
    const known = this.#known.get(partition);
    if (known === undefined) return reading;
    const aborter = new AbortController();
    const late = sleep(patienceMs, known, { signal: aborter.signal }).catch(() => known);
    try {
      return await Promise.race([reading.catch(() => known), late]);
    } finally {
      aborter.abort();
    }
  }

  #start(partition: number): Promise<readonly GroupPosition[]> {
    const reading = this.#feed.positions({ partition, maxPending: this.#maxPending }).finally(() => {
      this.#reading.delete(partition);
    });
    this.#reading.set(partition, reading);
    reading.then(
      (positions) => this.#known.set(partition, positions),
      () => undefined,
    );
    return reading;
  }
}
