import type { EventBusError } from '../../errors.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import { OpenCalls } from '../../support/open-calls.js';
import type { PendingBytes } from './pending-bytes.js';

/** Events that are written all or none, and the caller that waits for them. A class for the same reason as `PreparedEvent`. */
export class PublishUnit {
  readonly events: readonly PreparedEvent[];
  readonly bytes: number;
  /** By `performance.now()`. */
  readonly deadline: number;
  /**
   * Number of entries of other publishers when none of the unit's ids was in the stream: set before the unit is queued.
   * Undefined: the unit is written regardless of other publishers.
   */
  others: number | undefined = undefined;
  readonly resolve: (published: readonly Published[]) => void;
  readonly reject: (error: EventBusError) => void;

  constructor({ events, bytes, deadline, resolve, reject }: Omit<PublishUnit, 'others'>) {
    this.events = events;
    this.bytes = bytes;
    this.deadline = deadline;
    this.resolve = resolve;
    this.reject = reject;
  }
}

/** Units that are sent in one call. */
export interface QueuedUnits {
  readonly units: readonly PublishUnit[];
  /** Number of their events. */
  readonly count: number;
  /** Deadline of the first unit, which is the oldest. */
  readonly deadline: number;
  /** The same for all units. */
  readonly others: number | undefined;
}

/** Queue of the units that were not sent yet; also counts the units without a reply. */
export class PublishQueue {
  readonly #pending: PendingBytes;
  #waiting: PublishUnit[] = [];
  #bytes = 0;
  readonly #open = new OpenCalls();

  constructor(pending: PendingBytes) {
    this.#pending = pending;
  }

  /** Size of the units without a reply, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of units that wait to be sent. */
  get length(): number {
    return this.#waiting.length;
  }

  /** To be called when a unit is accepted: it counts until {@link answered}. */
  accepted(unit: Pick<PublishUnit, 'bytes'>): void {
    this.#bytes += unit.bytes;
    this.#pending.add(unit.bytes);
    this.#open.began();
  }

  /** To be called just before an accepted unit is resolved or rejected. */
  answered(unit: Pick<PublishUnit, 'bytes'>): void {
    this.#bytes -= unit.bytes;
    this.#pending.add(-unit.bytes);
    this.#open.ended();
  }

  /** Resolves when all accepted units are resolved or rejected. */
  idle(): Promise<void> {
    return this.#open.idle();
  }

  /** Adds an accepted unit to the queue. */
  add(unit: PublishUnit): void {
    this.#waiting.push(unit);
  }

  /** Removes the oldest units with the same `others`: at least one, up to `maxEvents` and `maxBytes`. */
  take(maxEvents: number, maxBytes: number): QueuedUnits {
    const [first] = this.#waiting;
    let count = 0;
    let bytes = 0;
    let taken = 0;
    for (const unit of this.#waiting) {
      const isFull = count + unit.events.length > maxEvents || bytes + unit.bytes > maxBytes;
      if (taken > 0 && (isFull || unit.others !== first?.others)) break;
      count += unit.events.length;
      bytes += unit.bytes;
      taken += 1;
    }
    const isAll = taken === this.#waiting.length;
    const units = isAll ? this.#waiting : this.#waiting.slice(0, taken);
    this.#waiting = isAll ? [] : this.#waiting.slice(taken);
    return { units, count, deadline: first?.deadline ?? 0, others: first?.others };
  }
}
