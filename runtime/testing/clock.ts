/** The broker's time: what the machine's clock says, plus what a test has moved it on by. */
export class Clock {
  #ahead = 0;

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Moves on to a time, in milliseconds since 1970; never back. */
  moveTo(ms: number): void {
    this.#ahead += Math.max(0, ms - this.now());
  }
}
