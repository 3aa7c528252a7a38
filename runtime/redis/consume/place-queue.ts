/** What a caller wants a place for. */
export type PlaceUse =
  /** Work that is known: a read of a partition with more entries, retries that are due. */
  | 'work'
  /** A partition is polled, and has nothing most of the time. */
  | 'poll'
  /** Entries whose lease has expired, of the event stream or of the replay stream. */
  | 'takeOver'
  | 'replayTakeOver';

interface Waiting {
  readonly mayStart: () => boolean;
  readonly start: () => void;
}

const uses: readonly PlaceUse[] = ['work', 'poll', 'takeOver', 'replayTakeOver'];

/**
 * Callers that wait for a place. They start one after the other, in the order in which they came, and the uses take turns: a thousand
 * polls do not delay a read of entries that are known, and these do not keep a partition from being polled.
 */
export class PlaceQueue {
  readonly #isFreeFor: (use: PlaceUse) => boolean;
  readonly #waiting: Readonly<Record<PlaceUse, Set<Waiting>>> = {
    work: new Set(),
    poll: new Set(),
    takeOver: new Set(),
    replayTakeOver: new Set(),
  };
  /** Number of callers that wait. */
  #size = 0;
  /** Index of the use that starts next, if it can. */
  #next = 0;
  #isServing = false;

  /** @param isFreeFor Whether there is a place for a use at present. */
  constructor(isFreeFor: (use: PlaceUse) => boolean) {
    this.#isFreeFor = isFreeFor;
  }

  /** Whether a caller would have to wait: there is no place for it, or others wait. */
  mustWait(use: PlaceUse, mayStart: () => boolean): boolean {
    return this.#waiting[use].size > 0 || !this.#isFreeFor(use) || !mayStart();
  }

  /**
   * Resolves when it is the caller's turn, or `signal` is aborted. It then reserves its places, or leaves them to others.
   * @param mayStart A further condition of the caller; those behind it do not wait for it.
   */
  async wait(use: PlaceUse, mayStart: () => boolean, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const queue = this.#waiting[use];
      const start = () => {
        if (queue.delete(waiting)) this.#size -= 1;
        signal?.removeEventListener('abort', start);
        resolve();
      };
      const waiting = { mayStart, start };
      queue.add(waiting);
      this.#size += 1;
      signal?.addEventListener('abort', start);
      // Those before it may wait for something else.
      this.serve();
    });
  }

  /** To be called whenever there may be a place. */
  serve(): void {
    // Called for each delivery that ends: usually no caller waits.
    if (this.#size > 0 && !this.#isServing) this.#startNext();
  }

  #startNext(): void {
    const first = this.#first();
    this.#isServing = first !== undefined;
    if (first === undefined) return;
    first.start();
    // By then it has reserved its places.
    setImmediate(() => this.#startNext());
  }

  #first(): Waiting | undefined {
    for (let step = 0; step < uses.length; step += 1) {
      const at = (this.#next + step) % uses.length;
      const use = uses[at] as PlaceUse;
      if (this.#waiting[use].size === 0 || !this.#isFreeFor(use)) continue;
      for (const waiting of this.#waiting[use]) {
        if (!waiting.mayStart()) continue;
        this.#next = (at + 1) % uses.length;
        return waiting;
      }
    }
    return undefined;
  }
}
