/** Number of removed keys that are always kept, so that small maps are not copied all the time. */
const fewKeys = 256;

/**
 * A map whose entries come and go all the time. Use it instead of a `Map` for what exists once for each event: see
 * `docs/decisions/0103-no-set-for-what-each-event-adds-and-removes.md`. Iterates in the order in which keys were added,
 * except keys that were removed and added again; the map must not change meanwhile.
 */
export class TurnoverMap<Key, Value extends object> {
  /** A removed key has the value undefined, until the map is copied without it. */
  #entries = new Map<Key, Value | undefined>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: Key, value: Value): void {
    if (this.#entries.get(key) === undefined) this.#size += 1;
    this.#entries.set(key, value);
  }

  /** Removes a key if it has this value. @returns Whether it had. */
  delete(key: Key, value: Value): boolean {
    if (this.#entries.get(key) !== value) return false;
    this.#entries.set(key, undefined);
    this.#size -= 1;
    if (this.#entries.size > 2 * this.#size + fewKeys) this.#copy();
    return true;
  }

  *[Symbol.iterator](): IterableIterator<Value> {
    for (const value of this.#entries.values()) if (value !== undefined) yield value;
  }

  #copy(): void {
    const entries = new Map<Key, Value | undefined>();
    for (const [key, value] of this.#entries) if (value !== undefined) entries.set(key, value);
    this.#entries = entries;
  }
}
