import type { RedisDelivery } from './delivery.js';

/** The deliveries in flight in this process: until Redis has recorded their outcomes. */
export class InFlight {
  readonly #capacity: number;
  readonly #deliveries = new Map<string, RedisDelivery>();
  readonly #quarantined = new Set<RedisDelivery>();
  /** Number of deliveries with unfinished handlers. */
  #active = 0;
  /** Number of places for deliveries that calls to Redis may return. */
  #reserved = 0;
  /** Whether such a call may return a quarantined delivery. */
  #quarantineReserved = false;
  /** Number of active deliveries of the replay lane. */
  #replays = 0;
  readonly #replayCapacity: number;
  #changed: (() => void)[] = [];
  readonly #quarantineListeners: (() => void)[] = [];

  /** @param capacity Maximum number of deliveries that run in parallel. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    // Half of the slots are reserved for live events, so that slow replays cannot use all slots.
    this.#replayCapacity = Math.ceil(capacity / 2);
  }

  /** Number of deliveries that may start. 0 while ten times the capacity waits to be recorded by Redis. */
  get free(): number {
    if (this.#deliveries.size - this.#active >= 10 * this.#capacity) return 0;
    return Math.max(0, this.#capacity - this.#active - this.#reserved);
  }

  /** True when no delivery runs, and no call is under way that may return one. */
  get isIdle(): boolean {
    return this.#active === 0 && this.#reserved === 0;
  }

  /** Number of free slots that replays may use. */
  get freeForReplays(): number {
    return Math.max(0, Math.min(this.free, this.#replayCapacity - this.#replays));
  }

  get size(): number {
    return this.#deliveries.size;
  }

  get active(): number {
    return this.#active;
  }

  /** Number of quarantined deliveries that may start: one runs at a time. */
  get freeForQuarantined(): number {
    return this.#quarantined.size === 0 && !this.#quarantineReserved ? 1 : 0;
  }

  /** Whether a call that waits for its reply may return a quarantined delivery. */
  get isQuarantineReserved(): boolean {
    return this.#quarantineReserved;
  }

  /**
   * Makes a call to Redis that may return up to `count` deliveries, and passes its reply on. Their places are reserved until then:
   * reading, claiming and taking over happen at the same time, and each would otherwise fill the same places.
   * @param quarantined Number of quarantined deliveries among them, at most 1.
   */
  async reserve<Reply>(
    count: number,
    quarantined: number,
    call: () => Promise<Reply>,
    accept: (reply: Reply) => void,
  ): Promise<Reply> {
    this.#reserved += count;
    if (quarantined > 0) this.#quarantineReserved = true;
    let reply: Reply;
    try {
      reply = await call();
    } finally {
      this.#reserved -= count;
      if (quarantined > 0) this.#quarantineReserved = false;
      // Callers that wait continue after the deliveries of the reply were added.
      this.#notify();
    }
    accept(reply);
    return reply;
  }

  get(key: string): RedisDelivery | undefined {
    return this.#deliveries.get(key);
  }

  [Symbol.iterator](): Iterator<RedisDelivery> {
    return this.#deliveries.values();
  }

  add(delivery: RedisDelivery): void {
    this.#deliveries.set(delivery.key, delivery);
    if (delivery.quarantined) this.#quarantined.add(delivery);
    this.#active += 1;
    if (delivery.lane.spec.kind === 'replay') this.#replays += 1;
  }

  /** To be called when the last handler of a delivery has ended. */
  ended(delivery: RedisDelivery): void {
    this.#active -= 1;
    if (delivery.lane.spec.kind === 'replay') this.#replays -= 1;
    this.#notify();
  }

  /** To be called when Redis has recorded the outcome of a delivery, or the delivery is lost. */
  release(delivery: RedisDelivery): void {
    const { key } = delivery;
    const wasQuarantined = this.#quarantined.delete(delivery);
    // A lost delivery that was taken over again is a new delivery with the same key.
    if (this.#deliveries.get(key) === delivery) {
      this.#deliveries.delete(key);
      this.#notify();
    }
    if (wasQuarantined) for (const listener of this.#quarantineListeners) listener();
  }

  /** Resolves at the next change of the deliveries in flight. */
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
