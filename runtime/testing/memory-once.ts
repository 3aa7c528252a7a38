import { EventBusError } from '../errors.js';
import type { OnceStore } from '../handle/delivery.js';
import { storedResult } from '../handle/once-result.js';
import type { Clock } from './clock.js';

type Effect =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly json: string | undefined; readonly until: number };

/** Stores the results of side effects in memory, as JSON. */
export class MemoryOnceStore implements OnceStore {
  readonly #clock: Clock;
  readonly #effects = new Map<string, Effect>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async once<Result>(key: string, effect: () => Result | Promise<Result>, ttlMs: number): Promise<Result> {
    const stored = this.#effects.get(key);
    if (stored?.state === 'running') {
      throw new EventBusError(
        'CONFLICT',
        `another run is executing the effect ${JSON.stringify(key)}: let this run fail`,
      );
    }
    if (stored !== undefined && stored.until > this.#clock.now()) {
      return (stored.json === undefined ? undefined : JSON.parse(stored.json)) as Result;
    }
    this.#effects.set(key, { state: 'running' });
    try {
      const result = await effect();
      const { json } = storedResult(result);
      this.#effects.set(key, { state: 'done', json, until: this.#clock.now() + ttlMs });
      return result;
    } catch (error) {
      this.#effects.delete(key);
      throw error;
    }
  }
}
