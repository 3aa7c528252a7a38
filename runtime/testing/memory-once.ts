import { EventBusError } from '../errors.js';
import type { OnceStore } from '../handle/delivery.js';
import { storedResult } from '../handle/once-result.js';
import type { Clock } from './clock.js';

type Kept =
  | { readonly state: 'running' }
  | { readonly state: 'done'; readonly json: string | undefined; readonly until: number };

/** Keeps the results of side effects in memory, as JSON. */
export class MemoryOnceStore implements OnceStore {
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async once<Result>(key: string, effect: () => Result | Promise<Result>, ttlMs: number): Promise<Result> {
    const kept = this.#kept.get(key);
    if (kept?.state === 'running') {
      throw new EventBusError('CONFLICT', `the effect ${JSON.stringify(key)} is being run: let this run fail`);
    }
    if (kept !== undefined && kept.until > this.#clock.now()) {
      return (kept.json === undefined ? undefined : JSON.parse(kept.json)) as Result;
    }
    this.#kept.set(key, { state: 'running' });
    try {
      const result = await effect();
      const { json } = storedResult(result);
      this.#kept.set(key, { state: 'done', json, until: this.#clock.now() + ttlMs });
      return result;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }
}
