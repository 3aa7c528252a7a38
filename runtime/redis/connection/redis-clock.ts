/** Redis's clock: the time of the last read plus the time since then on this process's monotonic clock. */
export class RedisClock {
  /** Redis's time minus `performance.now()`, in milliseconds. Not `Date.now()`: the local clock may be set at any time. */
  #offset = Date.now() - performance.now();
  #errorMs = 0;

  /** Redis's time in milliseconds since 1970. Before the first read: the local time. */
  now(): number {
    return performance.now() + this.#offset;
  }

  /** Maximum error of {@link now}, in milliseconds: half the duration of the last read. */
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
