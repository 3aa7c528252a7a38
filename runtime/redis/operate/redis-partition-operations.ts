import { EventBusError } from '../../errors.js';
import type { Actor } from '../../operate/dead-letter.js';
import type {
  GrownPartitions,
  GrowOptions,
  InheritingGroup,
  PartitionMapDescription,
  PartitionOperations,
  PartitionPlan,
} from '../../operate/partition-operations.js';
import { hashSlot } from '../connection/hash-slot.js';
import type { Link } from '../connection/link.js';
import type { Nodes } from '../connection/nodes.js';
import { ancestorsOf } from '../partitions/lineage.js';
import { partitionOn } from '../partitions/partition.js';
import { type PartitionMap, readMap } from '../partitions/partition-map.js';
import type { Partitions } from '../partitions/partitions.js';
import { mapKey, mapTag, partitionTag } from '../store/keys.js';
import { growByOperator } from './grow-by-operator.js';
import { inheritingGroupsIn } from './inheriting-groups.js';
import { planPartitions } from './plan-partitions.js';

/** Reads where the partitions are, and grows them. */
export class RedisPartitionOperations implements PartitionOperations {
  readonly #nodes: Nodes;
  readonly #prefix: string;
  readonly #partitions: Partitions;
  readonly #map: Link;

  constructor(nodes: Nodes, prefix: string, partitions: Partitions) {
    this.#nodes = nodes;
    this.#prefix = prefix;
    this.#partitions = partitions;
    this.#map = nodes.link(mapTag(prefix));
  }

  async map(): Promise<PartitionMapDescription> {
    const { epoch, count, growing, growths } = await this.#read();
    return {
      epoch,
      count,
      growing,
      growths: growths.map(({ count: after, atMs }) => ({ count: after, at: new Date(atMs).toISOString() })),
      partitions: Array.from({ length: count }, (_, partition) => {
        const tag = partitionTag(this.#prefix, partition);
        const split = ancestorsOf(partition, growths)[0];
        return {
          partition,
          slot: hashSlot(tag),
          server: this.#nodes.masterOf(tag),
          parent: split?.index,
          splitAt: split === undefined ? undefined : new Date(split.splitAtMs).toISOString(),
        };
      }),
    };
  }

  async plan(count: number, masters?: readonly string[]): Promise<PartitionPlan> {
    const { count: present } = await this.#read();
    if (count < present) {
      const problem = `there are ${present} partitions, and ${count} were wanted: the number never becomes smaller`;
      throw new EventBusError('CONFIG_INVALID', problem);
    }
    return planPartitions(this.#nodes, this.#prefix, { present, count }, masters);
  }

  async grow(count: number, by: Actor, { onStep }: GrowOptions = {}): Promise<GrownPartitions> {
    const { count: from } = await this.#read();
    const { first } = this.#partitions;
    const grown = await growByOperator({
      prefix: this.#prefix,
      map: this.#map,
      partition: (index) => partitionOn(this.#nodes, this.#prefix, index),
      first,
      from,
      count,
      by,
      onStep: (step) => {
        try {
          onStep?.(step);
        } catch {
          // The growth must not stop half way.
        }
      },
    });
    await this.#partitions.current();
    return grown;
  }

  async drained(): Promise<readonly InheritingGroup[]> {
    await this.#partitions.current();
    const found = await this.#partitions.each((partition) =>
      partition.connection.ask(() => inheritingGroupsIn(partition)),
    );
    return found.flat();
  }

  async #read(): Promise<PartitionMap> {
    const map = await this.#map.ask(() => readMap(this.#map, this.#prefix));
    if (map !== undefined) return map;
    const problem = `there is no partition map ${mapKey(this.#prefix)}: no service was started with this prefix yet; fix: start one, or correct the prefix`;
    throw new EventBusError('NOT_FOUND', problem);
  }
}
