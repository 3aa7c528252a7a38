import { positionOf } from '../database/positions.js';

/** A stream that was not read to its end for this long is behind, in milliseconds. */
const lateMs = 2_000;

/** How far the index is behind one stream of one partition. */
export class StreamProgress {
  /** When the stream was read to its end last; at first, when reading began. */
  #completeAt = performance.now();
  /** Position of the last entry that was written, while there are more. */
  #unfinished: string | undefined;
  #isComplete = false;

  /** Whether the stream had no more entries when it was read last. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Age of the newest entry in the index while there are more to read. If the stream cannot be read or written, the time since
   * it was read to its end. 0 otherwise.
   */
  get behindMs(): number {
    if (this.#unfinished !== undefined) return ageOf(this.#unfinished);
    const sinceMs = performance.now() - this.#completeAt;
    return sinceMs > lateMs ? Math.round(sinceMs) : 0;
  }

  /** A page was read and written. @param unfinished Position of its last entry, if there may be more. */
  wrote(unfinished: string | undefined): void {
    this.#unfinished = unfinished;
    this.#isComplete = unfinished === undefined;
    if (this.#isComplete) this.#completeAt = performance.now();
  }
}

/** Milliseconds since an entry was written, by its id; only as exact as the clocks of Redis and this process agree. */
function ageOf(position: string): number {
  return Math.max(0, Date.now() - (positionOf(position)?.ms ?? 0));
}
