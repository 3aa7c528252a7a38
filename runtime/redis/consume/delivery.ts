import type { Envelope, UnknownEvent } from '../../event/envelope.js';
import type { Delivery } from '../../handle/delivery.js';
import type { ReplayedEntry } from '../store/replay-entry.js';
import type { ScheduledRetry } from '../store/scheduled-retry.js';

/** How one handler's part of a delivery ended, as the settle script takes it: kind, handler and four values. */
export type Operation = readonly [
  kind: 'done' | 'schedule' | 'dead' | 'note' | 'park',
  handler: string,
  a: string,
  b: string | number,
  c: string,
  d: string,
];

/** A delivery this process holds, with what it must tell Redis of it. */
export interface RedisDelivery extends Delivery {
  readonly streamId: string;
  readonly event: Envelope | UnknownEvent;
  readonly attempt: number;
  /** The envelope as it stands in the stream. */
  readonly envelope: string;
  /** How often it was handed out, this time included: of an entry, with the consumer, its fence. */
  readonly deliveryCount: number;
  /** Set when this is one handler's run from its row. */
  readonly claimed: ClaimedRetry | undefined;
  /** It may be what kills its process ({@link isQuarantined}): one such runs at a time. */
  readonly quarantined: boolean;
  /** Set when it was read from the replay stream. */
  readonly replayed: ReplayedEntry | undefined;
  /** What has ended since the last call; undefined while nothing worth telling has. */
  operations: Operation[] | undefined;
  /** Counters of what has ended since the last call. */
  counted: string[] | undefined;
  /** Handlers that Redis has a mark of, to drop when the entry is finished. */
  completedHandlers: string[] | undefined;
  /** True when no handler of this process is left. */
  ended: boolean;
  /** True once an outcome of it was refused or could not be told: it comes again, and nothing more may be told of it. */
  lost: boolean;
}

export interface ClaimedRetry {
  readonly ref: string;
  /** What the claim is recorded as: its fence. */
  readonly claim: string;
  readonly handler: string;
  readonly retry: ScheduledRetry;
}

/** The id of the entry in the stream it was read from, or the row's ref: what Redis knows a delivery by. */
export function entryKey({ claimed, replayed, streamId }: RedisDelivery): string {
  return claimed?.ref ?? replayed?.entryId ?? streamId;
}

/** A delivery's key in this process: ids of the two streams may meet. */
export function deliveryKey(delivery: RedisDelivery): string {
  return delivery.replayed === undefined ? entryKey(delivery) : replayKey(delivery.replayed.entryId);
}

/** The key in this process of an entry of the replay stream. */
export function replayKey(entryId: string): string {
  return `replay/${entryId}`;
}

/** From which handing out on a delivery is quarantined. */
export const quarantineFrom = 3;

/**
 * Whether a delivery has twice been handed out without an outcome. What was beside it each time is as quarantined as the one
 * that killed the process: run one at a time, the innocent get their outcome, and only the guilty one is counted on.
 * @param deliveryCount How often it was handed out, this time included.
 */
export function isQuarantined(deliveryCount: number): boolean {
  return deliveryCount >= quarantineFrom;
}

/** A delivery of which nothing has ended. One literal makes them all: their shape is the same, whatever they come from. */
export function newDelivery(
  streamId: string,
  event: Envelope | UnknownEvent,
  envelope: string,
  attempt: number,
  deliveryCount: number,
  claimed: ClaimedRetry | undefined,
  replayed: ReplayedEntry | undefined,
): RedisDelivery {
  return {
    streamId,
    event,
    envelope,
    attempt,
    deliveryCount,
    claimed,
    replayed,
    quarantined: isQuarantined(deliveryCount),
    operations: undefined,
    counted: undefined,
    completedHandlers: undefined,
    ended: false,
    lost: false,
  };
}
