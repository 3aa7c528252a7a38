import { setTimeout as sleep } from 'node:timers/promises';
import { compareStreamIds } from '../../event/stream-id.js';
import type { Partition } from '../partitions/partition.js';

/** Time between two looks whether the parent has reached the split, in milliseconds. */
const lookMs = 25;

/** The split of a partition from its parent. */
interface Split {
  readonly parent: number;
  /** Last entry of the parent before the split. */
  readonly fence: string;
}

/** How far the pages of a replay have come in each partition: those of a new partition begin when its parent's have reached the split. */
export class ReplayOrder {
  /** Partition → the last entry of its written pages; `0-0` before the first page. None while its own pages may not begin. */
  readonly #cursors = new Map<number, string>();
  readonly #ended = new Set<number>();

  /** The pages of a partition have come to this entry. */
  reached(partition: number, cursor: string): void {
    this.#cursors.set(partition, cursor === '' ? '0-0' : cursor);
  }

  /** All pages of a partition are written. */
  ended(partition: number): void {
    this.#ended.add(partition);
  }

  /** Resolves when the pages of a partition may begin, or when `mustStop`. */
  async turnOf({ connection, keys }: Partition, mustStop: () => boolean): Promise<void> {
    const [parent, fence] = await connection.ask((redis) => redis.hmget(keys.partition, 'parent', 'parentFence'));
    if (parent == null || fence == null) return;
    const split: Split = { parent: Number(parent), fence };
    while (!this.#hasReached(split) && !mustStop()) await sleep(lookMs);
  }

  #hasReached({ parent, fence }: Split): boolean {
    const cursor = this.#cursors.get(parent);
    return this.#ended.has(parent) || (cursor !== undefined && compareStreamIds(cursor, fence) >= 0);
  }
}
