import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from '../connection/client.js';
import { replyCode } from '../connection/redis-error.js';
import { addCounts } from '../statistics/add-counts.js';
import { Tally } from '../statistics/counters.js';
import type { RedisDelivery } from './delivery.js';
import { encodeSettle, type Settle, sentBefore } from './encode-settle.js';
import type { GroupMember } from './group-member.js';
import type { InFlight } from './in-flight.js';
import type { LaneSpec } from './lane-spec.js';
import type { PeerHandlers } from './peer-handlers.js';
import { type SettleReply, settleScript } from './settle.lua.js';
import type { SettleOperation } from './settle-operation.js';
import type { Wakeups } from './wakeups.js';

/** The lane whose deliveries are settled. */
export interface SettledLane {
  readonly spec: LaneSpec;
  /** Creates the group again where it is missing. */
  ensureGroup(): Promise<void>;
}

/** Until when leases are held. */
export interface LeaseTimes {
  /** Until when no lease of this process can have ended, in Redis's milliseconds. */
  readonly heldUntil: number;
}

export interface SettlerParts extends GroupMember {
  readonly inFlight: InFlight;
  /** Handlers of the group that this process does not have. */
  readonly peers: PeerHandlers;
  readonly wakeups: Wakeups;
}

/** Deliveries in one call at most: a longer script would hold up other commands. */
const maxCall = 1_000;
/** How long to wait where the keys are at another server, in milliseconds. */
const movedPauseMs = 1_000;

/** Records the outcomes of a lane's deliveries: all that end in one tick, or while a call is on the way, in one call. */
export class Settler {
  readonly #lane: SettledLane;
  readonly #leases: LeaseTimes;
  readonly #parts: SettlerParts;
  readonly #keys: readonly string[];
  readonly #dirty = new Set<RedisDelivery>();
  #sending = false;
  #planned = false;
  #idle: (() => void)[] = [];
  #settledAt: number | undefined;
  #unsettledSince: number | undefined;

  constructor(lane: SettledLane, leases: LeaseTimes, parts: SettlerParts) {
    this.#lane = lane;
    this.#leases = leases;
    this.#parts = parts;
    const { keys, group } = parts;
    const { state, completedHandlers, scheduledRetries, claims, dead, ahead } = group;
    const { stream } = lane.spec;
    this.#keys = [stream, state, completedHandlers, scheduledRetries, claims, dead, keys.dlq, keys.log, ahead];
  }

  /** As {@link DeliveryLane.settle} says. */
  settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void {
    // What was lost with its outcomes must not be acknowledged for those that come later.
    if (delivery.lost) return;
    if (counter !== undefined) {
      if (delivery.counted === undefined) delivery.counted = [counter];
      else delivery.counted.push(counter);
    }
    if (operation !== undefined) {
      if (delivery.operations === undefined) delivery.operations = [operation];
      else delivery.operations.push(operation);
    }
    if (last) delivery.ended = true;
    this.#dirty.add(delivery);
    if (this.#planned || this.#sending) return;
    this.#planned = true;
    this.#unsettledSince = performance.now();
    // After every promise callback of this tick, so that all handlers that ended in it share one call.
    process.nextTick(() => {
      this.#planned = false;
      void this.#drain();
    });
  }

  /** When Redis last recorded something, by `performance.now()`; undefined before the first time. */
  get settledAt(): number | undefined {
    return this.#settledAt;
  }

  /** Since when something waits to be recorded, by `performance.now()`; undefined while nothing does. */
  get unsettledSince(): number | undefined {
    return this.#unsettledSince;
  }

  /** Resolves when everything noted so far is recorded, or cannot be any more. */
  async flushed(): Promise<void> {
    if (this.#dirty.size > 0 || this.#sending) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#dirty.size > 0) {
      const batch: RedisDelivery[] = [];
      for (const delivery of this.#dirty) {
        batch.push(delivery);
        this.#dirty.delete(delivery);
        if (batch.length >= maxCall) break;
      }
      await this.#send(batch.map(takeSettle));
      this.#unsettledSince = performance.now();
    }
    this.#sending = false;
    this.#unsettledSince = undefined;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #send(settles: readonly PendingSettle[]): Promise<void> {
    const { logger, peers } = this.#parts;
    try {
      for (;;) {
        const reply = await this.#call(settles);
        if (reply[0] === 1) {
          this.#settledAt = performance.now();
          this.#applyReply(settles, reply[1], reply[2]);
          return;
        }
        await peers.reload();
      }
    } catch (error) {
      const isMissing = replyCode(error) === 'NOGROUP';
      const message = isMissing
        ? 'the consumer group is missing: deliveries in flight come again'
        : 'could not record outcomes: their deliveries come again';
      logger.error({ err: error, deliveries: settles.length }, message);
      if (isMissing) {
        await this.#lane.ensureGroup().catch((cause: unknown) => {
          logger.error({ err: cause }, 'could not create the consumer group');
        });
      }
      for (const { delivery } of settles) this.#lose(delivery);
    }
  }

  /** Waits for as long as Redis refuses: a handler that has ended must not run again because of that. */
  async #call(settles: readonly PendingSettle[]): Promise<SettleReply> {
    const { connection, keys, group, consumer, peers, logger } = this.#parts;
    const { minute, hour } = keys.counters(connection.now());
    const input = encodeSettle({
      settles,
      keys: [...this.#keys, minute, hour],
      dueSet: group.due,
      group: group.name,
      consumer,
      handlersVersion: peers.version,
      heldUntil: this.#leases.heldUntil,
      peers,
      counted: tallyOf(settles),
    });
    let isFirst = true;
    const send = (redis: Redis) => {
      // Whether an earlier try was carried out is not known.
      const sent = isFirst ? input : sentBefore(input);
      isFirst = false;
      return settleScript.call(sent)(redis);
    };
    for (;;) {
      try {
        return await connection.ask(send);
      } catch (error) {
        // Nothing was done: the keys may come back to this server.
        if (!connection.isOpen || replyCode(error) !== 'MOVED') throw error;
        logger.warn({ err: error }, 'outcomes wait: Redis does not have the keys now');
        await sleep(movedPauseMs, undefined, { ref: false });
      }
    }
  }

  #applyReply(settles: readonly PendingSettle[], refused: readonly string[], dues: readonly string[]): void {
    const { logger, inFlight, wakeups } = this.#parts;
    if (refused.length > 0) {
      logger.warn({ refused }, 'outcomes were refused: this process no longer holds these deliveries');
    }
    const lost = new Set(refused);
    if (lost.size > 0) this.#count(settles.filter(({ delivery }) => !lost.has(delivery.entryId)));
    for (const { delivery, operations, ended } of settles) {
      if (lost.has(delivery.entryId)) this.#lose(delivery);
      else if (ended) inFlight.release(delivery);
      else
        delivery.completedHandlers = [
          ...(delivery.completedHandlers ?? []),
          ...operations.map(({ handler }) => handler),
        ];
    }
    if (dues.length > 0) wakeups.scheduled(dues.map(Number));
  }

  #lose(delivery: RedisDelivery): void {
    delivery.lost = true;
    this.#dirty.delete(delivery);
    this.#parts.inFlight.release(delivery);
  }

  /** Counts the outcomes beside refused ones, which the script leaves to its caller. A lost call is lost to statistics only. */
  #count(settles: readonly PendingSettle[]): void {
    const { connection, keys, logger } = this.#parts;
    const counted = tallyOf(settles);
    if (counted.size === 0) return;
    addCounts(connection, keys, counted).catch((error: unknown) => {
      logger.debug({ err: error }, 'could not count outcomes beside refused ones');
    });
  }
}

/** What one call records of one delivery. */
interface PendingSettle extends Settle {
  readonly delivery: RedisDelivery;
  /** Names of counters. */
  readonly counted: readonly string[];
}

const noOperations: readonly SettleOperation[] = [];
const nothingCounted: readonly string[] = [];

function takeSettle(delivery: RedisDelivery): PendingSettle {
  const operations = delivery.operations ?? noOperations;
  const counted = delivery.counted ?? nothingCounted;
  delivery.operations = undefined;
  delivery.counted = undefined;
  return { delivery, operations, counted, ended: delivery.ended };
}

function tallyOf(settles: readonly PendingSettle[]): Tally {
  const tally = new Tally();
  for (const { counted } of settles) for (const field of counted) tally.add(field);
  return tally;
}
