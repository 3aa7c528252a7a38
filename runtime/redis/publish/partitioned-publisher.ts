import { positionOf } from '../../event/position.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import { partitionOf } from '../partitions/partition-of.js';
import type { BatchPublisher } from './batch-publisher.js';

/** Maximum number of partition keys whose partition is remembered. */
const maxRemembered = 10_000;

/** Publishes events in the partition of their key. */
export class PartitionedPublisher {
  readonly #publishers: readonly BatchPublisher[];
  /** Partition key → partition: computing it takes longer than finding it. */
  readonly #known = new Map<string, number>();

  /** @param publishers One for each partition. */
  constructor(publishers: readonly BatchPublisher[]) {
    this.#publishers = publishers;
  }

  /**
   * Writes all of `events` or none. They have one partition key.
   * @param deadline Time until which they are sent, by `performance.now()`.
   * @throws EventBusError the same errors as {@link Publisher.publish}
   */
  publish(events: readonly PreparedEvent[], deadline: number): Promise<readonly Published[]> {
    const index = this.partitionOf(events);
    const published = this.#publisher(index).publish(events, deadline);
    if (index === 0) return published;
    return published.then((all) => all.map((each) => ({ ...each, streamId: positionOf(each.streamId, index) })));
  }

  /** Refuses further publishes; resolves when all accepted ones have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#publishers.map((publisher) => publisher.close()));
  }

  /** The index of the partition of events with one partition key. */
  partitionOf(events: readonly PreparedEvent[]): number {
    const count = this.#publishers.length;
    if (count === 1) return 0;
    const key = events[0]?.partitionKey ?? '';
    let index = this.#known.get(key);
    if (index === undefined) {
      if (this.#known.size >= maxRemembered) this.#known.clear();
      index = partitionOf(key, count);
      this.#known.set(key, index);
    }
    return index;
  }

  #publisher(index: number): BatchPublisher {
    const publisher = this.#publishers[index];
    if (publisher === undefined) throw new Error(`there is no partition ${index}`);
    return publisher;
  }
}
