import type { GroupMember } from './group-member.js';
import { type EnteredDeliveries, enterQueuesScript } from './key-queues.lua.js';
import type { LaneSpec } from './lane-spec.js';
import type { PeerHandlers } from './peer-handlers.js';
import type { RawEntry } from './raw-entry.js';

export interface KeyQueuesParts extends GroupMember {
  readonly peers: PeerHandlers;
  /** Number of waiting deliveries of the group in the partition above which no more events are read. */
  readonly maxWaiting: number;
}

/** The key queues of the group's ordered handlers, for the entries of one lane. */
export class KeyQueues {
  readonly #spec: LaneSpec;
  readonly #parts: KeyQueuesParts;
  #waiting = 0;

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
    return this.#waiting > this.#parts.maxWaiting;
  }

  /** Number of deliveries of the group that wait in the partition, at the last call. */
  get waiting(): number {
    return this.#waiting;
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
    this.#waiting = entered.waiting;
    return entered;
  }

  /** Counts the waiting deliveries again. */
  async count(): Promise<void> {
    const { connection, group } = this.#parts;
    this.#waiting = await connection.tryOnce((redis) => redis.zcard(group.waiting));
  }
}
