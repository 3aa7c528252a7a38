import type { Homes } from './homes.js';
import type { Places } from './places.js';

/** How long a read waits if this process cannot wait for all its partitions at the same time, in milliseconds. */
const turnMs = 200;
/** Places of a read that waits, if there are several partitions: more are free for the partitions that have many entries. */
const [fewest, most] = [2, 4];

/** One read that waits for entries. */
export interface ReadTurn {
  /** Maximum number of entries that it may return, from 1. */
  readonly places: number;
  /** How long it may wait, in milliseconds. */
  readonly blockMs: number;
}

/**
 * Decides which partitions this process waits for: a read that waits reserves places for what it may return. A quarter of the places
 * stays free for retries and for entries that are taken over. If the rest is not enough to wait for all partitions, they take
 * turns, and the others are polled.
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
  #waiting = 0;

  /** @param partitions Their number. @param blockMs How long a read may wait, in milliseconds. */
  constructor(places: Places, homes: Homes, partitions: number, blockMs: number) {
    this.#places = places;
    this.#homes = homes;
    this.#blockMs = blockMs;
    this.resize(partitions);
  }

  /** To be called when there are more partitions. Reads that wait already are not interrupted. */
  resize(partitions: number): void {
    const usable = placesToWait(this.#places.capacity);
    const each = Math.floor(usable / partitions);
    this.#partitions = partitions;
    this.#share = partitions === 1 ? usable : Math.min(usable, Math.max(fewest, Math.min(most, each)));
    this.#limit = Math.max(1, Math.floor(usable / this.#share));
  }

  /** How long to wait until a partition is polled again, in milliseconds. */
  get pollMs(): number {
    return this.#homes.pollMs;
  }

  /** Whether this process waits for a partition, at least in its turns. */
  isHome(partition: number): boolean {
    return this.#homes.isHome(partition);
  }

  /** Whether there are not enough places to wait for all partitions. */
  get #takesTurns(): boolean {
    return this.#limit < this.#partitions;
  }

  /**
   * Begins a turn; {@link end} ends it. Undefined: the partition must be polled.
   * @param isPolled Whether it was polled a short time ago: if the partitions take turns, one that was not is polled first.
   */
  begin(partition: number, isPolled: boolean): ReadTurn | undefined {
    const { free } = this.#places;
    if (free === 0 || this.#waiting >= this.#limit || !this.isHome(partition)) return undefined;
    if (this.#takesTurns && !isPolled) return undefined;
    this.#waiting += 1;
    return {
      places: Math.min(placesToWait(free), this.#share),
      blockMs: this.#takesTurns ? Math.min(turnMs, this.#blockMs) : this.#blockMs,
    };
  }

  /** Ends a turn. */
  end(): void {
    this.#waiting -= 1;
  }
}

/** Three quarters of the places; one, if there are fewer than four: a retry that is due needs a place. */
function placesToWait(places: number): number {
  return places < 4 ? 1 : places - Math.floor(places / 4);
}
