/** The places for deliveries in this process: `concurrency`, for all partitions together. */
export class Places {
  /** Maximum number of deliveries that run in parallel. */
  readonly capacity: number;
  /** Number of deliveries with unfinished handlers. */
  #active = 0;
  /** Number of deliveries until Redis has recorded their outcomes. */
  #size = 0;
  /** Number of places for deliveries that calls to Redis may return. */
  #reserved = 0;
  /** Number of deliveries that may be poison messages. */
  #quarantined = 0;
  /** Whether a call to Redis may return a quarantined delivery. */
  #quarantineReserved = false;
  /** Number of active deliveries of replays. */
  #replays = 0;
  readonly #replayCapacity: number;
  #changed: (() => void)[] = [];
  readonly #quarantineListeners: (() => void)[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    // Half of the slots are reserved for live events, so that slow replays cannot use all slots.
    this.#replayCapacity = Math.ceil(capacity / 2);
  }

  /** Number of deliveries that may start. 0 while ten times the capacity waits to be recorded by Redis. */
  get free(): number {
    if (this.#size - this.#active >= 10 * this.capacity) return 0;
    return Math.max(0, this.capacity - this.#active - this.#reserved);
  }

  /** True when no delivery runs, and no call is under way that may return one. */
  get isIdle(): boolean {
    return this.#active === 0 && this.#reserved === 0;
  }

  /** Number of free slots that replays may use. */
  get freeForReplays(): number {
    return Math.max(0, Math.min(this.free, this.#replayCapacity - this.#replays));
  }

  /** Number of deliveries until Redis has recorded their outcomes. */
  get size(): number {
    return this.#size;
  }

  /** Number of deliveries with unfinished handlers. */
  get active(): number {
    return this.#active;
  }

  /** Number of quarantined deliveries that may start: one runs at a time. */
  get freeForQuarantined(): number {
    return this.#quarantined === 0 && !this.#quarantineReserved ? 1 : 0;
  }

  /** Whether a call that waits for its reply may return a quarantined delivery. */
  get isQuarantineReserved(): boolean {
    return this.#quarantineReserved;
  }

  /**
   * Makes a call to Redis that may return deliveries, and passes its reply on. Their places are reserved until then: reading, claiming
   * and taking over happen at the same time, and each would otherwise fill the same places.
   * @param most Maximum number of places. @param quarantined Number of quarantined deliveries among them, at most 1.
   * @param call Gets the number of places that were free, from 1: the maximum number of deliveries that it may return.
   * @returns Undefined if no place is free: nothing was called.
   */
  async reserve<Reply>(
    most: number,
    quarantined: number,
    call: (count: number) => Promise<Reply>,
    accept: (reply: Reply) => void,
  ): Promise<Reply | undefined> {
    const count = Math.min(most, this.free);
    if (count <= 0) return undefined;
    this.#reserved += count;
    if (quarantined > 0) this.#quarantineReserved = true;
    let reply: Reply;
    try {
      reply = await call(count);
    } finally {
      this.#reserved -= count;
      if (quarantined > 0) this.#quarantineReserved = false;
      // Callers that wait continue after the deliveries of the reply were added.
      this.#notify();
    }
    accept(reply);
    return reply;
  }

  /** To be called when a delivery starts. */
  started(isReplay: boolean, isQuarantined: boolean): void {
    this.#size += 1;
    this.#active += 1;
    if (isReplay) this.#replays += 1;
    if (isQuarantined) this.#quarantined += 1;
  }

  /** To be called when the last handler of a delivery has ended. */
  ended(isReplay: boolean): void {
    this.#active -= 1;
    if (isReplay) this.#replays -= 1;
    this.#notify();
  }

  /** To be called when Redis has recorded the outcome of a delivery, or the delivery is lost. */
  released(): void {
    this.#size -= 1;
    this.#notify();
  }

  /** To be called when a quarantined delivery is not in flight any more. */
  quarantineReleased(): void {
    this.#quarantined -= 1;
    for (const listener of this.#quarantineListeners) listener();
  }

  /** Resolves at the next change of the places. */
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
