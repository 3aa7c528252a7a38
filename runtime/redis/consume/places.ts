import { PlaceQueue, type PlaceUse } from './place-queue.js';

/** A call to Redis that may return deliveries. */
export interface PlaceRequest {
  /** Its server; undefined if it is not known. */
  readonly server: string | undefined;
  /** Maximum number of places. */
  readonly most: number;
  /** Number of quarantined deliveries among them, 0 or 1. */
  readonly quarantined: number;
  /** Whether it waits at Redis until there is something. It is limited by its turns, and not by its server. */
  readonly isWaiting?: boolean;
}

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
  /** For each server, the number of places that calls without a reply have reserved there. */
  readonly #asked = new Map<string, number>();
  readonly #queue: PlaceQueue;
  #changed: (() => void)[] = [];
  readonly #quarantineListeners: (() => void)[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
    // Half of the slots are reserved for live events, so that slow replays cannot use all slots.
    this.#replayCapacity = Math.ceil(capacity / 2);
    this.#queue = new PlaceQueue((use) => {
      if (use === 'work' || use === 'poll') return this.free > 0;
      // Two calls at the same time would not both get a quarantined entry.
      return !this.#quarantineReserved && (use === 'takeOver' ? this.free : this.freeForReplays) > 0;
    });
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

  /**
   * Number of deliveries that calls to a server may return now. If there are several servers, calls without a reply hold at most half of the
   * places that are not in use on each of them, and at least one: a server that hangs does not keep the others from working.
   */
  freeOn(server: string | undefined): number {
    const { free } = this;
    if (this.#asked.size < 2 || server === undefined) return free;
    const asked = this.#asked.get(server) ?? 0;
    return Math.min(free, Math.max(0, Math.ceil((free + asked) / 2) - asked));
  }

  /**
   * Undefined if a caller may reserve places now; else resolves when it is its turn, or `signal` is aborted.
   * @param server The server that it will ask.
   */
  turn(use: PlaceUse, server: string | undefined, signal?: AbortSignal): Promise<void> | undefined {
    const mayStart = () => this.freeOn(server) > 0;
    return this.#queue.mustWait(use, mayStart) ? this.#queue.wait(use, mayStart, signal) : undefined;
  }

  /**
   * Makes a call to Redis that may return deliveries, and passes its reply on. Their places are reserved until then: reading, claiming
   * and taking over happen at the same time, and each would otherwise fill the same places.
   * @param call Gets the number of places that were free, from 1: the maximum number of deliveries that it may return.
   * @returns Undefined if no place is free: nothing was called.
   */
  async reserve<Reply>(
    { server, most, quarantined, isWaiting = false }: PlaceRequest,
    call: (count: number) => Promise<Reply>,
    accept: (reply: Reply) => void,
  ): Promise<Reply | undefined> {
    const count = Math.min(most, isWaiting ? this.free : this.freeOn(server));
    if (count <= 0) return undefined;
    const asked = isWaiting ? 0 : count;
    this.#reserved += count;
    this.#ask(server, asked);
    if (quarantined > 0) this.#quarantineReserved = true;
    try {
      const reply = await call(count);
      accept(reply);
      return reply;
    } finally {
      // After the deliveries of the reply were added: one that waits would be started for their places, and lose its turn.
      this.#reserved -= count;
      this.#ask(server, -asked);
      if (quarantined > 0) this.#quarantineReserved = false;
      this.#notify();
    }
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

  #ask(server: string | undefined, places: number): void {
    if (server !== undefined) this.#asked.set(server, (this.#asked.get(server) ?? 0) + places);
  }

  #notify(): void {
    this.#queue.serve();
    if (this.#changed.length === 0) return;
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}
