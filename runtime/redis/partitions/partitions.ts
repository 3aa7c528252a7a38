import { EventBusError } from '../../errors.js';
import { explainUnavailable } from '../connection/explain-unavailable.js';
import type { Partition } from './partition.js';

export interface PartitionsOptions {
  /** Makes the partition with this index. */
  readonly partition: (index: number) => Partition;
  /** Reads the number of partitions from the map; undefined if there is no map, because no bus was started yet. */
  readonly readCount: () => Promise<number | undefined>;
}

/** Age of the known number of partitions from which on it is read again, in milliseconds. */
const refreshMs = 5_000;

/** All partitions, for a reader that is not a bus. Their number is read from the map, and again later, because it may grow. */
export class Partitions {
  readonly #options: PartitionsOptions;
  /** As many as the map had when it was read last. */
  readonly #known: Partition[];
  #hasMap = false;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(options: PartitionsOptions) {
    this.#options = options;
    this.first = options.partition(0);
    this.#known = [this.first];
  }

  /** Partition 0, which always exists. */
  readonly first: Partition;

  /** All partitions, by index. Without a map, there is one, which is empty. */
  async all(): Promise<readonly Partition[]> {
    if (!this.#hasMap) await this.#read();
    // Not awaited: a partition must not wait for the server that has the map.
    else if (performance.now() - this.#readAt > refreshMs) this.#read().catch(() => undefined);
    return [...this.#known];
  }

  /** The same, by the present map: to be used where none may be missing. */
  async current(): Promise<readonly Partition[]> {
    await this.#read();
    return [...this.#known];
  }

  /** The partition with this index; undefined if there is none. */
  async at(index: number): Promise<Partition | undefined> {
    const all = await this.all();
    if (index < all.length) return all[index];
    await this.#read();
    return this.#known[index];
  }

  /** All partitions, or the one with this index. @throws EventBusError `NOT_FOUND` when there is no partition with this index */
  async select(index: number | undefined): Promise<readonly Partition[]> {
    if (index === undefined) return this.all();
    const partition = await this.at(index);
    if (partition !== undefined) return [partition];
    throw new EventBusError('NOT_FOUND', `there is no partition ${index}: there are ${this.#known.length}`);
  }

  /**
   * Makes a call for each partition, all at the same time, in the order of the partitions.
   * @param only Index of the only partition. Default: all.
   * @throws EventBusError `UNAVAILABLE` when one of them is away, naming it; `NOT_FOUND`
   */
  async each<Result>(call: (partition: Partition) => Promise<Result>, only?: number): Promise<readonly Result[]> {
    const selected = await this.select(only);
    return Promise.all(selected.map((partition) => this.within(partition, call)));
  }

  /** Makes a call for one partition. If there are several, the message of `UNAVAILABLE` names it. */
  async within<Result>(partition: Partition, call: (partition: Partition) => Promise<Result>): Promise<Result> {
    try {
      return await call(partition);
    } catch (error) {
      if (this.#known.length === 1) throw error;
      throw explainUnavailable(error, (message) => `partition ${partition.index}: ${message}`);
    }
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const count = await this.#options.readCount();
    this.#hasMap = count !== undefined;
    this.#readAt = performance.now();
    while (this.#known.length < (count ?? 1)) this.#known.push(this.#options.partition(this.#known.length));
  }
}
