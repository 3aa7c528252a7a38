import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import type { Growth } from '../partitions/partition-map.js';
import { partitionOf } from '../partitions/partition-of.js';
import { type AskedAncestor, askedAncestors, findInAncestors } from './ancestors.js';
import type { BatchPublisher } from './batch-publisher.js';
import { checkWhole, placed } from './publish-reply.js';

export interface PartitionedPublisherOptions {
  /** One for each partition. */
  readonly publishers: readonly BatchPublisher[];
  /** Of the partition map. */
  readonly growths: readonly Growth[];
  /** Redis's time, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Maximum number of partition keys whose partition is remembered. */
const maxRemembered = 10_000;

/** Publishes events in the partition of their key, by one partition map. */
export class PartitionedPublisher {
  readonly #options: PartitionedPublisherOptions;
  /** Partition key → partition: computing it takes longer than finding it. */
  readonly #known = new Map<string, number>();
  /** Publishes that ask former partitions first. */
  readonly #asking = new Set<Promise<unknown>>();

  constructor(options: PartitionedPublisherOptions) {
    this.#options = options;
  }

  /**
   * Writes all of `events` or none. They have one partition key.
   * @param deadline Time until which they are sent, by `performance.now()`. @param index Their partition, by `partitionOf`.
   * @throws EventBusError the same errors as {@link Publisher.publish}
   */
  publish(
    events: readonly PreparedEvent[],
    deadline: number,
    index = this.partitionOf(events),
  ): Promise<readonly Published[]> {
    const { growths, now } = this.#options;
    if (growths.length === 0) return this.#publishIn(index, events, deadline);
    const asked = askedAncestors(events, index, growths, now());
    if (asked.length === 0) return this.#publishIn(index, events, deadline);
    const publishing = this.#publishMissing(asked, index, events, deadline);
    this.#asking.add(publishing);
    return publishing.finally(() => this.#asking.delete(publishing));
  }

  /** To be called after a reconnect of a partition: Redis may have lost writes that were not yet on disk. */
  reconnected(index: number): void {
    this.#options.publishers[index]?.reconnected();
  }

  /** Resolves when all accepted publishes have ended. */
  async idle(): Promise<void> {
    await this.#asked();
    await Promise.all(this.#options.publishers.map((publisher) => publisher.idle()));
  }

  /** Refuses further publishes; resolves when all accepted ones have ended. */
  async close(): Promise<void> {
    await this.#asked();
    await Promise.all(this.#options.publishers.map((publisher) => publisher.close()));
  }

  /** The index of the partition of events with one partition key. */
  partitionOf(events: readonly PreparedEvent[]): number {
    const count = this.#options.publishers.length;
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

  async #asked(): Promise<void> {
    while (this.#asking.size > 0) await Promise.allSettled(this.#asking);
  }

  /** Publishes the events that no former partition has. Such a partition accepts none of them any more: its answer is final. */
  async #publishMissing(
    asked: readonly AskedAncestor[],
    index: number,
    events: readonly PreparedEvent[],
    deadline: number,
  ): Promise<readonly Published[]> {
    const found = await findInAncestors(asked, events, (ancestor) => this.#publisher(ancestor), deadline);
    const missing = events.filter((_, at) => found[at] === undefined);
    if (missing.length === events.length) return this.#publishIn(index, events, deadline);
    checkWhole(events, found);
    const published = missing.length === 0 ? [] : [...(await this.#publishIn(index, missing, deadline))];
    return found.flatMap((duplicate) => duplicate ?? published.splice(0, 1));
  }

  #publishIn(index: number, events: readonly PreparedEvent[], deadline: number): Promise<readonly Published[]> {
    const published = this.#publisher(index).publish(events, deadline);
    return index === 0 ? published : published.then((all) => all.map((each) => placed(each, index)));
  }

  #publisher(index: number): BatchPublisher {
    const publisher = this.#options.publishers[index];
    if (publisher === undefined) throw new Error(`there is no partition ${index}`);
    return publisher;
  }
}
