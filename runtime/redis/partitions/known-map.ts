import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger.js';
import type { Link } from '../connection/link.js';
import { replyCode } from '../connection/redis-error.js';
import { endGrowth } from './end-growth.js';
import type { Partition } from './partition.js';
import { firstMap, openMap, openUnknownMap, type PartitionMap } from './partition-map.js';
import { restoreMap } from './restore-map.js';

export interface KnownMapOptions {
  /** Option of the bus. */
  readonly prefix: string;
  /** Number of partitions of a new map. */
  readonly count: number;
  /** The partition with this index, also one that the map does not have yet. */
  readonly partition: (index: number) => Partition;
  readonly logger: Logger;
  /** Called with the first map and with each other one. */
  readonly onChange: (map: PartitionMap) => void;
}

/** A publish that Redis has refused for a former map. */
export interface RefusedPublish {
  /** With the code `EPOCH`. */
  readonly error: unknown;
  /** Of the map by which it was routed. */
  readonly epoch: number;
  /** Of its partition. */
  readonly index: number;
}

/** First and longest wait between two reads of the map while it is being changed, in milliseconds. */
const firstWaitMs = 20;
const longestWaitMs = 250;
/** Shortest and longest time that a publish waits for the end of a growth before it continues it itself, in milliseconds. */
const patienceMs = [100, 200] as const;
/** Time after a failed attempt until the next one, in milliseconds. */
const pauseMs = 1_000;

/** The partition map as this process knows it. It never goes back to an earlier one. */
export class KnownMap {
  readonly #options: KnownMapOptions;
  #map: PartitionMap;
  #isKnown = false;
  /** The read in progress, which all waiting publishes share. */
  #opening: Promise<void> | undefined;
  /** The continuation of a growth in progress, likewise. */
  #ending: Promise<void> | undefined;
  #endAgainAt = Number.NEGATIVE_INFINITY;

  constructor(options: KnownMapOptions) {
    this.#options = options;
    this.#map = firstMap(options.count);
  }

  /** The map, as it was read last. */
  get present(): PartitionMap {
    return this.#map;
  }

  get epoch(): number {
    return this.#map.epoch;
  }

  /**
   * Reads the map; writes it if there is none, or if Redis has lost its last writes.
   * @throws the same errors as `openMap` and `restoreMap`
   */
  open(link: Link): Promise<void> {
    const { prefix, onChange } = this.#options;
    this.#opening ??= (this.#isKnown ? openMap(link, prefix, this.#map) : this.#openUnknown(link))
      .then((map) => {
        // After a loss of all data, another process may have written a map with another number and the same epoch.
        const isNew = !this.#isKnown || map.epoch !== this.#map.epoch || map.count !== this.#map.count;
        this.#map = map;
        this.#isKnown = true;
        if (isNew) onChange(map);
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /**
   * Ends a growth that was interrupted, and reads the map.
   * @param link To the server that has the map. @param index Of a partition that knows of the growth. @param callTimeoutMs Maximum time of a call.
   * @throws the errors of `endGrowth` and `openMap`
   */
  endGrowth(link: Link, index: number, callTimeoutMs: number): Promise<void> {
    const { prefix, partition } = this.#options;
    this.#ending ??= endGrowth({ prefix, partition, map: link, callTimeoutMs }, index)
      .then(() => this.open(link))
      .finally(() => {
        this.#ending = undefined;
      });
    return this.#ending;
  }

  /**
   * Publishes by the present map what Redis has refused for a former one, until the deadline. Reads the map first if it is the same; if
   * it does not change, ends the growth that another process has begun.
   * @param link To the server that has the map. @param refused The error `EPOCH`, the map's epoch and the partition for which Redis replied it.
   * @param deadline By `performance.now()`. @param publish Publishes until the deadline.
   * @throws the errors of `publish`
   */
  async publishAgain<T>(
    link: Link,
    { error, epoch: refused, index }: RefusedPublish,
    deadline: number,
    publish: () => Promise<T>,
  ): Promise<T> {
    let epoch = refused;
    let cause = error;
    const [shortest, longest] = patienceMs;
    const patientUntil = performance.now() + shortest + Math.random() * (longest - shortest);
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      if (performance.now() + waitMs >= deadline) throw cause;
      if (epoch === this.epoch) await this.open(link).catch(() => undefined);
      if (epoch === this.epoch && performance.now() >= patientUntil) await this.#tryToEnd(link, index, deadline);
      // The partition was sealed for the former map, and the new map does not exist yet.
      if (epoch === this.epoch) await sleep(waitMs);
      epoch = this.epoch;
      try {
        return await publish();
      } catch (failure) {
        if (replyCode(failure) !== 'EPOCH') throw failure;
        cause = failure;
      }
    }
  }

  #openUnknown(link: Link): Promise<PartitionMap> {
    const { prefix, count, partition, logger } = this.#options;
    return openUnknownMap(link, prefix, async () => {
      const map = await restoreMap({ prefix, count, partition, nowMs: link.now() });
      const { epoch, count: partitions } = map;
      const message = 'the partition map is missing, but partitions exist: it is restored from them';
      if (epoch > 1 || partitions !== count) logger.warn({ partitions, epoch }, message);
      return map;
    });
  }

  async #tryToEnd(link: Link, index: number, deadline: number): Promise<void> {
    const now = performance.now();
    if (now < this.#endAgainAt) return;
    try {
      await this.endGrowth(link, index, deadline - now);
    } catch (error) {
      this.#endAgainAt = performance.now() + pauseMs;
      this.#options.logger.warn(
        { err: error },
        'could not end the growth of the partitions that another process has begun',
      );
    }
  }
}
