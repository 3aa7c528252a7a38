import { EventBusError } from '../../errors.js';
import { randomName } from '../../event/ids.js';
import type { OnceStore } from '../../handle/delivery.js';
import { storedResult } from '../../handle/once-result.js';
import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
import { beginOnceScript, endOnceScript } from './once.lua.js';

/** Stores the results of side effects in Redis. */
export class RedisOnceStore implements OnceStore {
  readonly #connection: Link;
  readonly #keys: Keys;
  readonly #leaseMs: number;

  /** @param leaseMs Time without a renewal after which another process may run an effect again, in milliseconds. */
  constructor(connection: Link, keys: Keys, leaseMs: number) {
    this.#connection = connection;
    this.#keys = keys;
    this.#leaseMs = leaseMs;
  }

  async once<Result>(key: string, effect: () => Result | Promise<Result>, ttlMs: number): Promise<Result> {
    const redisKey = this.#keys.once(key);
    const token = randomName();
    const begin = beginOnceScript.call({ effect: redisKey, token, leaseMs: this.#leaseMs });
    const [state, stored] = await this.#connection.ask(begin);
    if (state === 'done') return (stored === undefined || stored === '' ? undefined : JSON.parse(stored)) as Result;
    if (state === 'busy') {
      const problem = `another process is running the effect ${JSON.stringify(key)}, or has died while it ran it`;
      throw new EventBusError('CONFLICT', `${problem}: let this run fail, its retry will find the result`);
    }
    let result: Result;
    // An effect may take longer than the lease, so the lease is renewed.
    const renewal = setInterval(() => {
      this.#connection.tryOnce(begin).catch(() => undefined);
    }, this.#leaseMs / 3);
    try {
      result = await Promise.resolve()
        .then(effect)
        .finally(() => clearInterval(renewal));
    } catch (thrown) {
      // A failure is not stored, so the next run executes the effect again. If this call is lost, the lease expires.
      const end = endOnceScript.call({ effect: redisKey, token, result: '', ttlMs: 0 });
      await this.#connection.tryOnce(end).catch(() => undefined);
      throw thrown;
    }
    const stores = `done:${storedResult(result).json ?? ''}`;
    await this.#connection.ask(endOnceScript.call({ effect: redisKey, token, result: stores, ttlMs }));
    return result;
  }
}
