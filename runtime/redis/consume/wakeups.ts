import type { RedisConnection } from '../connection/redis-connection.js';
import type { GroupJobs } from '../maintain/group-jobs.js';

/** A retry that is due sooner than this is awaited in this process too, in milliseconds: a job may come later. */
const shortMs = 1_000;

/** Wakes the group when retries are due: this process by a timer when that is soon, one of its processes by a job. */
export class Wakeups {
  readonly #connection: RedisConnection;
  readonly #jobs: GroupJobs;
  /** Undefined before `start` and after `stop`. */
  #onDue: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(connection: RedisConnection, jobs: GroupJobs) {
    this.#connection = connection;
    this.#jobs = jobs;
  }

  /** @param onDue Called when something may be due in this process. */
  start(onDue: () => void): void {
    this.#onDue = onDue;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#onDue = undefined;
  }

  /** Retries were scheduled. @param dues When they are due, in Redis's milliseconds. */
  scheduled(dues: readonly number[]): void {
    const now = this.#connection.now();
    for (const due of dues) {
      if (due - now < shortMs) this.wakeIn(Math.max(0, Math.ceil(due - now)));
      this.#jobs.wakeAt(due, now);
    }
  }

  /** Wakes this process in `delayMs`, unless it is woken sooner. */
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
