/**
 * Slots of a publisher's ring at Redis, each of which remembers one batch by its token. A slot is no other batch's while a
 * sending of its batch may still be under way.
 */
export class RingSlots {
  #count = 0;
  /** Slots of which nothing is under way. */
  readonly #free: number[] = [];
  /** Slots of batches of which a sending may still be under way, and until when they are kept, by `performance.now()`. */
  readonly #kept: { readonly slot: number; readonly until: number }[] = [];

  take(): number {
    const oldest = this.#kept[0];
    if (oldest !== undefined && oldest.until <= performance.now()) {
      this.#kept.shift();
      return oldest.slot;
    }
    const free = this.#free.pop();
    if (free !== undefined) return free;
    this.#count += 1;
    return this.#count;
  }

  /** Leaves a slot to another batch. @param keepMs After so many milliseconds; 0: now. */
  leave(slot: number, keepMs: number): void {
    if (keepMs === 0) this.#free.push(slot);
    else this.#kept.push({ slot, until: performance.now() + keepMs });
  }
}
