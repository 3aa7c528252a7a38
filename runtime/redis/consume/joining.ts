import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { Logger } from '../../logger.js';
import { mayTryAgain, replyCode } from '../connection/redis-error.js';
import type { PartitionMap } from '../partitions/partition-map.js';
import { ageOfGroup, type GroupAge } from './group-age.js';
import type { PartitionConsumer } from './partition-consumer.js';

export interface JoiningSettings {
  readonly logger: Logger;
  readonly leaseMs: number;
  /** Start position of a new group, in the syntax of XGROUP CREATE. */
  readonly startFrom: string;
  /** The partition map that this process knows. */
  readonly map: () => PartitionMap;
  /** Reads the partition map again; the bus then adds the partitions that are new. */
  readonly readMap: () => Promise<void>;
  /** Ends a growth of the partitions that was interrupted. Part of the maintenance. */
  readonly endGrowth: () => Promise<void>;
}

export interface JoiningOptions extends JoiningSettings {
  /** Those of all partitions, by index. */
  readonly partitions: readonly PartitionConsumer[];
  /** Ends the attempts to join later. */
  readonly signal: AbortSignal;
  /** Called when a partition was joined later. */
  readonly onJoined: () => void;
}

/** For how long the group exists, by what partitions other than the one with this index know; see {@link ageOfGroup}. */
type AgeIn = (index: number) => number | undefined;

/** Maximum time that a start waits for the servers of all partitions, if one of them can be reached, in milliseconds. */
export const reachableMs = 2_000;
/** Time between two attempts to join in a partition that could not be reached, in milliseconds. */
const joinAgainMs = 1_000;
/** Time between two reads of a partition map that is being changed, in milliseconds. */
const readMapAgainMs = 50;
/** Number of such reads after which this process continues the growth. */
const endGrowthAfter = 4;

/** Joins a group in its partitions: in those that can be reached, and later in the others. */
export class Joining {
  readonly #options: JoiningOptions;
  /** The ages of the group in all partitions, while they are asked. */
  #asking: Promise<readonly GroupAge[]> | undefined;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /** @returns The partitions that cannot be reached. @throws The first error, if no partition can be joined or one refuses for good. */
  async joinReachable(all: readonly PartitionConsumer[], end: number): Promise<readonly PartitionConsumer[]> {
    const left = () => Math.max(1, end - performance.now());
    const waitMs = Math.min(left(), reachableMs);
    if (all.length > 1) {
      await Promise.all(all.map(({ partition: { connection } }) => connection.whenReady(waitMs)));
    }
    const isReachable = ({ partition }: PartitionConsumer) => partition.connection.isReady;
    const reachable = all.some(isReachable) ? all.filter(isReachable) : all;
    // Before anything is joined: what this process creates says nothing about the group.
    const ages = await this.#groupAges(left());
    const ageIn = (index: number) => ageOfGroup(index, ages, this.#options.map().growths);
    const results = await Promise.allSettled(reachable.map((each) => this.#joinIn(each, ageIn, left())));
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    const final = failed.find((error) => !mayTryAgain(error));
    if (final !== undefined || failed.length === results.length) throw final ?? failed[0];
    const joined = reachable.filter((_, index) => results[index]?.status === 'fulfilled');
    return all.filter((each) => !joined.includes(each));
  }

  /** For how long each partition has known the group; nothing if a new group begins at the first entry. Never rejects. */
  async #groupAges(timeoutMs: number): Promise<readonly GroupAge[]> {
    const { startFrom, partitions } = this.#options;
    if (startFrom === '0' || partitions.length === 1) return [];
    // Shared by partitions that are joined at the same time: after a growth, each of many would otherwise ask all.
    this.#asking ??= Promise.all(partitions.map((each) => each.groupAge(Math.min(timeoutMs, reachableMs)))).finally(
      () => {
        this.#asking = undefined;
      },
    );
    return this.#asking;
  }

  /** Joins in a partition; if the partition map has changed and the group is new there, by the new map. */
  async #joinIn(consumer: PartitionConsumer, ageIn: AgeIn, timeoutMs: number): Promise<void> {
    const { map, readMap, endGrowth } = this.#options;
    const end = performance.now() + timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const known = map().epoch;
      try {
        await consumer.join(Math.max(1, end - performance.now()), ageIn(consumer.partition.index));
        return;
      } catch (error) {
        if (replyCode(error) !== 'EPOCH') throw error;
        if (performance.now() > end) throw growing(error);
        await readMap().catch(() => undefined);
        if (map().epoch !== known) continue;
        // Another process grows the partitions, or has died meanwhile.
        if (attempt % endGrowthAfter === 0) await endGrowth().catch(() => undefined);
        else await sleep(readMapAgainMs);
      }
    }
  }

  /** Joins when the partition can be reached. Never rejects. */
  joinLater(consumer: PartitionConsumer): Promise<void> {
    return this.#joinWhenReachable(consumer, undefined);
  }

  /** The same for a partition that the map of this process did not have: the group exists, also if no partition that can be asked knows it. */
  joinAdded(consumer: PartitionConsumer): Promise<void> {
    return this.#joinWhenReachable(consumer, Number.POSITIVE_INFINITY);
  }

  /** @param unknownAge Age of the group if no partition that can be asked knows it. */
  async #joinWhenReachable(consumer: PartitionConsumer, unknownAge: number | undefined): Promise<void> {
    const { logger, leaseMs, signal, onJoined } = this.#options;
    const { connection, index } = consumer.partition;
    while (!signal.aborted) {
      try {
        if (await connection.whenReady(joinAgainMs)) {
          const ages = await this.#groupAges(leaseMs);
          const ageIn = (at: number) => ageOfGroup(at, ages, this.#options.map().growths) ?? unknownAge;
          await this.#joinIn(consumer, ageIn, leaseMs);
          onJoined();
          if (!signal.aborted) consumer.start();
          return;
        }
      } catch (error) {
        if (!mayTryAgain(error))
          logger.error({ err: error, partition: index }, 'could not join a partition; trying again');
      }
      await sleep(joinAgainMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
  }
}

function growing(cause: unknown): EventBusError {
  const problem = 'the number of partitions is being changed, and a new group cannot join until that has ended';
  return new EventBusError('UNAVAILABLE', problem, { cause });
}
