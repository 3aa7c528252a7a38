import type { Tally } from './counters.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { countScript } from './scripts/count.js';

/** Adds to the counters of this minute and hour. */
export async function addCounts(link: Link, keys: Keys, counted: Tally): Promise<void> {
  const { minute, hour } = keys.counters(link.now());
  await link.run(countScript, [minute, hour], counted.toArguments());
}
