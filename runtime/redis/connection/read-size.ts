/** Most bytes that one read should bring. */
export const readBudgetBytes = 1024 * 1024;
/** What an entry is taken to have before the first was seen. */
const firstGuessBytes = 128 * 1024;

/**
 * How many entries to ask for: XREADGROUP can be limited by their number alone. It goes by the size of those that came
 * last, so that one read brings about a MiB. On a slow connection the first are handled before the last have arrived.
 */
export class ReadSize {
  #entryBytes = firstGuessBytes;

  /** @param most How many there is room for, from 1. */
  limit(most: number): number {
    return Math.max(1, Math.min(most, Math.floor(readBudgetBytes / this.#entryBytes)));
  }

  /** Notes what a read has brought. @param bytes Of all its entries. */
  observe(entries: number, bytes: number): void {
    if (entries === 0) return;
    const each = Math.max(1, bytes / entries);
    // Large ones count at once, small ones by and by.
    this.#entryBytes = Math.max(each, (this.#entryBytes + each) / 2);
  }
}
