import { setTimeout as sleep } from 'node:timers/promises';
import type { Deliverer } from '../../handle/deliverer.js';
import type { Redis } from '../connection/client.js';
import { replyCode } from '../connection/redis-error.js';
import { addCounts } from '../statistics/add-counts.js';
import { Tally } from '../statistics/counters.js';
import type { ClaimReply } from './claim.lua.js';
import type { RedisDelivery } from './delivery.js';
import { encodeSettle, type Settle, sentBefore, settleKeys } from './encode-settle.js';
import type { GroupMember } from './group-member.js';
import type { HandOvers } from './hand-overs.js';
import type { InFlight } from './in-flight.js';
import type { WaitingCount } from './key-queues.js';
import type { LaneSpec } from './lane-spec.js';
import { loseDelivery } from './lose-delivery.js';
import type { PeerHandlers } from './peer-handlers.js';
import { type SettleReply, settleScript } from './settle.lua.js';
import type { SettleOperation } from './settle-operation.js';
import type { Wakeups } from './wakeups.js';

/** The lane whose deliveries are settled. */
export interface SettledLane {
  readonly spec: LaneSpec;
  /** Creates the group again if it is missing. */
  ensureGroup(): Promise<void>;
}

/** The part of `Leases` that a settler uses. */
export interface LeaseTimes {
  /** Time before which no lease of these deliveries can have expired, in Redis's milliseconds. */
  heldUntil(deliveries: Iterable<RedisDelivery>): number;
}

export interface SettlerParts extends GroupMember {
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
  /** Handlers of the group that this process does not have. */
  readonly peers: PeerHandlers;
  readonly wakeups: Wakeups;
  readonly handOvers: HandOvers;
  readonly waiting: WaitingCount;
}

/** Maximum number of deliveries in one call: a longer script would delay other commands. */
const maxCall = 1_000;
/** Wait if the keys are on another server, in milliseconds. */
const movedPauseMs = 1_000;

/** Records the outcomes of a lane's deliveries: one call for all that end in one tick, or during the previous call. */
export class Settler {
  readonly #lane: SettledLane;
  readonly #leases: LeaseTimes;
  readonly #parts: SettlerParts;
  readonly #keys: readonly string[];
  /** Deliveries with outcomes that no call contains yet. Some may be lost since then. */
  #unsent: RedisDelivery[] = [];
  #sending = false;
  #planned = false;
  #idle: (() => void)[] = [];
  #settledAt: number | undefined;
  #unsettledSince: number | undefined;

  constructor(lane: SettledLane, leases: LeaseTimes, parts: SettlerParts) {
    this.#lane = lane;
    this.#leases = leases;
    this.#parts = parts;
    this.#keys = settleKeys(lane.spec.stream, parts.keys, parts.group);
  }

  /** See {@link DeliveryLane.settle}. */
  settle(delivery: RedisDelivery, operation: SettleOperation | undefined, last: boolean, counter?: string): void {
    // Earlier outcomes of a lost delivery were not recorded: a later outcome must not acknowledge its entry.
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
    if (!delivery.unsent) {
      delivery.unsent = true;
      this.#unsent.push(delivery);
    }
    if (this.#planned || this.#sending) return;
    this.#planned = true;
    this.#unsettledSince = performance.now();
    // After every promise callback of this tick, so that all handlers that ended in it share one call.
    process.nextTick(() => {
      this.#planned = false;
      void this.#drain();
    });
  }

  /** Time of the last successful settle, by `performance.now()`; undefined before the first one. */
  get settledAt(): number | undefined {
    return this.#settledAt;
  }

  /** Time since when outcomes wait to be recorded, by `performance.now()`; undefined if none wait. */
  get unsettledSince(): number | undefined {
    return this.#unsettledSince;
  }

  /** Resolves when all outcomes so far are recorded, or recording has failed. */
  async flushed(): Promise<void> {
    if (this.#unsent.length > 0 || this.#sending) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#unsent.length > 0) {
      const batch: PendingSettle[] = [];
      for (const delivery of this.#takeUnsent()) {
        // It was lost after its outcome was to be sent.
        if (delivery.lost) this.#parts.inFlight.release(delivery);
        else batch.push(new PendingSettle(delivery));
      }
      if (batch.length > 0) await this.#send(batch);
      this.#unsettledSince = performance.now();
    }
    this.#sending = false;
    this.#unsettledSince = undefined;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #takeUnsent(): readonly RedisDelivery[] {
    const taken = this.#unsent;
    // Usually one call is enough for all.
    this.#unsent = taken.splice(maxCall);
    return taken;
  }

  async #send(settles: readonly PendingSettle[]): Promise<void> {
    const { logger, peers, handOvers, waiting } = this.#parts;
    let wasResent = false;
    try {
      for (;;) {
        const before: boolean = wasResent;
        const all = peers.leaving(settles);
        const { reply, isResent }: SettleResult = await handOvers.during(
          // Not more than wait: reading could not use these places until the reply.
          waiting.all === 0 ? 0 : Math.min(leavingCount(all), waiting.all),
          (handOver) => this.#call(all, before, handOver),
          handedOver,
        );
        // The reply to the second attempt does not show whether the first one was executed.
        wasResent = isResent;
        if (reply[0] === 1) {
          const [, refused, dues, , waited] = reply;
          if (waited >= 0) waiting.all = waited;
          this.#settledAt = performance.now();
          // If the first attempt was executed, Redis has counted the outcomes.
          if (refused.length > 0 && !isResent) this.#countAccepted(settles, new Set(refused));
          this.#applyReply(settles, refused, dues);
          return;
        }
        await peers.reload();
      }
    } catch (error) {
      const isMissing = replyCode(error) === 'NOGROUP';
      const message = isMissing
        ? 'the consumer group is missing: deliveries in flight are delivered again'
        : 'could not record outcomes: the events are delivered again';
      logger.error({ err: error, deliveries: settles.length }, message);
      if (isMissing) {
        await this.#lane.ensureGroup().catch((cause: unknown) => {
          logger.error({ err: cause }, 'could not create the consumer group');
        });
      }
      for (const { delivery } of settles) this.#lose(delivery);
    }
  }

  /**
   * Waits as long as Redis refuses the call temporarily: an ended handler must not run again because of it.
   * @param wasResent Whether an earlier call of these settles may have been executed.
   */
  async #call(settles: readonly PendingSettle[], wasResent: boolean, handOver: number): Promise<SettleResult> {
    const { connection, keys, group, consumer, peers, logger, leaseMs } = this.#parts;
    const { minute, hour } = keys.counters(connection.now());
    const input = encodeSettle({
      settles,
      keys: [...this.#keys, minute, hour],
      dueSet: group.due,
      group: group.name,
      consumer,
      handlersVersion: peers.version,
      heldUntil: this.#leases.heldUntil(settles.map(({ delivery }) => delivery)),
      leaseMs,
      handOver,
      peers,
      counted: tallyOf(settles),
    });
    let attempts = wasResent ? 1 : 0;
    const send = (redis: Redis) => {
      attempts += 1;
      // It is unknown whether an earlier attempt was executed.
      return settleScript.call(attempts === 1 ? input : sentBefore(input))(redis);
    };
    for (;;) {
      try {
        return { reply: await connection.ask(send), isResent: attempts > 1 };
      } catch (error) {
        // Nothing was done; the keys may return to this server.
        if (!connection.isOpen || replyCode(error) !== 'MOVED') throw error;
        logger.warn({ err: error }, 'outcomes wait: the keys are not on this Redis server at present');
        await sleep(movedPauseMs, undefined, { ref: false });
      }
    }
  }

  #applyReply(settles: readonly PendingSettle[], refused: readonly string[], dues: readonly string[]): void {
    const { logger, inFlight, wakeups } = this.#parts;
    if (refused.length > 0) {
      logger.warn(
        { refused },
        'outcomes were refused: other processes have taken over these deliveries, or Redis has lost earlier outcomes of them',
      );
    }
    const lost = new Set(refused);
    for (const { delivery, operations, ended } of settles) {
      if (lost.has(delivery.entryId)) {
        // Aborts its other handlers. A delivery that has taken its place is not lost.
        if (inFlight.get(delivery.key) === delivery) loseDelivery(delivery.key, this.#parts);
        this.#lose(delivery);
      } else if (ended) inFlight.release(delivery);
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
    this.#parts.inFlight.release(delivery);
  }

  /** Counts the accepted outcomes of a call with refused ones; the script counts nothing then. Best effort: on failure only statistics are short. */
  #countAccepted(settles: readonly PendingSettle[], refused: ReadonlySet<string>): void {
    const { connection, keys, logger } = this.#parts;
    const counted = tallyOf(settles.filter(({ delivery }) => !refused.has(delivery.entryId)));
    if (counted.size === 0) return;
    addCounts(connection, keys, counted).catch((error: unknown) => {
      logger.debug({ err: error }, 'could not count the accepted outcomes of a call with refused ones');
    });
  }
}

interface SettleResult {
  readonly reply: SettleReply;
  /** Whether an earlier attempt may have been executed. */
  readonly isResent: boolean;
}

/** The waiting deliveries that this process gets from key queues. */
function handedOver({ reply }: SettleResult): readonly ClaimReply[] {
  return reply[0] === 1 ? reply[3] : [];
}

/** The outcomes of one delivery in one call. A class for the same reason as {@link RedisDelivery}. */
class PendingSettle implements Settle {
  readonly delivery: RedisDelivery;
  readonly operations: readonly SettleOperation[];
  readonly ended: boolean;
  /** Names of counters. */
  readonly counted: readonly string[];

  /** Takes the outcomes of a delivery that no call contains yet. */
  constructor(delivery: RedisDelivery) {
    this.delivery = delivery;
    this.operations = delivery.operations ?? noOperations;
    this.counted = delivery.counted ?? nothingCounted;
    this.ended = delivery.ended;
    delivery.unsent = false;
    delivery.operations = undefined;
    delivery.counted = undefined;
  }
}

/** Number of outcomes with which deliveries leave their key queues. */
function leavingCount(settles: readonly PendingSettle[]): number {
  let count = 0;
  for (const { operations } of settles) {
    for (const { queueKey, kind } of operations) if (queueKey !== undefined && kind !== 'waiting') count += 1;
  }
  return count;
}

const noOperations: readonly SettleOperation[] = [];
const nothingCounted: readonly string[] = [];

function tallyOf(settles: readonly PendingSettle[]): Tally {
  const tally = new Tally();
  for (const { counted } of settles) for (const field of counted) tally.add(field);
  return tally;
}
