import { murmur3 } from '../partitions/murmur3.js';

/** Maximum number of processes of a group that block on a partition: each XADD costs Redis time for every blocked reader. */
const homesOfPartition = 8;
/** How often a process that does not block on a partition reads it, in milliseconds. */
const pollMs = 200;
/**
 * Maximum number of such reads of one partition in a second, by all processes of a group together: with more processes, each polls
 * less often, and an entry that the homes cannot take is found as quickly.
 */
const pollsPerSecond = 32;

/**
 * Decides which processes of a group block on which partitions. This is no lease: Redis delivers an entry once, whoever reads it.
 * A dead home is replaced when its heartbeats are missed; until then the other homes of the partition block.
 */
export class Homes {
  readonly #consumer: string;
  #alive: readonly string[];
  readonly #isHome = new Map<number, boolean>();

  /** @param consumer Name of this process in the group. */
  constructor(consumer: string) {
    this.#consumer = consumer;
    this.#alive = [consumer];
  }

  /** To be called with the names of all living processes of the group, three times per lease. */
  update(alive: readonly string[]): void {
    this.#alive = alive;
    this.#isHome.clear();
  }

  /** Whether this process blocks on a partition: it is one of the eight that rank highest there. */
  isHome(partition: number): boolean {
    if (this.#alive.length <= homesOfPartition) return true;
    let isHome = this.#isHome.get(partition);
    if (isHome === undefined) {
      const own = rank(this.#consumer, partition);
      const higher = this.#alive.filter((name) => name !== this.#consumer && rank(name, partition) > own);
      isHome = higher.length < homesOfPartition;
      this.#isHome.set(partition, isHome);
    }
    return isHome;
  }

  /** How long to wait until a partition is read again without blocking, in milliseconds, with jitter. */
  get pollMs(): number {
    const fewest = (this.#alive.length * 1_000) / pollsPerSecond;
    return Math.max(pollMs, fewest) * (0.75 + Math.random() / 4);
  }
}

function rank(consumer: string, partition: number): number {
  return murmur3(`${partition}/${consumer}`);
}
