import { readOrderFacts } from '../../event/order-facts.js';
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
  /** Whether more than `maxWaiting` wait for handlers of this process: those of others perhaps no process has any more. */
  isFull: boolean;
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
    return this.#parts.waiting.isFull;
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
      own: entries.map(([id, fields]) => {
        // A replayed entry is read for its targets, too.
        const facts = kind === 'live' && fields?.[0] === 'e' ? readOrderFacts(fields[1] ?? '') : undefined;
        return { id, kind: facts?.type ?? '', key: facts?.key ?? '' };
      }),
    });
    const entered = await connection.ask(call);
    await this.#counted(entered.waiting).catch(() => undefined);
    return entered;
  }

  /** Counts the waiting deliveries again. */
  async count(): Promise<void> {
    const { connection, group } = this.#parts;
    await this.#counted(await connection.tryOnce((redis) => redis.zcard(group.waiting)));
  }

  async #counted(all: number): Promise<void> {
    const { connection, group, handlers, peers, waiting, maxWaiting } = this.#parts;
    waiting.all = all;
    waiting.isFull = all > maxWaiting;
    const own = peers.ordered.filter((name) => handlers.get(name) !== undefined);
    if (!waiting.isFull || own.length === peers.ordered.length) return;
    // Whether there is one behind the first `maxWaiting` of a handler.
    const ranges = own.map((name) => [group.waiting, `[${name}\0`, `(${name}\u0001`, 'BYLEX', 'LIMIT', maxWaiting, 1]);
    const found = await connection.tryOnce((redis) =>
      Promise.all(ranges.map((range) => redis.call('ZRANGE', range) as Promise<readonly string[]>)),
    );
    waiting.isFull = found.some((members) => members.length > 0);
  }
}
