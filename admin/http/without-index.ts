import { adminErrorOf } from './answer-errors.js';

/** Returns the result of `read`; undefined while the index is not available. For parts that an answer can omit. */
export async function withoutIndex<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (adminErrorOf(error).code === 'INDEX_UNAVAILABLE') return undefined;
    throw error;
  }
}
