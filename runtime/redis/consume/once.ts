import { EventBusError } from '../../errors.js';
import { randomName } from '../../event/ids.js';
import type { OnceStore } from '../../handle/delivery.js';
import { storedResult } from '../../handle/once-result.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { defineScript } from '../connection/script.js';
import type { Keys } from '../store/keys.js';

/**
 * Begins an effect, or goes on with it for another lease.
 *
 * KEYS  the effect's key; ARGV  token, lease in ms
 * Gives {'done', result}, {'mine'}, or {'busy'} while another process runs it.
 */
const beginScript = defineScript(
  'once-begin',
  `
local value = redis.call('GET', KEYS[1])
if not value or value == 'run:' .. ARGV[1] then
  redis.call('SET', KEYS[1], 'run:' .. ARGV[1], 'PX', ARGV[2])
  return { 'mine' }
end
if string.sub(value, 1, 5) == 'done:' then return { 'done', string.sub(value, 6) } end
return { 'busy' }
`,
);

/**
 * Ends an effect. Where its lease has lapsed and no other run has begun it, it has still happened once, and counts.
 *
 * KEYS  the effect's key;  ARGV  token, result ('' when it failed), window in ms
 * Gives 1, or 0 where another run has begun it.
 */
const endScript = defineScript(
  'once-end',
  `
local value = redis.call('GET', KEYS[1])
if value and value ~= 'run:' .. ARGV[1] then return 0 end
if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
`,
);

/** Keeps the results of side effects in Redis. */
export class RedisOnceStore implements OnceStore {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #leaseMs: number;

  /** @param leaseMs How long an effect may run before another process takes its process for dead. */
  constructor(connection: RedisConnection, keys: Keys, leaseMs: number) {
    this.#connection = connection;
    this.#keys = keys;
    this.#leaseMs = leaseMs;
  }

  async once<Result>(key: string, effect: () => Result | Promise<Result>, windowMs: number): Promise<Result> {
    const keys = [this.#keys.once(key)];
    const token = randomName();
    const [state, stored] = (await this.#connection.ask(() =>
      this.#connection.run(beginScript, keys, [token, this.#leaseMs]),
    )) as string[];
    if (state === 'done') return (stored === undefined || stored === '' ? undefined : JSON.parse(stored)) as Result;
    if (state === 'busy') {
      const what = `the effect ${JSON.stringify(key)} is being run by another process, or by one that died a moment ago`;
      throw new EventBusError('CONFLICT', `${what}: let this run fail, its retry finds the result`);
    }
    let result: Result;
    // Renewed like any lease: an effect may take longer than one.
    const renewal = setInterval(() => {
      this.#connection.run(beginScript, keys, [token, this.#leaseMs]).catch(() => undefined);
    }, this.#leaseMs / 3);
    try {
      result = await Promise.resolve()
        .then(effect)
        .finally(() => clearInterval(renewal));
    } catch (thrown) {
      // Not remembered: the next run tries the effect again. Where this is lost, the lease ends it.
      await this.#connection.run(endScript, keys, [token, '', 0]).catch(() => undefined);
      throw thrown;
    }
    const json = `done:${storedResult(result).json ?? ''}`;
    await this.#connection.ask(() => this.#connection.run(endScript, keys, [token, json, windowMs]));
    return result;
  }
}
