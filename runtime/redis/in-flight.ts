import { deliveryKey, type RedisDelivery } from './delivery.js';

/** The deliveries this process holds: from when it got them until Redis has recorded how they ended. */
export class InFlight {
  readonly #capacity: number;
  readonly #held = new Map<string, RedisDelivery>();
  /** Of the held ones, those with handlers that have not ended. */
  #active = 0;
  #changed: (() => void)[] = [];

  /** @param capacity How many deliveries may be worked on at a time. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many more deliveries may start. None while far more than that wait for Redis to record them. */
  get free(): number {
    if (this.#held.size - this.#active >= 10 * this.#capacity) return 0;
    return Math.max(0, this.#capacity - this.#active);
  }

  get size(): number {
    return this.#held.size;
  }

  get active(): number {
    return this.#active;
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  get(key: string): RedisDelivery | undefined {
    return this.#held.get(key);
  }

  [Symbol.iterator](): Iterator<RedisDelivery> {
    return this.#held.values();
  }

  add(delivery: RedisDelivery): void {
    this.#held.set(deliveryKey(delivery), delivery);
    this.#active += 1;
  }

  /** The last handler of a delivery has ended. */
  ended(): void {
    this.#active -= 1;
    this.#notify();
  }

  /** Redis has recorded the end of a delivery. */
  release(delivery: RedisDelivery): void {
    const key = deliveryKey(delivery);
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
