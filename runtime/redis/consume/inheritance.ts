import { mayTryAgain } from '../connection/redis-error.js';
import { Waiters } from '../connection/waiters.js';
import type { Partition } from '../partitions/partition.js';
import { fieldsOf } from '../store/keys.js';
import { placeholderOf } from '../store/placeholder.js';
import {
  type FoundInheritance,
  inheritHandlersScript,
  type ParentProgress,
  parentProgressScript,
  readInheritanceScript,
} from './inheritance.lua.js';
import { InheritedQueues, type InheritedQueuesParts } from './inherited-queues.js';
import type { PeerHandlers } from './peer-handlers.js';

export interface InheritanceParts extends InheritedQueuesParts {
  readonly partitionAt: (index: number) => Partition | undefined;
  readonly peers: PeerHandlers;
  /** Minimum time between two checks of the parent, in milliseconds. */
  readonly pollMs: () => number;
}

/** Longest time between two checks of the parent, in milliseconds, unless `pollMs` is longer. */
const longestWaitMs = 2_000;

/**
 * What a group does in a partition that a growth made, before it reads it: it takes over the handlers and, if some are ordered, the heads
 * of the parent's key queues. Afterwards it frees each of these queues when the parent has finished it. All processes of the group do
 * this at the same time; every step can be repeated.
 */
export class Inheritance {
  readonly #parts: InheritanceParts;
  readonly #queues: InheritedQueues;
  #found: FoundInheritance = {
    fence: undefined,
    parent: undefined,
    parentFence: undefined,
    hasInherited: false,
  };
  #isAnnounced = false;
  #isRunning = false;
  #waitMs = 0;
  readonly #waiters = new Waiters();
  /** Number of turns that retries of the parent have asked for. */
  #asked = 0;
  readonly #opening = new AbortController();
  readonly #stopping = new AbortController();

  constructor(parts: InheritanceParts) {
    this.#parts = parts;
    this.#queues = new InheritedQueues(parts);
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
    try {
      return await this.#queues.askTurn(queue, placeholderOf(parent, head), queuedAs);
    } finally {
      // Also if the reply was lost: the retry may have its turn.
      this.#asked += 1;
      this.#resume();
    }
  }

  #resume(): void {
    this.#found = { ...this.#found, hasInherited: true };
    // A retry that has its turn ends soon.
    this.#waitMs = 0;
    this.#waiters.release();
    this.start();
  }

  /** Ends after the current call. */
  stop(): void {
    this.#stopping.abort();
    this.#waiters.release();
  }

  async #run(): Promise<void> {
    const { logger, index, pollMs } = this.#parts;
    const { signal } = this.#stopping;
    this.#isRunning = true;
    while (!signal.aborted && !(this.isOpen && !this.#found.hasInherited)) {
      let hasChanged = false;
      try {
        hasChanged = this.isOpen ? await this.#follow() : await this.#open();
      } catch (error) {
        const level = mayTryAgain(error) || signal.aborted ? 'debug' : 'error';
        logger[level](
          { err: error, partition: index },
          'could not continue the key queues of the parent; trying again',
        );
      }
      const leastMs = pollMs();
      this.#waitMs = hasChanged ? leastMs : Math.max(leastMs, Math.min(2 * this.#waitMs, longestWaitMs));
      if (!signal.aborted) await this.#waiters.wait(this.#waitMs);
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
      if (hasInherited) {
        await this.#queues.inherit(parent);
        // A failover in the meantime may have lost heads that were not copied yet.
        if (!(await this.#queues.isEntered(parent, found.fence))) return false;
      }
      await connection.tryOnce((redis) => redis.hdel(group.state, 'inherits'));
    }
    // Before anything is read: the handlers that were taken over.
    await peers.reload();
    this.#found = { ...this.#found, fence: undefined, hasInherited: hasInherited || this.#found.hasInherited };
    this.#opening.abort();
    return true;
  }

  /** @returns Whether a queue was freed, or its head in the parent has changed. */
  async #follow(): Promise<boolean> {
    const parent = this.#parent;
    if (parent === undefined) return false;
    const asked = this.#asked;
    const { left, hasChanged } = await this.#queues.follow(parent, this.#found.parentFence ?? '0-0');
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
      registered: Object.entries(fieldsOf(handlers)).map(([handler, accepts = '']) => ({ handler, accepts })),
      beats: Object.entries(fieldsOf(seen)).map(([field, at = '']) => ({ field, at })),
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
