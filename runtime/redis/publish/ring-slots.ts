/** A batch whose outcome was unknown is remembered for this number of deadlines. */
export const ringDeadlines = 10;

/**
 * Slots of a publisher's ring in Redis. Each slot stores the result of one batch, with its token. A slot is not reused while
 * a call of its batch may still reach Redis.
 */
export class RingSlots {
  #count = 0;
  readonly #free: number[] = [];
  /** Slots of batches whose calls may still reach Redis, and until when they are reserved, by `performance.now()`. */
  readonly #reserved: { readonly slot: number; readonly until: number }[] = [];

  take(): number {
    const oldest = this.#reserved[0];
    if (oldest !== undefined && oldest.until <= performance.now()) {
      this.#reserved.shift();
      return oldest.slot;
    }
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#count += 1;
    return this.#count;
  }

  /** Releases a slot for another batch. @param reserveMs Time until the slot may be reused, in milliseconds; 0: now. */
  leave(slot: number, reserveMs: number): void {
    if (reserveMs === 0) this.#free.push(slot);
    else this.#reserved.push({ slot, until: performance.now() + reserveMs });
  }
}
