import { EventBusError } from '../../errors.js';

/**
 * The size of the events that wait for Redis, of all partitions together. A partition that cannot be reached may hold at most its share
 * of the limit, so that it does not hold up the others.
 */
export class PendingBytes {
  /** The option `maxPendingBytes`. */
  readonly limit: number;
  /** Number of partitions; set again after a growth. */
  partitions: number;
  #total = 0;

  constructor(limit: number, partitions: number) {
    this.limit = limit;
    this.partitions = partitions;
  }

  get total(): number {
    return this.#total;
  }

  /** @param bytes Negative: they do not wait any more. */
  add(bytes: number): void {
    this.#total += bytes;
  }

  /** The error for `bytes` more than there is room for; undefined if there is room. @param own Bytes that wait in this partition. */
  refusal(bytes: number, own: number, isReachable: boolean): EventBusError | undefined {
    const isFull = this.#total + bytes > this.limit;
    if (!isFull && (isReachable || own + bytes <= this.limit / this.partitions)) return undefined;
    const [most, what] = isFull ? [this.#total, ''] : [own, ' for a partition that is away'];
    const problem = `${most} bytes of events wait for Redis${what}; ${bytes} more would exceed maxPendingBytes (${this.limit})`;
    return new EventBusError(
      'OVERLOADED',
      `${problem}: nothing was written; publish slower or wait for earlier publishes`,
    );
  }
}
