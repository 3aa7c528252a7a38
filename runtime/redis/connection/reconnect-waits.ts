import { failureKind } from './redis-error.js';

/** Longest waits before connecting again, in milliseconds: after a lost connection, and after a permanent refusal. */
const longestWaitMs = 1_000;
const longestDeniedWaitMs = 5_000;

/** Waits between connection attempts: longer after each attempt that did not become ready. */
export class ReconnectWaits {
  #attempts = 0;

  /** The next wait, in milliseconds. @param lastError Error of the last connection. */
  next(lastError: unknown): number {
    const longest = failureKind(lastError) === 'denied' ? longestDeniedWaitMs : longestWaitMs;
    this.#attempts += 1;
    return Math.min(50 * 2 ** Math.min(this.#attempts - 1, 10), longest);
  }

  /** To be called when a connection has become ready. */
  reset(): void {
    this.#attempts = 0;
  }
}
