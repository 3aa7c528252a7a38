/**
 * Slots of a publisher's ring at Redis, each of which remembers one batch by its token. A slot is no other batch's while a
 * sending of its batch may still be under way.
 */
export class RingSlots {
  #count = 0;
  /** Slots of which nothing is under way. */
  readonly #free: number[] = [];
  /** Slots of batches of which a sending may still be under way, and until when they are reserved, by `performance.now()`. */
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

  /** Leaves a slot to another batch. @param reserveMs After so many milliseconds; 0: now. */
  leave(slot: number, reserveMs: number): void {
    if (reserveMs === 0) this.#free.push(slot);
    else this.#reserved.push({ slot, until: performance.now() + reserveMs });
  }
}
