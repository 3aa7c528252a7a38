import type { Keys } from './keys.js';
import type { Link } from './link.js';
import { countPublishedScript } from './scripts/count-published.js';

/** Entries and bytes of one call: a longer script would hold up other commands. */
const stepEntries = 2_000;
const stepBytes = 4 * 1024 * 1024;
const minuteMs = 60_000;

/**
 * Counts what was published since the last time, from the stream itself: entries of all writers, each once. Reading
 * statistics counts up to now; the maintenance of groups does so before anything is trimmed.
 * @param limitMs After so long it leaves the rest to the next time.
 */
export async function countPublished(link: Link, keys: Keys, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  let at = link.now();
  while (performance.now() < end) {
    const start = Math.floor(at / minuteMs) * minuteMs;
    const { minute, hour } = keys.counters(at);
    const scriptKeys = [keys.events, keys.counted, minute, hour];
    const reply = await link.run(countPublishedScript, scriptKeys, [start, start + minuteMs, stepEntries, stepBytes]);
    const [what, next] = reply as [0 | 1 | 2, string?];
    if (what === 2) return;
    if (what === 0) at = Number(next);
  }
}
