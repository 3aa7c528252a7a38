/** Event type and version that a bus must know to handle a parked delivery. */
export interface Needs {
  readonly type: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly parkedAt: number;
}

/** A scheduled or parked delivery to one handler. */
export interface Scheduled {
  readonly group: string;
  readonly handler: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly streamId: string;
  readonly envelope: string;
  readonly attempt: number;
  /** ISO 8601; undefined if no run has failed. */
  readonly firstFailedAt: string | undefined;
  /** Set on a parked delivery: only a bus that knows this version of the type handles it. */
  readonly needs?: Needs;
}

export type Parked = Scheduled & { readonly needs: Needs };

/** Deliveries that wait: retries, first deliveries to handlers of other buses, and parked ones. */
export class MemorySchedule {
  #waiting: Scheduled[] = [];
  #onChanged: () => void = () => undefined;

  /** Sets the function that is called when deliveries may run that could not run before. */
  whenChanged(onChanged: () => void): void {
    this.#onChanged = onChanged;
  }

  add(delivery: Scheduled): void {
    this.#waiting.push(delivery);
    this.#onChanged();
  }

  /** To be called when a delivery may run that waited for another one. */
  changed(): void {
    this.#onChanged();
  }

  get all(): readonly Scheduled[] {
    return this.#waiting;
  }

  get parked(): readonly Parked[] {
    return this.#waiting.filter((delivery): delivery is Parked => delivery.needs !== undefined);
  }

  remove(delivery: Scheduled): void {
    this.#waiting.splice(this.#waiting.indexOf(delivery), 1);
  }

  /** Calls `take` for each delivery, and removes those for which it returns true. `take` may add further ones. */
  removeIf(take: (delivery: Scheduled) => boolean): void {
    const before = this.#waiting;
    this.#waiting = [];
    const left = before.filter((delivery) => !take(delivery));
    // A spread into the arguments of `push` would overflow the stack if there are very many.
    this.#waiting = [...this.#waiting, ...left];
  }
}
