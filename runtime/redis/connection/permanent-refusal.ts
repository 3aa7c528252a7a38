import type { EventBusError } from '../../errors.js';

/** Time after a permanent refusal before the next use tries again, in milliseconds. */
const pauseMs = 1_000;

/** The last refusal that only another setup can end. Uses fail at once for a second; then one tries again. */
export class PermanentRefusal {
  #last: { readonly error: EventBusError; readonly at: number } | undefined;

  get error(): EventBusError | undefined {
    return this.#last?.error;
  }

  set(error: EventBusError): void {
    this.#last = { error, at: performance.now() };
  }

  /** Whether a use may try now. If so, the refusal is forgotten. */
  mayTry(): boolean {
    if (this.#last !== undefined && performance.now() - this.#last.at < pauseMs) return false;
    this.#last = undefined;
    return true;
  }
}
