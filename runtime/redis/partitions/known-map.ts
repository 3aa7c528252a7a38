import { setTimeout as sleep } from 'node:timers/promises';
import type { Link } from '../connection/link.js';
import { replyCode } from '../connection/redis-error.js';
import { firstMap, openMap, type PartitionMap } from './partition-map.js';

/** First and longest wait between two reads of the map while it is being changed, in milliseconds. */
const firstWaitMs = 20;
const longestWaitMs = 250;

/** The partition map as this process knows it. */
export class KnownMap {
  readonly #prefix: string;
  readonly #onChange: (map: PartitionMap) => void;
  #map: PartitionMap;
  #isKnown = false;
  /** The read in progress, which all waiting publishes share. */
  #opening: Promise<void> | undefined;
  /** Publishes that Redis has refused for a former map. */
  readonly #waiting = new Set<Promise<unknown>>();

  /** @param count Number of partitions of a new map. @param onChange Called with the first map and with each other one. */
  constructor(prefix: string, count: number, onChange: (map: PartitionMap) => void) {
    this.#prefix = prefix;
    this.#onChange = onChange;
    this.#map = firstMap(count);
  }

  get epoch(): number {
    return this.#map.epoch;
  }

  /** Reads the map; writes it if there is none, or if Redis has lost its last writes. @throws the same errors as `openMap` */
  open(link: Link): Promise<void> {
    this.#opening ??= openMap(link, this.#prefix, this.#map)
      .then((map) => {
        // After a loss of all data, another process may have written a map with another number and the same epoch.
        const isNew = !this.#isKnown || map.epoch !== this.#map.epoch || map.count !== this.#map.count;
        this.#map = map;
        this.#isKnown = true;
        if (isNew) this.#onChange(map);
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /**
   * Publishes by the present map what Redis has refused for a former one, until the deadline. Reads the map first if it is the same.
   * @param link To the server that has the map. @param epoch Of the map for which it was refused. @param refusal The error `EPOCH`.
   * @param deadline By `performance.now()`. @param publish Publishes until the deadline.
   * @throws the errors of `publish`
   */
  async publishAgain<T>(
    link: Link,
    epoch: number,
    refusal: unknown,
    deadline: number,
    publish: () => Promise<T>,
  ): Promise<T> {
    const again = this.#publishAgain(link, epoch, refusal, deadline, publish);
    this.#waiting.add(again);
    return again.finally(() => this.#waiting.delete(again));
  }

  /** Resolves when no publish waits for another map. */
  async idle(): Promise<void> {
    while (this.#waiting.size > 0) await Promise.allSettled(this.#waiting);
  }

  async #publishAgain<T>(
    link: Link,
    refused: number,
    refusal: unknown,
    deadline: number,
    publish: () => Promise<T>,
  ): Promise<T> {
    let epoch = refused;
    let cause = refusal;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      if (performance.now() + waitMs >= deadline) throw cause;
      if (epoch === this.epoch) await this.open(link).catch(() => undefined);
      // The partition was closed for the former map, and the new map does not exist yet.
      if (epoch === this.epoch) await sleep(waitMs);
      epoch = this.epoch;
      try {
        return await publish();
      } catch (error) {
        if (replyCode(error) !== 'EPOCH') throw error;
        cause = error;
      }
    }
  }
}
