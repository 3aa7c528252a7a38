import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
import { countScript } from './count.lua.js';
import type { Tally } from './counters.js';

/** Adds counts to the counters of the current minute and hour. */
export async function addCounts(connection: Link, keys: Keys, counted: Tally): Promise<void> {
  const { minute, hour } = keys.counters(connection.now());
  await connection.tryOnce(countScript.call({ minute, hour, counters: counted.counters() }));
}
