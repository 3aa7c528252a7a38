/** Target size of one read, in bytes. */
export const readBudgetBytes = 1024 * 1024;
/** Assumed size of an entry before the first read. */
const firstGuessBytes = 128 * 1024;

/**
 * Computes the number of entries to request, since XREADGROUP can only be limited by number. It is based on the size of
 * recent entries, so that one read returns about 1 MiB. On a slow connection, handling then starts before all have arrived.
 */
export class ReadSize {
  #entryBytes = firstGuessBytes;

  /** @param most Number of free slots, from 1. */
  limit(most: number): number {
    return Math.max(1, Math.min(most, Math.floor(readBudgetBytes / this.#entryBytes)));
  }

  /** Records the result of a read. @param bytes Total size of its entries. */
  observe(entries: number, bytes: number): void {
    if (entries === 0) return;
    const each = Math.max(1, bytes / entries);
    // The estimate rises immediately and falls slowly.
    this.#entryBytes = Math.max(each, (this.#entryBytes + each) / 2);
  }
}
