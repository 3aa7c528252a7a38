import type { GroupMember } from './group-member.js';
import { type EnteredDeliveries, enterQueuesScript } from './key-queues.lua.js';
import type { LaneSpec } from './lane-spec.js';
import type { PeerHandlers } from './peer-handlers.js';
import type { RawEntry } from './raw-entry.js';

export interface KeyQueuesParts extends GroupMember {
  readonly peers: PeerHandlers;
  /** Number of deliveries that wait in the partition for handlers of this process, above which no more events are read. */
  readonly maxWaiting: number;
  /** The same for both lanes. */
  readonly waiting: WaitingCount;
}

/** Number of deliveries of the group that wait in key queues of a partition, at the last call. */
export interface WaitingCount {
  all: number;
  /** Those for handlers that this process does not have: perhaps no process has them any more. */
  ofPeers: number;
}

/** The key queues of the group's ordered handlers, for the entries of one lane. */
export class KeyQueues {
  readonly #spec: LaneSpec;
  readonly #parts: KeyQueuesParts;

  constructor(spec: LaneSpec, parts: KeyQueuesParts) {
    this.#spec = spec;
    this.#parts = parts;
  }

  /** Whether the group has ordered handlers. All processes of the group enter entries, also those without these handlers. */
  get areUsed(): boolean {
    return this.#parts.peers.ordered.length > 0;
  }

  /** Whether so many deliveries wait that no more events may be read. */
  get areFull(): boolean {
    const { waiting, maxWaiting } = this.#parts;
    return waiting.all - waiting.ofPeers > maxWaiting;
  }

  /** Number of deliveries of the group that wait in the partition, at the last call. */
  get waiting(): number {
    return this.#parts.waiting.all;
  }

  /**
   * Enters the entries that this consumer was delivered, in ascending order, before their handlers run. It may be called twice.
   * @param heldSince When the call that delivered them was sent, by `performance.now()`.
   * @throws Errors of `Link.ask`
   */
  async enter(entries: readonly RawEntry[], heldSince: number): Promise<EnteredDeliveries> {
    const { connection, group, consumer, leaseMs } = this.#parts;
    const { handlers, heads, waiting, completedHandlers, name } = group;
    const { stream, stateKey: state, kind } = this.#spec;
    const call = enterQueuesScript.call({
      stream,
      state,
      handlers,
      heads,
      waiting,
      completedHandlers,
      group: name,
      consumer,
      heldUntil: Math.floor(connection.now() - (performance.now() - heldSince) + leaseMs),
      isReplay: kind === 'replay' ? 1 : 0,
      ids: entries.map(([id]) => id),
    });
    const entered = await connection.ask(call);
    this.#parts.waiting.all = entered.waiting;
    if (this.areFull) await this.count().catch(() => undefined);
    return entered;
  }

  /** Counts the waiting deliveries again. */
  async count(): Promise<void> {
    const { connection, group, handlers, peers, waiting } = this.#parts;
    const ofPeers = peers.ordered.filter((name) => handlers.get(name) === undefined);
    const [all, ...others] = await connection.tryOnce((redis) =>
      Promise.all([
        redis.zcard(group.waiting),
        ...ofPeers.map((name) => redis.zlexcount(group.waiting, `[${name}\0`, `(${name}\u0001`)),
      ]),
    );
    waiting.all = all;
    waiting.ofPeers = others.reduce((sum, count) => sum + count, 0);
  }
}
