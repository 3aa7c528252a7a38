/** The broker's clock: the machine's time plus the time by which a test has advanced it. */
export class Clock {
  #ahead = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Advances to a time, in milliseconds since 1970; never goes back. */
  moveTo(ms: number): void {
    this.#ahead += Math.max(0, ms - this.now());
  }
}
