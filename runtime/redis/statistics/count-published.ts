import { setTimeout as sleep } from 'node:timers/promises';
import type { Link } from '../connection/link.js';
import type { Keys } from '../store/keys.js';
import { countPublishedScript } from './count-published.lua.js';

/** Maximum number of entries and bytes of one call, which takes about 2 ms: a longer script would delay other commands. */
const stepEntries = 500;
const stepBytes = 1024 * 1024;
const minuteMs = 60_000;
/** In the background, counting uses about one part in this many of Redis's time. */
const backgroundShare = 20;

export interface CountPublishedOptions {
  /** Maximum duration, in milliseconds; the next call counts the rest. */
  readonly limitMs: number;
  /** Counts in the background, with pauses, until this signal is aborted. Default: without pauses. */
  readonly background?: AbortSignal;
}

/**
 * Counts the events that were published since the last call, by reading the stream: entries of all publishers, each once. It
 * is called before statistics are read, and by the maintenance before it trims the stream.
 * @returns Whether all of them are counted: there was enough time.
 */
export async function countPublished(connection: Link, keys: Keys, options: CountPublishedOptions): Promise<boolean> {
  const { limitMs, background } = options;
  const end = performance.now() + limitMs;
  let at = connection.now();
  while (performance.now() < end && background?.aborted !== true) {
    const start = Math.floor(at / minuteMs) * minuteMs;
    const { minute, hour, versions } = keys.counters(at);
    const { events, counted } = keys;
    const range = { fromMs: start, toMs: start + minuteMs, limit: stepEntries, maxBytes: stepBytes };
    const calledAt = performance.now();
    const call = countPublishedScript.call({ events, counted, minute, hour, versions, ...range });
    const [state, next] = await connection.tryOnce(call);
    if (state === 2) return true;
    if (state === 0) at = Number(next);
    if (background !== undefined) await pause((performance.now() - calledAt) * (backgroundShare - 1), background);
  }
  return false;
}

/** Resolves after `ms`, or once `signal` is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { ref: false, signal }).catch(() => undefined);
}
