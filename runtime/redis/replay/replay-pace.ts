import { setTimeout as sleep } from 'node:timers/promises';

/** Longest sleep before it is checked whether to stop, in milliseconds. */
const checkMs = 250;
/** Time that may be made up for after slower pages, in milliseconds. */
const creditMs = 1_000;

/** The rate of a replay, which the pages of all partitions share. */
export class ReplayPace {
  readonly #ratePerSecond: number;
  /** When the next page may be written, by `performance.now()`. */
  #nextAt = performance.now();

  constructor(ratePerSecond: number) {
    this.#ratePerSecond = ratePerSecond;
  }

  /** Resolves when a page with this number of events may be written, or soon after `mustStop` has become true. */
  async turn(events: number, mustStop: () => boolean): Promise<void> {
    const start = Math.max(this.#nextAt, performance.now() - creditMs);
    this.#nextAt = start + (events * 1_000) / this.#ratePerSecond;
    for (;;) {
      const left = start - performance.now();
      if (left <= 0 || mustStop()) return;
      await sleep(Math.min(left, checkMs));
    }
  }
}
