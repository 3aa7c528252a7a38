import type { Homes } from './homes.js';
import type { Places } from './places.js';

/** How long a read waits at most if this process cannot wait for all its partitions at the same time, in milliseconds. */
const seatMs = 1_000;
/** Time since its last entry after which a partition is idle, in milliseconds. */
const idleAfterMs = 10_000;
/** Maximum number of polls by this process in a second. */
const pollsPerSecond = 1_000;
/** Places of a read that waits, if there are several partitions: more are free for the partitions that have many entries. */
const [fewest, most] = [2, 4];

/** One read that waits for entries. */
export interface ReadTurn {
  /** Maximum number of entries that it may return, from 1. */
  readonly places: number;
  /** How long it may wait, in milliseconds. */
  readonly blockMs: number;
}

/** When the latest entries of a partition were found, in milliseconds before now; infinity if there were none. */
export interface Activity {
  readonly lastMs: number;
  /** The one before the last. */
  readonly previousMs: number;
}

/**
 * Decides which partitions this process waits for: a read that waits reserves places for what it may return. A quarter of the places
 * stays free for retries, for entries that are taken over and for polls. If the rest is not enough to wait for all partitions, those in
 * which there are events have a seat, and the others are polled.
 */
export class ReadTurns {
  readonly #places: Places;
  readonly #homes: Homes;
  readonly #blockMs: number;
  #partitions = 1;
  /** Places of one read that waits. */
  #share = 1;
  /** Maximum number of reads that wait. */
  #limit = 1;
  /** The partitions that this process waits for, if it cannot wait for all. */
  readonly #seats = new Set<number>();

  /** @param partitions Their number. @param blockMs How long a read may wait, in milliseconds. */
  constructor(places: Places, homes: Homes, partitions: number, blockMs: number) {
    this.#places = places;
    this.#homes = homes;
    this.#blockMs = blockMs;
    this.resize(partitions);
  }

  /** To be called when there are more partitions. Reads that wait already are not interrupted. */
  resize(partitions: number): void {
    const { capacity } = this.#places;
    const usable = placesToWait(capacity);
    const each = Math.floor(usable / partitions);
    this.#partitions = partitions;
    this.#share = partitions === 1 ? usable : Math.min(usable, Math.max(fewest, Math.min(most, each)));
    // With one place and several partitions, all are polled: a read that waits would keep it from the others.
    this.#limit = capacity === 1 && partitions > 1 ? 0 : Math.max(1, Math.floor(usable / this.#share));
  }

  /** How long to wait until a partition is polled again, in milliseconds, with jitter: longer if there are many partitions. */
  get pollMs(): number {
    const fewestMs = (this.#partitions * 1_000) / pollsPerSecond;
    return Math.max(this.#homes.pollMs, fewestMs * (0.75 + Math.random() / 4));
  }

  /** Whether there are not enough places to wait for all partitions. */
  get #hasSeats(): boolean {
    return this.#limit < this.#partitions;
  }

  /** Whether this process waits for a partition. If it cannot wait for all, this takes a seat for it or gives it back. */
  waitsFor(partition: number, { lastMs, previousMs }: Activity): boolean {
    const isHome = this.#homes.isHome(partition);
    if (!this.#hasSeats) return isHome;
    if (!isHome || lastMs >= idleAfterMs) this.#seats.delete(partition);
    else if (previousMs < idleAfterMs && this.#seats.size < this.#limit) this.#seats.add(partition);
    return this.#seats.has(partition);
  }

  /** The next read of a partition for which this process waits; undefined if no place is free. */
  next(): ReadTurn | undefined {
    const { free } = this.#places;
    if (free === 0) return undefined;
    return {
      places: Math.min(placesToWait(free), this.#share),
      blockMs: this.#hasSeats ? Math.min(seatMs, this.#blockMs) : this.#blockMs,
    };
  }
}

/** Three quarters of the places; one, if there are fewer than four: a retry that is due needs a place. */
function placesToWait(places: number): number {
  return places < 4 ? 1 : places - Math.floor(places / 4);
}
