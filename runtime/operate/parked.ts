import { EventBusError } from '../errors.js';
import type { OptionTable } from '../options.js';
import { type Argument, anyId, type CallTable, type PageQuery, pageLimit } from './call-arguments.js';
import { type Actor, actor, type Page } from './dead-letter.js';

/** A delivery of an event that is newer than the build that met it: it waits for a build that can read it. */
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
  /** The event's entry in the stream; of an event that came of an edit, `edit-<id of the dead letter it was>`. */
  readonly streamId: string;
  /** The envelope as it was written. */
  readonly envelope: string;
}

/** Parked deliveries, for operators. */
export interface ParkedDeliveries {
  /** How many there are, in all groups. */
  count(): Promise<number>;
  /**
   * Those of one group after the other, the longest parked of each version first.
   * @throws EventBusError `CONFIG_INVALID` for a cursor that no page gave
   */
  list(query?: ParkedQuery): Promise<Page<ParkedDelivery>>;
  /** One by its own id; undefined when it is not parked any more. */
  get(id: string): Promise<ParkedDelivery | undefined>;
  /**
   * Removes one for good: its handler does not get the event. Of two operators at once one succeeds.
   * @throws EventBusError `NOT_FOUND`; `CONFLICT` when a build took it, or another operator was first
   */
  discard(id: string, by: Actor): Promise<void>;
}

/** Which parked deliveries to list. A `cursor` may also be the id of a delivery: the list begins after it. */
export interface ParkedQuery extends PageQuery {
  /** Only those of this group. Default: all groups. */
  readonly group?: string;
}

const id: Argument = { name: 'id', check: anyId };

const queryFields: OptionTable<ParkedQuery> = {
  limit: { check: pageLimit },
  cursor: { check: anyId },
  group: { check: anyId },
};

/** What the calls about parked deliveries are given. */
export const parkedCalls: CallTable<ParkedDeliveries> = {
  count: [],
  list: [{ name: 'query', optional: true, fields: queryFields }],
  get: [id],
  discard: [id, actor],
};

/** No page gave such a cursor. */
export function notACursor(): EventBusError {
  return new EventBusError('CONFIG_INVALID', 'parked.list: cursor must be the cursor of the page before');
}

/** How long a delivery is parked at most before it is a dead letter, in milliseconds: 7 days. */
export const defaultMaxParkMs = 7 * 24 * 60 * 60 * 1000;

/** Why it is a dead letter after that. */
export function aheadMessage(group: string, type: string, version: string): string {
  return `no build of ${group} that knows ${type} ${version} has come within maxParkMs: deploy one, then retry`;
}
