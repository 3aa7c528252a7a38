import type { Delivery } from '../deliver.js';
import type { Envelope, UnknownEvent } from '../envelope.js';
import type { Row } from './row.js';

/** How one handler's part of a delivery ended, as the settle script takes it: kind, handler and four values. */
export type Operation = readonly [
  kind: 'done' | 'schedule' | 'dead' | 'note',
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
  /** How often Redis has handed the entry out, this time included: with the consumer, its fence. */
  readonly deliveries: number;
  /** Set when this is one handler's run from its row. */
  readonly claimed: ClaimedRow | undefined;
  /** What has ended since the last call; undefined while nothing worth telling has. */
  operations: Operation[] | undefined;
  /** Handlers that Redis has a mark of, to drop when the entry is finished. */
  marked: string[] | undefined;
  /** True when no handler of this process is left. */
  ended: boolean;
}

export interface ClaimedRow {
  readonly ref: string;
  /** What the claim is recorded as: its fence. */
  readonly claim: string;
  readonly handler: string;
  readonly row: Row;
}

/** A delivery's key in this process: the entry's id, or the row's ref. */
export function deliveryKey(delivery: RedisDelivery): string {
  return delivery.claimed?.ref ?? delivery.streamId;
}

/** Orders stream ids. */
export function compareStreamIds(a: string, b: string): number {
  const [aMs = '', aSeq = '0'] = a.split('-');
  const [bMs = '', bSeq = '0'] = b.split('-');
  return aMs.length - bMs.length || (aMs < bMs ? -1 : aMs > bMs ? 1 : Number(aSeq) - Number(bSeq));
}
