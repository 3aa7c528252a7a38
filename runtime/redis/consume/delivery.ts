import type { Envelope, UnknownEvent } from '../../event/envelope.js';
import { positionOf } from '../../event/position.js';
import type { Delivery, OnceStore } from '../../handle/delivery.js';
import type { RegisteredHandler } from '../../handle/handler-set.js';
import type { RunResult } from '../../handle/interceptor.js';
import type { ScheduledRetry } from '../store/scheduled-retry.js';
import type { LaneSpec } from './lane-spec.js';
import type { SettleOperation } from './settle-operation.js';

/** What the deliveries of one partition have in common in this process. */
export interface DeliveriesOfPartition {
  readonly index: number;
  /** Stores the results of `ctx.once`. */
  readonly once: OnceStore;
  /** Records the result of a run. @param last Whether no handler of the delivery is left. */
  settleRun(delivery: RedisDelivery, handler: RegisteredHandler, result: RunResult, last: boolean): void;
}

/** The part of a lane that its deliveries use. */
export interface DeliveryLane {
  readonly spec: LaneSpec;
  readonly ofPartition: DeliveriesOfPartition;
  /**
   * Records the outcome of one handler, or of the delivery. @param operation Undefined for a success that needs no record.
   * @param last Whether no handler of the delivery is left. @param counter The counter to increment.
   */
  settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void;
}

/**
 * A delivery in flight in this process, with the outcomes that Redis has not recorded yet. A class, not a literal: see
 * `docs/decisions/0103-no-set-for-what-each-event-adds-and-removes.md`.
 */
export class RedisDelivery implements Delivery {
  readonly lane: DeliveryLane;
  /** Id of the event's entry in the stream of its partition. */
  readonly streamId: string;
  readonly position: string;
  readonly once: OnceStore;
  /** Id of the entry in the stream of its lane, or the ref of the scheduled retry: identifies the delivery in Redis. */
  readonly entryId: string;
  /** Prefix of its handlers' refs: `<stream id>`, for a replayed entry `<stream id>@<job id>`. */
  readonly deliveryPrefix: string;
  readonly event: Envelope | UnknownEvent;
  readonly attempt: number;
  /** The envelope's JSON, unchanged. */
  readonly envelope: string;
  /** How often Redis has delivered it, this time included. Together with the consumer's name, it is the fence of an entry. */
  deliveryCount: number;
  /**
   * Time, by `performance.now()`, at which its lease was surely valid: when the call that delivered it was sent, later that of
   * the last renewal that has confirmed it. The reply may be much later if this process was stopped meanwhile.
   */
  heldSince: number;
  /** Set when this is the retry of one handler. */
  readonly claimed: ClaimedRetry | undefined;
  /** Whether a replayed entry is for a handler of this group; undefined for an entry of the event stream. */
  readonly isFor: ((handler: string) => boolean) | undefined;
  /** Its key in this process. */
  readonly key: string;
  /** True if it may be a poison message ({@link isQuarantined}): only one quarantined delivery runs at a time. */
  readonly quarantined: boolean;
  /** Outcomes since the last call; undefined while there are none. */
  operations: SettleOperation[] | undefined = undefined;
  /** Whether it has outcomes that no call contains yet. */
  unsent = false;
  /** Counters of outcomes since the last call. */
  counted: string[] | undefined = undefined;
  /** Handlers that Redis has recorded as completed; the records are removed when the entry is finished. */
  completedHandlers: string[] | undefined = undefined;
  /** True when no handler of this process is left. */
  ended = false;
  /** True after an outcome was refused or could not be sent: the entry is delivered again, and later outcomes do not count. */
  lost = false;

  constructor(start: DeliveryStart) {
    const { spec, ofPartition } = start.lane;
    this.lane = start.lane;
    this.streamId = start.streamId;
    this.position = positionOf(start.streamId, ofPartition.index);
    this.once = ofPartition.once;
    this.entryId = start.entryId;
    this.deliveryPrefix = start.deliveryPrefix;
    this.event = start.event;
    this.attempt = start.attempt;
    this.envelope = start.envelope;
    this.deliveryCount = start.deliveryCount;
    this.heldSince = start.heldSince;
    this.claimed = start.claimed;
    this.isFor = start.isFor;
    this.key = spec.keyPrefix + start.entryId;
    this.quarantined = isQuarantined(start.deliveryCount);
  }
}

/** The fields of a delivery that are known from the start. */
export type DeliveryStart = Pick<
  RedisDelivery,
  | 'lane'
  | 'streamId'
  | 'entryId'
  | 'deliveryPrefix'
  | 'event'
  | 'attempt'
  | 'envelope'
  | 'deliveryCount'
  | 'heldSince'
  | 'claimed'
  | 'isFor'
>;

/** A scheduled retry that this process has claimed. */
export interface ClaimedRetry {
  readonly ref: string;
  /** The claim as recorded in Redis: the fence of the retry. */
  readonly claim: string;
  readonly handler: string;
  readonly retry: ScheduledRetry;
}

/** The delivery count from which a delivery is quarantined. */
export const quarantineFrom = 3;

/**
 * True from the third delivery on. Two deliveries ended without an outcome, and it is unknown which of the events in flight
 * crashed the process. Quarantined events run one at a time: healthy events then complete, and only the delivery count of
 * the poison message continues to rise.
 * @param deliveryCount How often it was delivered, this time included.
 */
export function isQuarantined(deliveryCount: number): boolean {
  return deliveryCount >= quarantineFrom;
}
