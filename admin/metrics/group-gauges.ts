import type { GroupStatistics } from '@hyvve-events/runtime';
import { Gauge, type Registry } from 'prom-client';

/** The value of a gauge; undefined: the gauge is absent. */
type Figure = (group: GroupStatistics) => number | undefined;

/** The gauges of a group; their names follow `hyvve_group_`. */
const gaugesOfGroup: readonly (readonly [name: string, help: string, figureOf: Figure])[] = [
  ['pending', 'Entries read and not finished.', ({ pending }) => pending],
  [
    'lag',
    'Entries not read yet; absent if Redis cannot compute it.',
    ({ lag }) => (lag === 'unknown' ? undefined : lag),
  ],
  [
    'oldest_unfinished_seconds',
    'Age of the oldest unfinished entry; 0 if there is none.',
    ({ oldestUnfinishedMs }) => (oldestUnfinishedMs ?? 0) / 1000,
  ],
  ['scheduled_retries', 'Deliveries that wait for a retry.', ({ scheduled }) => scheduled],
  ['parked', 'Deliveries that wait for a build that can read their version.', ({ parked }) => parked],
  ['waiting', 'Deliveries to ordered handlers that wait for earlier events of their key.', ({ waiting }) => waiting],
  ['dead_letters', 'Dead letters of the group.', ({ deadLetters }) => deadLetters],
  ['consumers', 'Processes with a heartbeat within the last minute.', ({ consumers }) => consumers],
];

/** Gauges of the consumer groups. */
export class GroupGauges {
  readonly #parkedVersions: Gauge;
  readonly #gauges: readonly { readonly gauge: Gauge; readonly figureOf: Figure }[];

  constructor(registers: Registry[]) {
    this.#parkedVersions = new Gauge({
      name: 'hyvve_group_parked_versions',
      help: 'Deliveries that wait for a build that can read this version; at most 100 versions of a group.',
      labelNames: ['group', 'type', 'version'],
      registers,
    });
    this.#gauges = gaugesOfGroup.map(([name, help, figureOf]) => {
      const gauge = new Gauge({ name: `hyvve_group_${name}`, help, labelNames: ['group'], registers });
      return { gauge, figureOf };
    });
  }

  /** Sets the figures of all groups. Groups that no longer exist are removed. */
  set(groups: readonly GroupStatistics[]): void {
    this.#parkedVersions.reset();
    for (const { group, parkedVersions } of groups) {
      for (const { type, version, count } of parkedVersions) this.#parkedVersions.set({ group, type, version }, count);
    }
    for (const { gauge, figureOf } of this.#gauges) {
      gauge.reset();
      for (const group of groups) {
        const value = figureOf(group);
        if (value !== undefined) gauge.set({ group: group.group }, value);
      }
    }
  }
}
