/** Reads up to `limit` items of a sorted list: those after `after`, or the first ones. Fewer mean that no more follow. */
export type SortedSource<Item> = (after: Item | undefined, limit: number) => Promise<readonly Item[]>;

/**
 * The first items of several sorted lists, merged. Reads about twice as many items as it returns, and at least two of each
 * list: with many lists, the first reads are smaller than `limit`.
 * @param isBefore Whether an item comes before another one; no two items of different lists may be equal.
 */
export async function mergeSorted<Item>(
  sources: readonly SortedSource<Item>[],
  isBefore: (a: Item, b: Item) => boolean,
  limit: number,
): Promise<Item[]> {
  const size = sources.length === 1 ? limit : Math.min(limit, Math.ceil(limit / sources.length) + 1);
  const lists = sources.map((source) => new BufferedSource(source, size));
  await Promise.all(lists.map((list) => list.fill()));
  const merged: Item[] = [];
  while (merged.length < limit) {
    let next: { readonly list: BufferedSource<Item>; readonly item: Item } | undefined;
    for (const list of lists) {
      const item = list.peek();
      if (item !== undefined && (next === undefined || isBefore(item, next.item))) next = { list, item };
    }
    if (next === undefined) break;
    merged.push(next.item);
    await next.list.shift();
  }
  return merged;
}

/** A sorted list that is read in parts. It always holds its next item, unless it is at the end. */
class BufferedSource<Item> {
  readonly #read: SortedSource<Item>;
  readonly #size: number;
  #items: readonly Item[] = [];
  #at = 0;
  #last: Item | undefined;
  #hasEnded = false;

  /** @param size Number of items to read at once. */
  constructor(read: SortedSource<Item>, size: number) {
    this.#read = read;
    this.#size = size;
  }

  peek(): Item | undefined {
    return this.#items[this.#at];
  }

  /** Removes the next item. */
  async shift(): Promise<void> {
    this.#at += 1;
    if (this.#at === this.#items.length) await this.fill();
  }

  async fill(): Promise<void> {
    if (this.#hasEnded) return;
    this.#items = await this.#read(this.#last, this.#size);
    this.#at = 0;
    this.#last = this.#items.at(-1);
    this.#hasEnded = this.#items.length < this.#size;
  }
}
