/** Redis's clock, as it was last read. Between two reads it goes by this process's monotonic clock. */
export class RedisClock {
  /** Redis's time less `performance.now()`, in milliseconds: the local clock may be set at any moment. */
  #offset = Date.now() - performance.now();
  #errorMs = 0;

  /** In milliseconds since 1970. Before the first read: the local time. */
  now(): number {
    return performance.now() + this.#offset;
  }

  /** How far {@link now} is off at most, in milliseconds: half the time that a read took. */
  get errorMs(): number {
    return this.#errorMs;
  }

  /** @param time Calls TIME: seconds, and microseconds of the second. */
  async read(time: () => Promise<readonly (number | string)[]>): Promise<void> {
    const before = performance.now();
    const [seconds, micros] = await time();
    const local = (before + performance.now()) / 2;
    this.#errorMs = local - before;
    this.#offset = Number(seconds) * 1000 + Number(micros) / 1000 - local;
  }
}
