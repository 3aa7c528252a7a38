/** What becomes of a key of storage format 1. */
export type FormerKind = 'rename' | 'delete';

const names = new Set([
  ...['events', 'events:replay', 'dlq', 'log', 'replays', 'replay-targets', 'groups', 'counted'],
  ...['publishers', 'publishers-seen', 'published'],
]);
const patterns = [/^(replay|publisher|idempotency|once|group):/, /^ids:\d+$/, /^stats:[mhv]:\d+$/] as const;
/** Keys of BullMQ: its jobs are only hints. */
const jobs = /^(jobs|replay-jobs):/;

/**
 * Decides by the name of a key, without the prefix and its `:`. Undefined for a key of another bus whose prefix begins with
 * this one (`hyvve:eu`), or of another application.
 */
export function formerKind(name: string): FormerKind | undefined {
  if (jobs.test(name)) return 'delete';
  return names.has(name) || patterns.some((pattern) => pattern.test(name)) ? 'rename' : undefined;
}

/** Number of keys, by their name or, of many keys of one kind, its first word: `group`. */
export function countKinds(all: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of all) {
    const kind = names.has(name) ? name : (name.split(':')[0] ?? '');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
