import type { Parked } from '../../../../answers.js';

/** Deliveries that wait for the same: a build of a group that knows a version of a type. */
export interface ParkedSet {
  readonly key: string;
  readonly group: string;
  readonly type: string;
  readonly version: string;
  /** The longest parked first; never empty. */
  readonly deliveries: readonly Parked[];
}

/** Puts together what waits for the same, in the order in which it is listed; what two pages show is there once. */
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
