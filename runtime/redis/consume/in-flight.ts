import { deliveryKey, type RedisDelivery } from './delivery.js';

/** The deliveries this process holds: from when it got them until Redis has recorded how they ended. */
export class InFlight {
  readonly #capacity: number;
  readonly #held = new Map<string, RedisDelivery>();
  readonly #quarantined = new Set<RedisDelivery>();
  /** Of the held ones, those with handlers that have not ended. */
  #active = 0;
  /** Of the active ones, those read from the replay stream. */
  #replays = 0;
  readonly #replayCapacity: number;
  #changed: (() => void)[] = [];

  /** @param capacity How many deliveries may be worked on at a time. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    // Slow replays must not take every slot: half of them are for live events alone.
    this.#replayCapacity = Math.ceil(capacity / 2);
  }

  /** How many more deliveries may start. None while far more than that wait for Redis to record them. */
  get free(): number {
    if (this.#held.size - this.#active >= 10 * this.#capacity) return 0;
    return Math.max(0, this.#capacity - this.#active);
  }

  /** How many of the free slots replays may take. */
  get freeForReplays(): number {
    return Math.max(0, Math.min(this.free, this.#replayCapacity - this.#replays));
  }

  get size(): number {
    return this.#held.size;
  }

  get active(): number {
    return this.#active;
  }

  /** How many more quarantined deliveries may start: one runs at a time. */
  get freeForQuarantined(): number {
    return this.#quarantined.size === 0 ? 1 : 0;
  }

  get(key: string): RedisDelivery | undefined {
    return this.#held.get(key);
  }

  [Symbol.iterator](): Iterator<RedisDelivery> {
    return this.#held.values();
  }

  add(delivery: RedisDelivery): void {
    this.#held.set(deliveryKey(delivery), delivery);
    if (delivery.quarantined) this.#quarantined.add(delivery);
    this.#active += 1;
    if (delivery.replayed !== undefined) this.#replays += 1;
  }

  /** The last handler of a delivery has ended. */
  ended(delivery: RedisDelivery): void {
    this.#active -= 1;
    if (delivery.replayed !== undefined) this.#replays -= 1;
    this.#notify();
  }

  /** Redis has recorded the end of a delivery. */
  release(delivery: RedisDelivery): void {
    const key = deliveryKey(delivery);
    this.#quarantined.delete(delivery);
    // A delivery that was lost and taken again is held anew under the same key.
    if (this.#held.get(key) !== delivery) return;
    this.#held.delete(key);
    this.#notify();
  }

  /** Resolves at the next change of what is held. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #notify(): void {
    if (this.#changed.length === 0) return;
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
