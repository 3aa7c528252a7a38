import { adminErrorOf } from './answer-errors.js';

/** What `read` gives; undefined while the index is away. For what an answer can do without. */
export async function withoutIndex<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (adminErrorOf(error).code === 'INDEX_UNAVAILABLE') return undefined;
    throw error;
  }
}
