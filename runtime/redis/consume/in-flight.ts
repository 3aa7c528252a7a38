import type { RedisDelivery } from './delivery.js';

/** The deliveries that this process holds, until Redis has recorded their outcomes. */
export class InFlight {
  readonly #capacity: number;
  readonly #held = new Map<string, RedisDelivery>();
  readonly #quarantined = new Set<RedisDelivery>();
  /** How many of the held deliveries have handlers that have not ended. */
  #active = 0;
  /** How many of the active deliveries are of the replay lane. */
  #replays = 0;
  readonly #replayCapacity: number;
  #changed: (() => void)[] = [];
  readonly #quarantineListeners: (() => void)[] = [];

  /** @param capacity How many deliveries may run at a time. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    // Half of the slots are for live events alone, so that slow replays cannot take every slot.
    this.#replayCapacity = Math.ceil(capacity / 2);
  }

  /** How many more deliveries may start. None while ten times the capacity waits for Redis to record it. */
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
    this.#held.set(delivery.key, delivery);
    if (delivery.quarantined) this.#quarantined.add(delivery);
    this.#active += 1;
    if (delivery.lane.spec.kind === 'replay') this.#replays += 1;
  }

  /** The last handler of a delivery has ended. */
  ended(delivery: RedisDelivery): void {
    this.#active -= 1;
    if (delivery.lane.spec.kind === 'replay') this.#replays -= 1;
    this.#notify();
  }

  /** Redis has recorded the outcome of a delivery, or the delivery is lost. */
  release(delivery: RedisDelivery): void {
    const { key } = delivery;
    const wasQuarantined = this.#quarantined.delete(delivery);
    // A delivery that was lost and taken over again is held anew under the same key.
    if (this.#held.get(key) === delivery) {
      this.#held.delete(key);
      this.#notify();
    }
    if (wasQuarantined) for (const listener of this.#quarantineListeners) listener();
  }

  /** Resolves at the next change of the held deliveries. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  /** Calls `listener` whenever another quarantined delivery may start. */
  onQuarantineFree(listener: () => void): void {
    this.#quarantineListeners.push(listener);
  }

  #notify(): void {
    if (this.#changed.length === 0) return;
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
