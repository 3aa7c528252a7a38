import type { DeliveryLane, RedisDelivery } from './delivery.js';
import type { Dispatcher } from './dispatcher.js';
import { ensureGroupScript, releaseScript } from './lane.lua.js';
import type { LaneSpec } from './lane-spec.js';
import { type LeasedLane, type LeaseParts, Leases } from './leases.js';
import type { PeerHandlers } from './peer-handlers.js';
import type { RawEntry } from './raw-entry.js';
import type { SettleOperation } from './settle-operation.js';
import { Settler } from './settler.js';
import type { Wakeups } from './wakeups.js';

export interface LaneParts extends LeaseParts {
  readonly dispatcher: Dispatcher;
  /** Handlers of the group that this process does not have. */
  readonly peers: PeerHandlers;
  readonly wakeups: Wakeups;
}

/** One stream of the group in this process: its deliveries, their leases and their outcomes. */
export class Lane implements DeliveryLane, LeasedLane {
  readonly spec: LaneSpec;
  readonly leases: Leases;
  readonly settler: Settler;
  readonly #parts: LaneParts;
  #joined = false;

  constructor(spec: LaneSpec, parts: LaneParts) {
    this.spec = spec;
    this.#parts = parts;
    this.leases = new Leases(this, parts);
    this.settler = new Settler(this, this.leases, parts);
  }

  /** Takes an entry of the stream. @param completedHandlers Handlers that are done with it. */
  accept(entry: RawEntry, deliveryCount: number, completedHandlers: readonly string[]): void {
    this.#parts.dispatcher.acceptEntry(this, entry, deliveryCount, completedHandlers);
  }

  settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void {
    this.settler.settle(delivery, operation, last, counter);
  }

  /** Joins the group, and creates it where it is missing. */
  async ensureGroup(timeoutMs?: number): Promise<void> {
    const { connection, keys, group, peers, logger } = this.#parts;
    const { stream, stateKey: state, startFrom, kind } = this.spec;
    // Once joined, a group that is missing with all its state is not new: everything in the stream must be read.
    const remembered = this.#joined && kind === 'live' ? this.leases.position || '0-0' : '';
    const { groups, log } = keys;
    const call = ensureGroupScript.call({ stream, state, groups, log, group: group.name, startFrom, remembered });
    const found = await connection.ask(call, timeoutMs);
    this.#joined = true;
    // A missing group of the replay stream is reported with the other: both were lost together.
    if (kind === 'replay' || found.kind === 'exists' || found.kind === 'created') return;
    const message =
      found.kind === 'lost'
        ? "Redis has lost the group's state (was it flushed?): scheduled retries and unfinished events are gone"
        : 'the consumer group was missing and was created again; events after this position come again';
    logger.error({ group: group.name, position: found.position }, message);
    // The set of handlers may have gone with the group.
    await peers.reload();
  }

  start(): void {
    this.leases.start();
  }

  stop(): void {
    this.leases.stop();
  }

  /** Gives back what this process still holds of the lane. */
  async release(): Promise<void> {
    const { connection, group, consumer, leaseMs } = this.#parts;
    await connection.tryOnce(releaseScript.call({ stream: this.spec.stream, group: group.name, consumer, leaseMs }));
  }
}
