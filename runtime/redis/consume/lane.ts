import { announceKnownGroup } from './announce-group.js';
import type { DeliveriesOfPartition, DeliveryLane, RedisDelivery } from './delivery.js';
import type { Dispatcher } from './dispatcher.js';
import type { EntryLane } from './entry-lane.js';
import { startPosition } from './group-age.js';
import type { HandOvers } from './hand-overs.js';
import { KeyQueues, type KeyQueuesParts } from './key-queues.js';
import type { EnteredDeliveries } from './key-queues.lua.js';
import { type EnsuredGroup, ensureGroupScript, releaseScript } from './lane.lua.js';
import type { LaneSpec } from './lane-spec.js';
import { type LeaseParts, Leases } from './leases.js';
import type { PeerHandlers } from './peer-handlers.js';
import type { RawEntry } from './raw-entry.js';
import type { SettleOperation } from './settle-operation.js';
import { Settler } from './settler.js';
import type { Wakeups } from './wakeups.js';

export interface LaneParts extends LeaseParts, KeyQueuesParts {
  readonly dispatcher: Dispatcher;
  readonly ofPartition: DeliveriesOfPartition;
  readonly peers: PeerHandlers;
  readonly wakeups: Wakeups;
  readonly handOvers: HandOvers;
  /** Epoch of the partition map that this process knows. */
  readonly epoch: () => number;
  /** Called when the group was created in this partition because it is new. */
  readonly onCreated: (found: EnsuredGroup) => void;
}

/** One stream of the group in this process: its deliveries, their leases and their outcomes. */
export class Lane implements DeliveryLane, EntryLane {
  readonly spec: LaneSpec;
  readonly ofPartition: DeliveriesOfPartition;
  readonly leases: Leases;
  readonly settler: Settler;
  readonly queues: KeyQueues;
  readonly #parts: LaneParts;
  #joined = false;

  constructor(spec: LaneSpec, parts: LaneParts) {
    this.spec = spec;
    this.ofPartition = parts.ofPartition;
    this.#parts = parts;
    this.queues = new KeyQueues(spec, parts);
    this.leases = new Leases(this, parts);
    this.settler = new Settler(this, this.leases, parts);
  }

  /** See {@link EntryLane.accept}. */
  accept(
    entry: RawEntry,
    deliveryCount: number,
    completedHandlers: readonly string[],
    heldSince: number,
    entered: EnteredDeliveries | undefined,
  ): void {
    const [id] = entry;
    if (entered?.gone.includes(id) === true) return;
    const { dispatcher } = this.#parts;
    dispatcher.acceptEntry(this, entry, deliveryCount, completedHandlers, heldSince, entered?.waits.get(id));
  }

  settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void {
    this.settler.settle(delivery, operation, last, counter);
  }

  /**
   * Joins the group, and creates it if it is missing.
   * @param ageMs For how long the group exists by what other partitions know, in milliseconds; undefined if they do not know it.
   * @throws Errors of `Link.ask`; the `replyCode` is `EPOCH` if the group is new and the partition map has changed
   */
  async ensureGroup(timeoutMs?: number, ageMs?: number): Promise<void> {
    const { connection, keys, group, peers, logger } = this.#parts;
    const { stream, stateKey: state, kind } = this.spec;
    const startFrom = startPosition(this.spec.startFrom, ageMs, connection.now() - connection.clockErrorMs);
    // After this process has joined, a missing group is not new: if its state is missing too, the whole stream must be read.
    const remembered = this.#joined && kind === 'live' ? this.leases.position || '0-0' : '';
    const { groups, log, partition } = keys;
    // The group of the replay stream has no position of its own choice.
    const epoch = kind === 'live' ? this.#parts.epoch() : '';
    const named = { stream, state, groups, log, partition, group: group.name };
    const call = ensureGroupScript.call({ ...named, startFrom, remembered, epoch });
    const found = await connection.ask(call, timeoutMs);
    this.#joined = true;
    // The group of the replay stream is lost together with the group of the event stream, which is reported.
    if (kind === 'replay' || found.kind === 'exists') return;
    if (found.kind === 'created') {
      if (ageMs === undefined) this.#parts.onCreated(found);
      else announceKnownGroup(group.name, this.ofPartition.index, found, logger);
      return;
    }
    const message =
      found.kind === 'lost'
        ? 'Redis lost the state of the consumer group (was it flushed?): scheduled retries and unfinished events are lost'
        : 'the consumer group was missing and was created again; events after this position are delivered again';
    logger.error({ group: group.name, position: found.position }, message);
    // The set of handlers may have been lost with the group.
    await peers.reload();
  }

  start(): void {
    this.leases.start();
  }

  stop(): void {
    this.leases.stop();
  }

  /** Returns the lane's deliveries in flight to the group. */
  async release(): Promise<void> {
    const { connection, group, consumer, leaseMs } = this.#parts;
    await connection.tryOnce(releaseScript.call({ stream: this.spec.stream, group: group.name, consumer, leaseMs }));
  }
}
