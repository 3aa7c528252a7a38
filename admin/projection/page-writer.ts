import type { Db } from '../database/database.js';
import { type Page, writePages } from './apply.js';

/** Another process has moved the cursor in the meantime: nothing was written. */
export class CursorMoved extends Error {
  override readonly name = 'CursorMoved';
}

interface Waiting {
  readonly page: Page;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes the pages of all partitions to the index, in one transaction at a time: pages that arrive meanwhile are written
 * together. So the number of transactions does not grow with the number of partitions.
 */
export class PageWriter {
  readonly #db: Db;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Writes a page and moves its cursor, both or neither. At most one page of a stream may wait. @throws CursorMoved */
  write(page: Page): Promise<void> {
    const written = new Promise<void>((resolve, reject) => this.#waiting.push({ page, resolve, reject }));
    if (!this.#isWriting) void this.#writeAll();
    return written;
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        const written = await writePages(
          this.#db,
          waiting.map(({ page }) => page),
        );
        for (const { page, resolve, reject } of waiting) {
          if (written.has(page)) resolve();
          else reject(new CursorMoved(`the cursor of ${page.source} in partition ${page.partition} was moved`));
        }
      } catch (error) {
        for (const { reject } of waiting) reject(error);
      }
    }
    this.#isWriting = false;
  }
}
