import type { Parked } from '../../../../answers.js';

/** Deliveries of one group that wait for a build that knows one version of one type. */
export interface ParkedSet {
  readonly key: string;
  readonly group: string;
  readonly type: string;
  readonly version: string;
  /** Longest parked first; never empty. */
  readonly deliveries: readonly Parked[];
}

/** Groups deliveries by group, type and version, in the order of the list. A delivery that is on two pages is included once. */
export function setsOf(parked: readonly Parked[]): readonly ParkedSet[] {
  const sets = new Map<string, Map<string, Parked>>();
  for (const delivery of parked) {
    const { group, type, version, id } = delivery;
    const key = JSON.stringify([group, type, version]);
    const set = sets.get(key) ?? new Map<string, Parked>();
    set.set(id, delivery);
    sets.set(key, set);
  }
  return [...sets].map(([key, set]) => {
    const [group, type, version] = JSON.parse(key) as [string, string, string];
    const deliveries = [...set.values()].sort((a, b) =>
      a.parkedAt < b.parkedAt ? -1 : a.parkedAt > b.parkedAt ? 1 : 0,
    );
    return { key, group, type, version, deliveries };
  });
}
