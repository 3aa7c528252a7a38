import { setTimeout as sleep } from 'node:timers/promises';
import { compareStreamIds } from '../../event/stream-id.js';
import { replyCode } from '../connection/redis-error.js';
import type { ScriptArgument } from '../connection/script.js';
import { addCounts } from '../statistics/add-counts.js';
import { Tally } from '../statistics/counters.js';
import type { RedisDelivery } from './delivery.js';
import type { GroupMember } from './group-member.js';
import type { InFlight } from './in-flight.js';
import type { LaneSpec } from './lane-spec.js';
import type { Operation } from './operation.js';
import type { PeerHandlers } from './peer-handlers.js';
import { settleScript } from './settle.lua.js';
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
/** Place of the time until which leases are held, in the script's arguments. */
const heldUntilAt = 4;
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
  settle(delivery: RedisDelivery, operation: Operation | undefined, last: boolean, counter?: string): void {
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

  /** Resolves when everything noted so far was told, or cannot be any more. */
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

  async #send(settles: readonly Settle[]): Promise<void> {
    const { connection, keys, group, logger, peers } = this.#parts;
    try {
      for (;;) {
        const { args, handlers } = this.#argumentsOf(settles);
        const { minute, hour } = keys.counters(connection.now());
        const scriptKeys = [...this.#keys, minute, hour];
        for (const handler of handlers) scriptKeys.push(group.due(handler));
        const reply = await this.#call(scriptKeys, args);
        if (reply[0] === 1) {
          this.#settledAt = performance.now();
          this.#applyReply(settles, reply[1], reply[2]);
          return;
        }
        await peers.reload();
      }
    } catch (error) {
      const gone = replyCode(error) === 'NOGROUP';
      const message = gone ? 'the consumer group is missing: deliveries in flight come again' : 'could not settle';
      logger.error({ err: error, deliveries: settles.length }, message);
      if (gone) {
        await this.#lane.ensureGroup().catch((cause: unknown) => {
          logger.error({ err: cause }, 'could not create the consumer group');
        });
      }
      for (const { delivery } of settles) this.#lose(delivery);
    }
  }

  /** Waits for as long as Redis refuses: what has ended must not run again for it. */
  async #call(keys: readonly string[], args: readonly ScriptArgument[]): Promise<SettleReply> {
    const { connection, logger } = this.#parts;
    let sent = args;
    for (;;) {
      try {
        return (await connection.ask(() => {
          const reply = connection.run(settleScript, keys, sent);
          // Whether the first was carried out is not known then.
          if (sent === args) sent = args.with(heldUntilAt, 0);
          return reply;
        })) as SettleReply;
      } catch (error) {
        // Nothing was done: the keys may be here again.
        if (!connection.isOpen || replyCode(error) !== 'MOVED') throw error;
        logger.warn({ err: error }, 'outcomes wait: Redis does not have the keys now');
        await sleep(movedPauseMs, undefined, { ref: false });
      }
    }
  }

  /** Arguments of the script, and the handlers and names of parked deliveries whose due sets it changes. */
  #argumentsOf(settles: readonly Settle[]): {
    readonly args: ScriptArgument[];
    readonly handlers: ReadonlySet<string>;
  } {
    const { group, consumer, peers } = this.#parts;
    /** One argument for all: what one more costs here and at Redis is more than an id. */
    let once = '';
    let onceCount = 0;
    const plain: ScriptArgument[] = [];
    const entries: ScriptArgument[] = [];
    const rows: ScriptArgument[] = [];
    let lowest = '';
    let highest = '';
    let entryCount = 0;
    let rowCount = 0;
    const counted = tallyOf(settles);
    const handlers = new Set<string>();
    for (const { delivery, operations, ended } of settles) {
      const { streamId, entryId: id, deliveryPrefix, deliveryCount, claimed, completedHandlers } = delivery;
      if (claimed !== undefined) {
        rowCount += 1;
        handlers.add(claimed.handler);
        rows.push(claimed.ref, claimed.claim, claimed.retry.streamId, operations.length);
        for (const operation of operations) {
          rows.push(...operation);
          if (operation[0] === 'park') handlers.add(String(operation[3]));
        }
        continue;
      }
      if (highest === '' || compareStreamIds(id, highest) > 0) highest = id;
      // Most often they come in their order.
      if (lowest === '' || (highest !== id && compareStreamIds(id, lowest) < 0)) lowest = id;
      const missing = ended ? peers.operationsFor(delivery) : [];
      // Nothing but successes of a finished entry: no mark is needed, the acknowledgement says it all.
      const simple =
        ended && missing.length === 0 && completedHandlers === undefined && operations.every(isQuietSuccess);
      if (simple) {
        if (deliveryCount === 1) {
          once += ` ${id}`;
          onceCount += 1;
        } else {
          plain.push(id, deliveryCount);
        }
        continue;
      }
      entryCount += 1;
      const all = [...operations, ...missing];
      entries.push(id, deliveryPrefix, streamId, deliveryCount, ended ? 1 : 0);
      entries.push(completedHandlers?.length ?? 0, ...(completedHandlers ?? []), all.length);
      for (const operation of all) {
        entries.push(...operation);
        if (operation[0] === 'schedule') handlers.add(operation[1]);
        else if (operation[0] === 'park') handlers.add(String(operation[3]));
      }
    }
    const args = [
      ...[group.name, consumer, peers.version, group.duePrefix, this.#leases.heldUntil, lowest, highest],
      ...[onceCount, once, plain.length / 2, ...plain, entryCount, ...entries, rowCount, ...rows],
      ...counted.toArguments(),
    ];
    return { args, handlers };
  }

  #applyReply(settles: readonly Settle[], refused: readonly string[], dues: readonly string[]): void {
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
          ...operations.map(([, handler]) => handler),
        ];
    }
    if (dues.length > 0) wakeups.scheduled(dues.map(Number));
  }

  #lose(delivery: RedisDelivery): void {
    delivery.lost = true;
    this.#dirty.delete(delivery);
    this.#parts.inFlight.release(delivery);
  }

  /** Counts what was not refused of a call whose script left that to us. What is lost on the way is lost to statistics alone. */
  #count(settles: readonly Settle[]): void {
    const { connection, keys, logger } = this.#parts;
    const counted = tallyOf(settles);
    if (counted.size === 0) return;
    addCounts(connection, keys, counted).catch((error: unknown) => {
      logger.debug({ err: error }, 'could not count outcomes beside refused ones');
    });
  }
}

/** What one call tells of one delivery. */
interface Settle {
  readonly delivery: RedisDelivery;
  readonly counted: readonly string[];
  readonly operations: readonly Operation[];
  readonly ended: boolean;
}

type SettleReply = [1, refused: string[], dues: string[]] | [0];

const noOperations: readonly Operation[] = [];
const nothingCounted: readonly string[] = [];

function takeSettle(delivery: RedisDelivery): Settle {
  const operations = delivery.operations ?? noOperations;
  const counted = delivery.counted ?? nothingCounted;
  delivery.operations = undefined;
  delivery.counted = undefined;
  return { delivery, operations, counted, ended: delivery.ended };
}

function tallyOf(settles: readonly Settle[]): Tally {
  const tally = new Tally();
  for (const { counted } of settles) for (const field of counted) tally.add(field);
  return tally;
}

function isQuietSuccess(operation: Operation): boolean {
  return operation[0] === 'done' && operation[2] === '';
}
