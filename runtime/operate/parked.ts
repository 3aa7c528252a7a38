import { EventBusError } from '../errors.js';
import type { OptionTable } from '../options.js';
import { type Argument, anyId, type CallTable, type PageQuery, pageLimit } from './call-arguments.js';
import { type Actor, actor, type Page } from './dead-letter.js';

/** A delivery of an event that is newer than the build that read it: it waits for a build that can handle it. */
export interface ParkedDelivery {
  /** The parked delivery's own id, opaque. */
  readonly id: string;
  readonly group: string;
  /** The handler's name. */
  readonly handler: string;
  readonly eventId: string;
  readonly type: string;
  /** The version that a build must know, `major.minor.patch`. */
  readonly version: string;
  readonly tenantId: string;
  readonly correlationId: string;
  /** Which replay delivered it; absent on a live delivery. */
  readonly replayJobId?: string;
  /** When it was parked: ISO 8601, by Redis's clock. */
  readonly parkedAt: string;
  /** The position of the event's entry; for an edited event `edit-<id of the dead letter that was edited>`. */
  readonly streamId: string;
  /** The envelope's JSON, unchanged. */
  readonly envelope: string;
}

/** Number of parked deliveries that wait for one version of an event type. */
export interface ParkedCount {
  readonly type: string;
  /** The version that a build must know, `major.minor.patch`. */
  readonly version: string;
  readonly count: number;
}

/** Maximum number of versions in a list of {@link ParkedCount}. Publishers decide how many there are. */
const maxVersions = 100;

/** Adds up the deliveries of each version, those with the most first. */
export function parkedCounts(deliveries: Iterable<ParkedCount>): ParkedCount[] {
  const sums = new Map<string, ParkedCount>();
  for (const { type, version, count } of deliveries) {
    if (count === 0) continue;
    const name = `${type} ${version}`;
    sums.set(name, { type, version, count: count + (sums.get(name)?.count ?? 0) });
  }
  return [...sums.values()].sort((a, b) => b.count - a.count).slice(0, maxVersions);
}

/** Parked deliveries, for operators. */
export interface ParkedDeliveries {
  /** Number of parked deliveries in all groups. */
  count(): Promise<number>;
  /**
   * The parked deliveries by group; within each version, the longest parked first.
   * @throws EventBusError `CONFIG_INVALID` for an invalid cursor
   */
  list(query?: ParkedQuery): Promise<Page<ParkedDelivery>>;
  /** The parked delivery with this id; undefined if it is no longer parked. */
  get(id: string): Promise<ParkedDelivery | undefined>;
  /**
   * Removes a parked delivery for good: its handler does not get the event. If two operators discard it, one of them succeeds.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when a build has claimed it, or another operator has discarded it
   */
  discard(id: string, by: Actor): Promise<void>;
}

/** Selects parked deliveries. The `cursor` may also be the id of a delivery: the page then begins after it. */
export interface ParkedQuery extends PageQuery {
  /** Only parked deliveries of this group. Default: all groups. */
  readonly group?: string;
}

const id: Argument = { name: 'id', check: anyId };

const queryFields: OptionTable<ParkedQuery> = {
  limit: { check: pageLimit },
  cursor: { check: anyId },
  group: { check: anyId },
};

/** Arguments of the calls for parked deliveries. */
export const parkedCalls: CallTable<ParkedDeliveries> = {
  count: [],
  list: [{ name: 'query', optional: true, fields: queryFields }],
  get: [id],
  discard: [id, actor],
};

export function notACursor(): EventBusError {
  return new EventBusError('CONFIG_INVALID', 'parked.list: cursor must be the cursor of the previous page');
}

/** Maximum time that a delivery is parked before it becomes a dead letter, in milliseconds: 7 days. */
export const defaultMaxParkMs = 7 * 24 * 60 * 60 * 1000;

/** The error of a delivery that was parked for longer. */
export function aheadMessage(group: string, type: string, version: string): string {
  return `no build of ${group} that knows ${type} ${version} was deployed within maxParkMs: deploy one, then retry`;
}
