import { failureKind } from './redis-error.js';

/** The longest wait before connecting again, in milliseconds: after a lost connection, and after a refusal that stays. */
const longestWaitMs = 1_000;
const longestDeniedWaitMs = 5_000;

/** How long to wait before connecting again: longer after each connection that did not become ready. */
export class ReconnectWaits {
  #attempts = 0;

  /** In milliseconds. @param lastError Why the last connection failed. */
  next(lastError: unknown): number {
    const longest = failureKind(lastError) === 'denied' ? longestDeniedWaitMs : longestWaitMs;
    this.#attempts += 1;
    return Math.min(50 * 2 ** Math.min(this.#attempts - 1, 10), longest);
  }

  /** A connection has become ready. */
  reset(): void {
    this.#attempts = 0;
  }
}
