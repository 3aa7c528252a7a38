import { randomName } from '../../event/ids.js';
import { parseOrderingKey } from '../../event/ordering-key.js';
import type { Link } from '../connection/link.js';
import type { Partition } from '../partitions/partition.js';
import { partitionOf } from '../partitions/partition-of.js';
import { fieldsOf } from '../store/keys.js';
import { placeholderIn, placeholderOf } from '../store/placeholder.js';
import type { GroupMember } from './group-member.js';
import { askTurnScript, followHeadsScript, inheritHeadsScript, parentHeadsScript } from './inheritance.lua.js';
import type { Wakeups } from './wakeups.js';

export interface InheritedQueuesParts extends GroupMember {
  /** Index of the partition. */
  readonly index: number;
  readonly wakeups: Wakeups;
}

/** Number of key queues in one call. */
const pageSize = 500;

/** The key queues of a group in a partition that a growth made, as far as their heads are in the parent. */
export class InheritedQueues {
  readonly #parts: InheritedQueuesParts;

  constructor(parts: InheritedQueuesParts) {
    this.#parts = parts;
  }

  /** Makes a placeholder of each head of the parent whose key has moved. @throws Errors of ioredis */
  async inherit(parent: Partition): Promise<void> {
    const { connection, group } = this.#parts;
    const { state, heads, inherited } = group;
    await eachPage(parent.connection, parent.keys.group(group.name).heads, async (pairs) => {
      const moved = pairs.filter(([queue]) => this.#hasMoved(queue, parent.index));
      const queues = moved.map(([queue, head]) => ({ queue, placeholder: placeholderOf(parent.index, head) }));
      if (queues.length > 0) await connection.tryOnce(inheritHeadsScript.call({ state, heads, inherited, queues }));
    });
  }

  /** Whether events of a queue can be in this partition. The partition key is the tenant or the ordering key. */
  #hasMoved(queue: string, parent: number): boolean {
    const { index } = this.#parts;
    const [, job, key = ''] = queue.split('\0');
    // A replay is ordered within the partition that has the original events.
    if (job !== '') return false;
    const count = 2 * (index - parent);
    return partitionOf(parseOrderingKey(key).tenantId, count) === index || partitionOf(key, count) === index;
  }

  /**
   * Frees the queues that the parent has finished. @param fence Of the parent at the growth.
   * @returns The number of those that it has not, and whether a queue was freed or its head has changed. @throws Errors of ioredis
   */
  async follow(parent: Partition, fence: string): Promise<{ readonly left: number; readonly hasChanged: boolean }> {
    const { connection, group, wakeups } = this.#parts;
    const { heads, waiting, scheduledRetries: retries, inherited, due } = group;
    let left = 0;
    let hasChanged = false;
    await eachPage(connection, inherited, async (pairs) => {
      const queues = pairs.map(([queue]) => queue);
      const present = await this.#headsIn(parent, fence, queues);
      if (present === undefined) {
        left += queues.length;
        return;
      }
      const changed = pairs.flatMap(([queue, known], at) => {
        const head = present[at] ?? undefined;
        const placeholder = head === undefined ? '' : placeholderOf(parent.index, head);
        if (placeholder !== '') left += 1;
        return placeholder === placeholderIn(known)
          ? []
          : [{ due: due(queue.split('\0')[0] ?? ''), queue, known, placeholder }];
      });
      if (changed.length === 0) return;
      const call = followHeadsScript.call({ heads, waiting, retries, inherited, changed });
      const [count, made] = await connection.tryOnce(call);
      if (count > 0) hasChanged = true;
      if (made > 0) wakeups.scheduled([connection.now()]);
    });
    return { left, hasChanged };
  }

  /** Whether the parent still has everything that the group had read up to the fence. @throws Errors of ioredis */
  async isEntered(parent: Partition, fence: string): Promise<boolean> {
    return (await this.#headsIn(parent, fence, [])) !== undefined;
  }

  #headsIn({ keys, connection }: Partition, fence: string, queues: readonly string[]) {
    const { name, state, heads } = keys.group(this.#parts.group.name);
    return connection.tryOnce(
      parentHeadsScript.call({ stream: keys.events, state, heads, group: name, fence, queues }),
    );
  }

  /** Asks whether the parent has the turn in a queue; if not, its placeholder waits. @throws Errors of ioredis */
  async askTurn(queue: string, placeholder: string, queuedAs: string): Promise<boolean> {
    const { connection, group } = this.#parts;
    const { heads, waiting, inherited } = group;
    const call = askTurnScript.call({ heads, waiting, inherited, queue, placeholder, queuedAs, turn: randomName() });
    return (await connection.tryOnce(call)) === 1;
  }
}

/** Reads a hash in pages, as fields and their values; a field may be in two pages. */
async function eachPage(
  connection: Link,
  key: string,
  visit: (pairs: readonly (readonly [field: string, value: string])[]) => Promise<void>,
): Promise<void> {
  let cursor = '0';
  do {
    const [next, found] = await connection.tryOnce((redis) => redis.hscan(key, cursor, 'COUNT', pageSize));
    if (found.length > 0) await visit(Object.entries(fieldsOf(found) as Readonly<Record<string, string>>));
    cursor = next;
  } while (cursor !== '0');
}
