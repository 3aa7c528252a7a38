import { EventBusError } from '../../errors.js';
import { maxPartitions } from '../../options.js';
import type { Redis } from '../connection/client.js';
import { explainUnavailable } from '../connection/explain-unavailable.js';
import type { Link } from '../connection/link.js';
import { probeRedis } from '../connection/permissions.js';
import { mapKey } from '../store/keys.js';
import {
  beginGrowthScript,
  finishGrowthScript,
  openChildScript,
  type SealedPartition,
  sealScript,
} from './growth.lua.js';
import type { Partition } from './partition.js';
import { mapOf, type PartitionMap, readMap } from './partition-map.js';

/** Epoch and number of partitions after a growth. */
type Next = Pick<PartitionMap, 'epoch' | 'count'>;

/** A step of a growth: one call to Redis, or several at the same time. */
interface GrowthCall {
  readonly step: 'read' | 'reach' | 'begin' | 'seal' | 'open' | 'finish';
  /** Index of the partition that is read, sealed or opened; undefined for a step of the whole. */
  readonly partition: number | undefined;
}

/** Makes a step of a growth. */
export type MakeStep = <T>(of: GrowthCall, call: () => Promise<T>) => Promise<T>;

export interface GrowOptions {
  /** Option of the bus. */
  readonly prefix: string;
  /** The link to the server that has the map. */
  readonly map: Link;
  /** The partition with this index, also one that the map does not have yet. */
  readonly partition: (index: number) => Partition;
  /** Number of partitions at the end: the present number, times a power of two. */
  readonly count: number;
  /** Maximum time of each call, in milliseconds, if it is shorter than the limit of the links. */
  readonly callTimeoutMs?: number;
  /** Makes each step, and may interrupt the growth before or after it. Default: makes the call. */
  readonly step?: MakeStep;
}

/**
 * Doubles the number of partitions until it is `count`. Every step can be repeated, also by another process and at the same time: a
 * growth that was interrupted is continued. Publishers wait meanwhile, for a few milliseconds.
 * @returns The map after the growth, which may already have more partitions.
 * @throws EventBusError `CONFIG_INVALID`: the number is not possible; `CONFLICT`: a growth to another number is under way;
 * `NOT_FOUND`: there is no map; `REDIS_DENIED`: the user may not call a command; `UNAVAILABLE`: a server is away or refuses writes:
 * nothing was changed, or the growth is to be continued
 */
export async function growPartitions(options: GrowOptions): Promise<PartitionMap> {
  return new Growing(options).run();
}

class Growing {
  readonly #options: GrowOptions;
  readonly #step: MakeStep;

  constructor(options: GrowOptions) {
    this.#options = options;
    this.#step = options.step ?? ((_of, call) => call());
  }

  async run(): Promise<PartitionMap> {
    const { count, prefix } = this.#options;
    let map = await this.#read();
    checkTarget(count, map);
    if (map.growing !== undefined && map.growing !== count) throw otherGrowth(map);
    if (count > map.count) await this.#checkReachable(count);
    while (map.count < count) {
      const { epoch } = map;
      map = mapOf(
        await this.#inMap('begin', beginGrowthScript.call({ map: mapKey(prefix), epoch, target: count })),
        prefix,
      );
      // Another process has ended a step of the growth in the meantime.
      if (map.epoch !== epoch) continue;
      if (map.growing !== count) throw otherGrowth(map);
      map = await this.#double(map);
    }
    return map;
  }

  /** One growth to twice the number. */
  async #double({ epoch: former, count: half }: PartitionMap): Promise<PartitionMap> {
    const { prefix } = this.#options;
    const count = 2 * half;
    const next = { epoch: former + 1, count };
    // All at the same time: publishers wait from the seal of their partition to the end.
    await Promise.all(Array.from({ length: half }, (_, index) => this.#divide(index, next)));
    const finish = finishGrowthScript.call({ map: mapKey(prefix), epoch: former, count });
    return mapOf(await this.#inMap('finish', finish), prefix);
  }

  /** Seals a partition, and opens the one that gets half of its keys. */
  async #divide(index: number, next: Next): Promise<void> {
    const { partition, events, groups } = this.#options.partition(index).keys;
    const sealed = await this.#in(index, 'seal', sealScript.call({ partition, events, groups, ...next }));
    await this.#openChild(index, sealed, next);
  }

  async #openChild(parent: number, { fence, groups: sealed }: SealedPartition, next: Next): Promise<void> {
    const index = parent + next.count / 2;
    const { keys: ofParent } = this.#options.partition(parent);
    const { keys } = this.#options.partition(index);
    const names = sealed.flatMap(({ name, isRegistered }) => (isRegistered ? [name] : []));
    const retired = await this.#in(parent, 'read', (redis) =>
      Promise.all(names.map((name) => redis.hget(ofParent.group(name).state, 'retiredAt'))),
    );
    const { partition, events, groups } = keys;
    const call = openChildScript.call({
      partition,
      events,
      groups,
      ...next,
      parent,
      parentFence: fence,
      registered: names.map((group, at) => ({
        state: keys.group(group).state,
        group,
        retiredAt: retired[at] ?? '',
      })),
      others: sealed.flatMap(({ name, isRegistered }) => (isRegistered ? [] : [name])),
    });
    await this.#in(index, 'open', call);
  }

  async #read(): Promise<PartitionMap> {
    const { map: link, prefix } = this.#options;
    const map = await this.#inMap('read', () => readMap(link, prefix));
    if (map !== undefined) return map;
    throw new EventBusError('NOT_FOUND', `there is no partition map ${mapKey(prefix)}: start a service first`);
  }

  /**
   * Checks that each server accepts all commands of a growth, before anything is changed: publishers would wait until the last server does
   * what is needed.
   */
  async #checkReachable(count: number): Promise<void> {
    const checks = Array.from({ length: count }, (_, index) => {
      const { connection, keys } = this.#options.partition(index);
      return this.#ask(index, () => probeRedis(connection, keys, 'consume'));
    });
    await this.#step({ step: 'reach', partition: undefined }, () => Promise.all(checks));
  }

  #inMap<T>(step: GrowthCall['step'], call: (redis: Redis) => Promise<T>): Promise<T> {
    const { map, callTimeoutMs } = this.#options;
    return this.#step({ step, partition: undefined }, () => map.ask(call, callTimeoutMs));
  }

  #in<T>(partition: number, step: GrowthCall['step'], call: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#step({ step, partition }, () => this.#ask(partition, call));
  }

  /** The message of `UNAVAILABLE` names the partition. */
  async #ask<T>(index: number, call: (redis: Redis) => Promise<T>): Promise<T> {
    const { partition, callTimeoutMs } = this.#options;
    try {
      return await partition(index).connection.ask(call, callTimeoutMs);
    } catch (error) {
      throw explainUnavailable(error, (message) => `partition ${index}: ${message}`);
    }
  }
}

function checkTarget(count: number, { count: present }: PartitionMap): void {
  const doublings = Math.log2(count / present);
  if (Number.isInteger(doublings) && doublings >= 0 && count <= maxPartitions) return;
  const problem = `there are ${present} partitions, and ${count} were wanted`;
  const allowed = `the number can be doubled one or several times, up to ${maxPartitions}, and it never becomes smaller`;
  throw new EventBusError('CONFIG_INVALID', `${problem}: ${allowed}; nothing was changed`);
}

function otherGrowth({ count, growing }: PartitionMap): EventBusError {
  const problem = `a growth from ${count} to ${growing} partitions is under way`;
  return new EventBusError('CONFLICT', `${problem}: nothing was changed; fix: end it first, with the count ${growing}`);
}
