/** Parked deliveries of one version of an event. */
export interface ParkedVersionCount {
  readonly type: string;
  /** `major.minor.patch`: what a build must know to handle them. */
  readonly version: string;
  /** Number of deliveries, of all handlers. */
  readonly count: number;
}

/** Versions come from the stream: there may be very many of them. */
const maxListed = 100;

/** Adds up the counts of each version. The largest counts first, at most 100 versions. */
export function sumByVersion(counts: readonly ParkedVersionCount[]): readonly ParkedVersionCount[] {
  const sums = new Map<string, ParkedVersionCount>();
  for (const { type, version, count } of counts) {
    if (count === 0) continue;
    const key = `${type} ${version}`;
    sums.set(key, { type, version, count: count + (sums.get(key)?.count ?? 0) });
  }
  const sorted = [...sums].sort(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1));
  return sorted.slice(0, maxListed).map(([, sum]) => sum);
}

/** The number of deliveries of all versions. */
export function totalOf(counts: readonly ParkedVersionCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
