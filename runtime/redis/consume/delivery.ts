import type { Envelope, UnknownEvent } from '../../event/envelope.js';
import type { Delivery } from '../../handle/delivery.js';
import type { ScheduledRetry } from '../store/scheduled-retry.js';
import type { LaneSpec } from './lane-spec.js';
import type { SettleOperation } from './settle-operation.js';

/** The lane of a delivery, as far as its deliveries need it. */
export interface DeliveryLane {
  readonly spec: LaneSpec;
  /**
   * Notes the outcome of one handler, or of the delivery. @param operation Undefined for a success that needs no record.
   * @param last Whether no handler of the delivery is left. @param counter The counter to count it in.
   */
  settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void;
}

/** What is known of a delivery from the start. */
export interface DeliveryStart extends Delivery {
  readonly lane: DeliveryLane;
  readonly streamId: string;
  /** Id of the entry in the stream of its lane, or the ref of the scheduled retry: by this Redis knows the delivery. */
  readonly entryId: string;
  /** What the refs of its handlers start with: its stream id; of a replayed entry with `@<job id>`. */
  readonly deliveryPrefix: string;
  readonly event: Envelope | UnknownEvent;
  readonly attempt: number;
  /** The envelope as it is in the stream. */
  readonly envelope: string;
  /** How often Redis has delivered it, this time included. With the consumer's name it is the fence of an entry. */
  readonly deliveryCount: number;
  /** Set when this is the retry of one handler. */
  readonly claimed: ClaimedRetry | undefined;
  /** Whether a replayed entry is for a handler of this group; undefined for an entry of the event stream. */
  readonly isFor: ((handler: string) => boolean) | undefined;
}

/** A delivery that this process holds, with the outcomes that Redis has not recorded yet. */
export interface RedisDelivery extends DeliveryStart {
  /** Its key in this process. */
  readonly key: string;
  /** It may be a poison message ({@link isQuarantined}): only one such delivery runs at a time. */
  readonly quarantined: boolean;
  /** Outcomes since the last call; undefined while there are none. */
  operations: SettleOperation[] | undefined;
  /** Counters of outcomes since the last call. */
  counted: string[] | undefined;
  /** Handlers that Redis remembers as completed, to be removed when the entry is finished. */
  completedHandlers: string[] | undefined;
  /** True when no handler of this process is left. */
  ended: boolean;
  /** True once one of its outcomes was refused or could not be sent: it comes again, and later outcomes do not count. */
  lost: boolean;
}

/** A scheduled retry that this process has claimed. */
export interface ClaimedRetry {
  readonly ref: string;
  /** How Redis has recorded the claim: its fence. */
  readonly claim: string;
  readonly handler: string;
  readonly retry: ScheduledRetry;
}

/** The delivery count from which a delivery is quarantined. */
export const quarantineFrom = 3;

/**
 * Whether a delivery had no outcome twice. It may have killed its process, and so may every delivery that ran beside it.
 * Run one at a time, the others get their outcome, and only the count of the poison message goes on rising.
 * @param deliveryCount How often it was delivered, this time included.
 */
export function isQuarantined(deliveryCount: number): boolean {
  return deliveryCount >= quarantineFrom;
}

/** A delivery without outcomes. One literal makes them all, so that all have the same shape for the engine. */
export function newDelivery(start: DeliveryStart): RedisDelivery {
  return {
    lane: start.lane,
    streamId: start.streamId,
    entryId: start.entryId,
    deliveryPrefix: start.deliveryPrefix,
    event: start.event,
    attempt: start.attempt,
    envelope: start.envelope,
    deliveryCount: start.deliveryCount,
    claimed: start.claimed,
    isFor: start.isFor,
    key: start.lane.spec.keyPrefix + start.entryId,
    quarantined: isQuarantined(start.deliveryCount),
    operations: undefined,
    counted: undefined,
    completedHandlers: undefined,
    ended: false,
    lost: false,
  };
}
