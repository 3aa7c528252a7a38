import { setTimeout as sleep } from 'node:timers/promises';
import { parseOrderingKey } from '../../event/ordering-key.js';
import { ancestorsOf } from '../partitions/lineage.js';
import type { PartitionMap } from '../partitions/partition-map.js';
import { partitionOf } from '../partitions/partition-of.js';
import { placeholderOf } from '../store/placeholder.js';
import { type ClaimReply, releaseClaimsScript } from './claim.lua.js';
import type { GroupMember } from './group-member.js';
import type { Inheritance } from './inheritance.js';
import type { Wakeups } from './wakeups.js';

export interface RetryTurnsParts extends GroupMember {
  /** Index of the partition. */
  readonly index: number;
  readonly map: () => PartitionMap;
  /** Reads the partition map again. */
  readonly readMap: () => Promise<void>;
  readonly wakeups: Wakeups;
  /** That of a partition in which this process has joined. */
  readonly inheritanceOf: (index: number) => Inheritance | undefined;
}

/** Time until a retry asks again, in milliseconds. */
const askAgainMs = 1_000;

/**
 * The turns of retries whose key has moved to another partition: later events of the key are handled there. A retry that had let others pass, or is
 * that of a dead letter, waits until none of them holds the key, and holds it there while it runs.
 */
export class RetryTurns {
  readonly #parts: RetryTurnsParts;

  constructor(parts: RetryTurnsParts) {
    this.#parts = parts;
  }

  /**
   * The claimed retries that need their turn before they run: those of ordered handlers, if there was a growth.
   * @param epoch Epoch of the partition when they were claimed.
   */
  needed(claimed: readonly ClaimReply[], epoch: number): readonly ClaimReply[] {
    const known = this.#parts.map();
    return epoch <= known.epoch && known.growths.length === 0 ? [] : claimed.filter(isOrdered);
  }

  /**
   * Asks for the turns of retries that need them.
   * @param epoch Epoch of the partition when they were claimed: if the map that this process knows is older, it is read first. If that map is
   * not newer, a growth has not ended, and the key of a retry that runs now will get a placeholder when the new partition is opened.
   * @returns Those that may run. The others are returned to the group, and due later.
   */
  async take(claimed: readonly ClaimReply[], epoch: number): Promise<readonly ClaimReply[]> {
    const isKnown = epoch <= this.#parts.map().epoch || (await this.#readMap());
    if (isKnown && this.#parts.map().growths.length === 0) return claimed;
    const have = await Promise.all(claimed.map((claim) => isKnown && this.#hasTurn(claim)));
    await this.postpone(claimed.filter((_, at) => have[at] === false));
    return claimed.filter((_, at) => have[at]);
  }

  /** Returns claimed retries to the group: they are due again in a second. */
  async postpone(claimed: readonly ClaimReply[]): Promise<void> {
    if (claimed.length === 0) return;
    const { connection, group, wakeups } = this.#parts;
    const released = claimed.map(([ref, claim, handler]) => ({ ref, claim, due: group.due(handler) }));
    const call = releaseClaimsScript.call({ claims: group.claims, delayMs: askAgainMs, claimed: released });
    await connection.tryOnce(call);
    wakeups.wakeIn(askAgainMs);
  }

  async #hasTurn([ref, , , , queue, queuedAs]: ClaimReply): Promise<boolean> {
    if (queue === undefined || queuedAs === undefined) return true;
    try {
      for (const route of this.#routes(queue)) {
        let parent = this.#parts.index;
        let head = ref;
        for (const index of route) {
          const inheritance = this.#parts.inheritanceOf(index);
          if (inheritance === undefined || !(await inheritance.askTurn(parent, queue, head, queuedAs))) return false;
          head = placeholderOf(parent, head);
          parent = index;
        }
      }
      return true;
    } catch (error) {
      this.#parts.logger.debug({ err: error, partition: this.#parts.index }, 'could not ask for the turn of a retry');
      return false;
    }
  }

  /** @returns Whether the map could be read in time. */
  #readMap(): Promise<boolean> {
    const read = this.#parts.readMap().then(
      () => true,
      () => false,
    );
    return Promise.race([read, sleep(askAgainMs, false, { ref: false })]);
  }

  /** The partitions to which the key of a queue has moved, one after the other; for the tenant and for the ordering key as partition key. */
  #routes(queue: string): readonly (readonly number[])[] {
    const { index, map } = this.#parts;
    const { count, growths } = map();
    const [, job, key = ''] = queue.split('\0');
    // A replay is ordered within the partition that has the original events.
    if (job !== '') return [];
    return [parseOrderingKey(key).tenantId, key].flatMap((partitionKey) => {
      const present = partitionOf(partitionKey, count);
      const line = [present, ...ancestorsOf(present, growths).map((ancestor) => ancestor.index)];
      const at = line.indexOf(index);
      return at < 1 ? [] : [line.slice(0, at).reverse()];
    });
  }
}

/** Whether a claimed retry has a place in a key queue. */
function isOrdered([, , , , queue, queuedAs]: ClaimReply): boolean {
  return queue !== undefined && queuedAs !== undefined;
}
