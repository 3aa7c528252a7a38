import type { Link } from '../connection/link.js';
import type { GroupJobs } from '../maintain/group-jobs.js';

/** A retry that is due sooner than this also gets a timer in this process, in milliseconds: a job may run later. */
const shortMs = 1_000;

/** Wakes the group when retries are due: one of its processes by a job, and for short delays this process by a timer. */
export class Wakeups {
  readonly #connection: Link;
  readonly #jobs: GroupJobs;
  readonly #partition: number;
  /** Undefined before `start` and after `stop`. */
  #onDue: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** @param partition Index of the partition whose retries are meant. */
  constructor(connection: Link, jobs: GroupJobs, partition: number) {
    this.#connection = connection;
    this.#jobs = jobs;
    this.#partition = partition;
  }

  /** @param onDue Called when retries may be due. */
  start(onDue: () => void): void {
    this.#onDue = onDue;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#onDue = undefined;
  }

  /** To be called when retries were scheduled. @param dues When they are due, in Redis's milliseconds. */
  scheduled(dues: readonly number[]): void {
    const now = this.#connection.now();
    for (const due of dues) {
      if (due - now < shortMs) this.wakeIn(Math.max(0, Math.ceil(due - now)));
      this.#jobs.wakeAt(this.#partition, due, now);
    }
  }

  /** Wakes this process after `delayMs`, unless it is woken earlier. */
  wakeIn(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (this.#onDue === undefined || at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#onDue?.();
    }, delayMs);
  }
}
