import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { Keys } from '../store/keys.js';
import { countPublishedScript } from './count-published.lua.js';

/** Entries and bytes of one call, which takes about 2 ms: a longer script would hold up other commands. */
const stepEntries = 500;
const stepBytes = 1024 * 1024;
const minuteMs = 60_000;
/** In the background, counting takes about one part in so many of Redis's time: the rest is for others. */
const backgroundShare = 20;

export interface CountPublishedOptions {
  /** After so many milliseconds it leaves the rest to the next time. */
  readonly limitMs: number;
  /** Counts in the background, with pauses, until this ends it. Default: without pauses. */
  readonly background?: AbortSignal;
}

/**
 * Counts what was published since the last time, from the stream itself: entries of all writers, each once. Reading
 * statistics counts up to now; the maintenance of groups does so before anything is trimmed.
 */
export async function countPublished(
  connection: RedisConnection,
  keys: Keys,
  options: CountPublishedOptions,
): Promise<void> {
  const { limitMs, background } = options;
  const end = performance.now() + limitMs;
  let at = connection.now();
  while (performance.now() < end && background?.aborted !== true) {
    const start = Math.floor(at / minuteMs) * minuteMs;
    const { minute, hour } = keys.counters(at);
    const scriptKeys = [keys.events, keys.counted, minute, hour];
    const calledAt = performance.now();
    const reply = await connection.run(countPublishedScript, scriptKeys, [
      start,
      start + minuteMs,
      stepEntries,
      stepBytes,
    ]);
    const [what, next] = reply as [0 | 1 | 2, string?];
    if (what === 2) return;
    if (what === 0) at = Number(next);
    if (background !== undefined) await pause((performance.now() - calledAt) * (backgroundShare - 1), background);
  }
}

/** Resolves after `ms`, or once `signal` is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, signal }).catch(() => undefined);
}
