import { setTimeout as sleep } from 'node:timers/promises';
import { parseOrderingKey } from '../../event/ordering-key.js';
import type { Link } from '../connection/link.js';
import { mayTryAgain } from '../connection/redis-error.js';
import type { Partition } from '../partitions/partition.js';
import { partitionOf } from '../partitions/partition-of.js';
import { placeholderOf } from '../store/placeholder.js';
import type { GroupMember } from './group-member.js';
import {
  askTurnScript,
  type FoundInheritance,
  followHeadsScript,
  inheritHandlersScript,
  inheritHeadsScript,
  type ParentProgress,
  parentProgressScript,
  readInheritanceScript,
} from './inheritance.lua.js';
import type { PeerHandlers } from './peer-handlers.js';
import type { Wakeups } from './wakeups.js';

export interface InheritanceParts extends GroupMember {
  /** Index of the partition. */
  readonly index: number;
  readonly partitionAt: (index: number) => Partition | undefined;
  readonly peers: PeerHandlers;
  readonly wakeups: Wakeups;
  /** Minimum time between two checks of the parent, in milliseconds. */
  readonly pollMs: () => number;
}

/** Longest time between two checks of the parent, in milliseconds, unless `pollMs` is longer. */
const longestWaitMs = 2_000;
/** Number of key queues in one call. */
const pageSize = 500;

/**
 * What a group does in a partition that a growth made, before it reads it: it takes over the handlers and, if some are ordered, the heads
 * of the parent's key queues. Afterwards it frees each of these queues when the parent has finished it. All processes of the group do
 * this at the same time; every step can be repeated.
 */
export class Inheritance {
  readonly #parts: InheritanceParts;
  #found: FoundInheritance = { fence: undefined, parent: undefined, hasInherited: false };
  #isAnnounced = false;
  #isRunning = false;
  /** Number of turns that retries of the parent have asked for. */
  #asked = 0;
  readonly #opening = new AbortController();
  readonly #stopping = new AbortController();

  constructor(parts: InheritanceParts) {
    this.#parts = parts;
  }

  /** Whether the group may read the partition. */
  get isOpen(): boolean {
    return this.#found.fence === undefined;
  }

  /** Aborted when the group may read the partition. */
  get opening(): AbortSignal {
    return this.#opening.signal;
  }

  /** Reads whether there is something to do. @throws Errors of `Link.ask` */
  async read(timeoutMs: number): Promise<void> {
    // A growth makes no partition 0.
    if (this.#parts.index > 0) this.#found = await this.#parts.connection.ask(this.#readCall(), timeoutMs);
  }

  start(): void {
    if (!this.#isRunning) void this.#run();
  }

  /** Continues if there is something to do that a process has left which died. @throws Errors of ioredis */
  async check(): Promise<void> {
    if (this.#parts.index === 0 || this.#isRunning || !this.isOpen) return;
    const { hasInherited } = await this.#parts.connection.tryOnce(this.#readCall());
    if (hasInherited) this.#resume();
  }

  /**
   * Asks whether a retry in the parent, which is the head of its key queue there, may run: its key has moved to this partition.
   * @param head Its ref, or the placeholder for it in the parent. @param queuedAs Its place, a stream id.
   * @throws Errors of ioredis
   */
  async askTurn(parent: number, queue: string, head: string, queuedAs: string): Promise<boolean> {
    const { heads, waiting, inherited } = this.#parts.group;
    const placeholder = placeholderOf(parent, head);
    const call = askTurnScript.call({ heads, waiting, inherited, queue, placeholder, queuedAs });
    const hasTurn = await this.#parts.connection.tryOnce(call);
    this.#asked += 1;
    this.#resume();
    return hasTurn === 1;
  }

  #resume(): void {
    this.#found = { ...this.#found, hasInherited: true };
    this.start();
  }

  /** Ends after the current call. */
  stop(): void {
    this.#stopping.abort();
  }

  async #run(): Promise<void> {
    const { logger, index, pollMs } = this.#parts;
    const { signal } = this.#stopping;
    let waitMs = 0;
    this.#isRunning = true;
    while (!signal.aborted && !(this.isOpen && !this.#found.hasInherited)) {
      let hasChanged = false;
      try {
        hasChanged = this.isOpen ? await this.#followHeads() : await this.#open();
      } catch (error) {
        const level = mayTryAgain(error) || signal.aborted ? 'debug' : 'error';
        logger[level](
          { err: error, partition: index },
          'could not continue the key queues of the parent; trying again',
        );
      }
      const leastMs = pollMs();
      waitMs = hasChanged ? leastMs : Math.max(leastMs, Math.min(2 * waitMs, longestWaitMs));
      await sleep(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
    }
    this.#isRunning = false;
  }

  /** @returns Whether the group may read the partition from now on. */
  async #open(): Promise<boolean> {
    const { connection, group, peers } = this.#parts;
    const found = await connection.tryOnce(this.#readCall());
    let { hasInherited } = found;
    if (found.fence !== undefined) {
      const parent = this.#parent;
      if (parent === undefined) return false;
      const { keys, connection: link } = parent;
      const { state, handlers, seen, name } = keys.group(group.name);
      const named = { stream: keys.events, state, handlers, seen };
      const progress = await link.tryOnce(parentProgressScript.call({ ...named, group: name, fence: found.fence }));
      if (!progress.isReady) return false;
      await connection.tryOnce(this.#handlersCall(progress));
      hasInherited = progress.isOrdered || peers.ordered.length > 0;
      if (hasInherited && !progress.isEntered) {
        this.#announce(parent);
        return false;
      }
      if (hasInherited) await this.#inheritHeads(parent);
      await connection.tryOnce((redis) => redis.hdel(group.state, 'inherits'));
    }
    // Before anything is read: the handlers that were taken over.
    await peers.reload();
    this.#found = { ...this.#found, fence: undefined, hasInherited };
    this.#opening.abort();
    return true;
  }

  async #inheritHeads(parent: Partition): Promise<void> {
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

  /** Frees the queues that the parent has finished. @returns Whether there were any, or their heads have changed. */
  async #followHeads(): Promise<boolean> {
    const { connection, group, wakeups } = this.#parts;
    const parent = this.#parent;
    if (parent === undefined) return false;
    const { heads, waiting, scheduledRetries: retries, inherited, due } = group;
    const { heads: ofParent } = parent.keys.group(group.name);
    const asked = this.#asked;
    let left = 0;
    let hasChanged = false;
    await eachPage(connection, inherited, async (pairs) => {
      const queues = pairs.map(([queue]) => queue);
      const present = await parent.connection.tryOnce((redis) => redis.hmget(ofParent, ...queues));
      const changed = pairs.flatMap(([queue, known], at) => {
        const head = present[at] ?? undefined;
        const placeholder = head === undefined ? '' : placeholderOf(parent.index, head);
        if (placeholder !== '') left += 1;
        return placeholder === known ? [] : [{ due: due(queue.split('\0')[0] ?? ''), queue, known, placeholder }];
      });
      if (changed.length === 0) return;
      const call = followHeadsScript.call({ heads, waiting, retries, inherited, changed });
      const [count, made] = await connection.tryOnce(call);
      if (count > 0) hasChanged = true;
      if (made > 0) wakeups.scheduled([connection.now()]);
    });
    if (left === 0 && asked === this.#asked) this.#found = { ...this.#found, hasInherited: false };
    return hasChanged;
  }

  #readCall() {
    const { keys, group } = this.#parts;
    return readInheritanceScript.call({
      partition: keys.partition,
      state: group.state,
      inherited: group.inherited,
    });
  }

  #handlersCall({ handlers, seen }: ParentProgress) {
    const { state, handlers: own, seen: ownSeen, since } = this.#parts.group;
    return inheritHandlersScript.call({
      state,
      handlers: own,
      seen: ownSeen,
      since,
      registered: pairsOf(handlers).map(([handler, accepts]) => ({ handler, accepts })),
      beats: pairsOf(seen).map(([field, at]) => ({ field, at })),
    });
  }

  /** The parent; undefined while its server cannot be reached. */
  get #parent(): Partition | undefined {
    const { parent } = this.#found;
    const partition = parent === undefined ? undefined : this.#parts.partitionAt(parent);
    return partition?.connection.isReady === true ? partition : undefined;
  }

  #announce({ index: parent }: Partition): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    const message =
      'a new partition is read when the group has read the events that its parent had at the growth: a handler has an order';
    this.#parts.logger.info({ partition: this.#parts.index, parent }, message);
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
    if (found.length > 0) await visit(pairsOf(found));
    cursor = next;
  } while (cursor !== '0');
}

function pairsOf(flat: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, at) => [flat[2 * at] ?? '', flat[2 * at + 1] ?? '']);
}
