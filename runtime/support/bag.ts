/** An item of a {@link Bag}: in one bag at a time. */
export interface BagItem {
  /** Its place in the bag, set by the bag. */
  bagIndex: number;
}

/**
 * Items that come and go all the time, in no order. Use it instead of a `Set` for what exists once for each event or call: see
 * `docs/decisions/0103-no-set-for-what-each-event-adds-and-removes.md`.
 */
export class Bag<Item extends BagItem> {
  readonly #items: Item[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item that is in no bag. */
  add(item: Item): void {
    item.bagIndex = this.#items.length;
    this.#items.push(item);
  }

  /** Removes an item; does nothing if it is not in this bag. */
  delete(item: Item): void {
    if (this.#items[item.bagIndex] !== item) return;
    // The last item gets the place of the one that is removed.
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[item.bagIndex] = last;
    last.bagIndex = item.bagIndex;
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** The items. The bag must not change while they are iterated: copy them before. */
  [Symbol.iterator](): IterableIterator<Item> {
    return this.#items.values();
  }
}
