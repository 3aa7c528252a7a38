import type { EventBusError } from '../../errors.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';

/** Events that are written all or none, and the caller that waits for them. */
export interface PublishUnit {
  readonly events: readonly PreparedEvent[];
  readonly bytes: number;
  /** By `performance.now()`. */
  readonly deadline: number;
  /**
   * How many entries others had added when none of its ids were in the stream. Undefined: it is written whatever others
   * have added.
   */
  readonly others: number | undefined;
  readonly resolve: (published: readonly Published[]) => void;
  readonly reject: (error: EventBusError) => void;
}

/** Units that are sent in one call. */
export interface QueuedUnits {
  readonly units: readonly PublishUnit[];
  /** How many events they have. */
  readonly count: number;
  /** Of the first unit, which is the oldest. */
  readonly deadline: number;
  /** Of all units. */
  readonly others: number | undefined;
}

/** Counts the units that have no answer yet, and holds those that are not sent. */
export class PublishQueue {
  #waiting: PublishUnit[] = [];
  #bytes = 0;
  #open = 0;
  #idle: (() => void)[] = [];

  /** Bytes of the units that have no answer yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many units wait to be sent. */
  get length(): number {
    return this.#waiting.length;
  }

  /** A unit was accepted: it counts until {@link answered}. */
  accepted(unit: PublishUnit): void {
    this.#bytes += unit.bytes;
    this.#open += 1;
  }

  /** A unit that was accepted is about to get its answer. */
  answered(unit: PublishUnit): void {
    this.#bytes -= unit.bytes;
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when every unit that was accepted has its answer. */
  async idle(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** An accepted unit may be sent. */
  add(unit: PublishUnit): void {
    this.#waiting.push(unit);
  }

  /** Takes the oldest units with the same `others`: at least one, and more up to so many events and bytes. */
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
