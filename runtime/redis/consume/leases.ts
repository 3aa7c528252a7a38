import { compareStreamIds } from '../../event/stream-id.js';
import type { Deliverer } from '../../handle/deliverer.js';
import { readBudgetBytes } from '../connection/read-size.js';
import { mayTryAgain, replyCode } from '../connection/redis-error.js';
import { quarantineFrom, type RedisDelivery } from './delivery.js';
import type { GroupMember } from './group-member.js';
import type { InFlight } from './in-flight.js';
import { renewScript, takeOverScript } from './lane.lua.js';
import type { LaneSpec } from './lane-spec.js';
import { loseDelivery } from './lose-delivery.js';
import type { RawEntry } from './raw-entry.js';

/** The lane whose leases are renewed. */
export interface LeasedLane {
  readonly spec: LaneSpec;
  /** Takes an entry that another consumer, or a lost reply, has left. */
  accept(entry: RawEntry, deliveryCount: number, completedHandlers: readonly string[]): void;
  /** Creates the group again where it is missing. */
  ensureGroup(): Promise<void>;
}

export interface LeaseParts extends GroupMember {
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
}

/** Renews the leases of the entries of a lane that this process works on, and takes over entries whose lease has expired. */
export class Leases {
  readonly #lane: LeasedLane;
  readonly #parts: LeaseParts;
  #running = false;
  #takingOver = false;
  #takeOverAgain = false;
  #position = '';
  /** When everything that is still held was known to be, by `performance.now()`. */
  #heldSince = performance.now();
  #timers: NodeJS.Timeout[] = [];

  constructor(lane: LeasedLane, parts: LeaseParts) {
    this.#lane = lane;
    this.#parts = parts;
  }

  /** Renews three times a lease, takes over twice. */
  start(): void {
    const { leaseMs } = this.#parts;
    this.#running = true;
    this.#heldSince = performance.now();
    this.#timers = [
      setInterval(() => void this.#guard(() => this.#renew()), leaseMs / 3),
      setInterval(() => this.takeOver(), leaseMs / 2),
    ];
    this.takeOver();
  }

  stop(): void {
    this.#running = false;
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** The last entry before everything unfinished, when leases were last renewed; empty before the first time. */
  get position(): string {
    return this.#position;
  }

  /**
   * Until when no lease of this process can have ended, in Redis's milliseconds: until then no other process can have
   * taken anything over.
   */
  get heldUntil(): number {
    const { connection, leaseMs } = this.#parts;
    return Math.floor(connection.now() - (performance.now() - this.#heldSince) + leaseMs);
  }

  /** Takes over entries whose lease has expired, until none is left. */
  takeOver(): void {
    this.#takeOverAgain = true;
    if (this.#takingOver) return;
    this.#takingOver = true;
    void this.#guard(() => this.#takeOverAll()).finally(() => {
      this.#takingOver = false;
    });
  }

  async #renew(): Promise<void> {
    const startedAt = performance.now();
    const { connection, group, consumer, inFlight, deliverer, logger } = this.#parts;
    const { stream, stateKey, keyPrefix } = this.#lane.spec;
    const ids = this.#heldIds();
    let lowest = '';
    let highest = '';
    for (const id of ids) {
      if (lowest === '' || compareStreamIds(id, lowest) < 0) lowest = id;
      if (highest === '' || compareStreamIds(id, highest) > 0) highest = id;
    }
    const call = renewScript.call({
      ...{ stream, state: stateKey, group: group.name, consumer },
      ...{ heldUntil: this.heldUntil, lowest, highest, ids },
    });
    const [position, lost, vanished] = await connection.tryOnce(call);
    this.#position = position;
    this.#heldSince = startedAt;
    for (const id of lost) loseDelivery(inFlight.get(keyPrefix + id), deliverer, logger);
    for (const id of vanished) await this.#hold(id);
  }

  async #takeOverAll(): Promise<void> {
    const { inFlight } = this.#parts;
    while (this.#running && this.#takeOverAgain) {
      this.#takeOverAgain = false;
      const free = this.#lane.spec.freeSlots(inFlight);
      if (free === 0) await inFlight.changed();
      if (free === 0 || (await this.#takeOverSome(free))) this.#takeOverAgain = true;
    }
  }

  /** Takes over up to `limit` entries. @returns Whether there may be more. */
  async #takeOverSome(limit: number): Promise<boolean> {
    const { connection, keys, group, consumer, inFlight, leaseMs } = this.#parts;
    const { stream, kind } = this.#lane.spec;
    const { name, completedHandlers, handlers } = group;
    const call = takeOverScript.call({
      ...{ stream, completedHandlers, handlers, log: keys.log, group: name, consumer, leaseMs, limit, quarantineFrom },
      ...{ quarantinedLimit: inFlight.freeForQuarantined, isReplay: kind === 'replay' ? 1 : 0 },
      ...{ maxBytes: readBudgetBytes, known: this.#heldIds() },
    });
    const [taken, more] = await connection.tryOnce(call);
    for (const [id, deliveryCount, fields, completed] of taken)
      this.#lane.accept([id, fields], deliveryCount, completed);
    return more === 1;
  }

  /** Ids of the entries of this lane that this process holds. */
  #heldIds(): string[] {
    const ids: string[] = [];
    for (const { lane, claimed, entryId } of this.#parts.inFlight) {
      if (claimed === undefined && lane.spec === this.#lane.spec) ids.push(entryId);
    }
    return ids;
  }

  /**
   * Makes an entry pending again that is pending for no consumer: its consumer was deleted, or another client acknowledged
   * it. An entry that has ended is acknowledged by its own settle. This is a command, because a script that Redis does not
   * have is sent a second time, and a settle could come between.
   */
  async #hold(id: string): Promise<void> {
    const { connection, group, consumer, inFlight } = this.#parts;
    const { stream, keyPrefix } = this.#lane.spec;
    const delivery = inFlight.get(keyPrefix + id);
    if (delivery === undefined || delivery.ended || delivery.lost || connection.now() >= this.heldUntil) return;
    const args = [stream, group.name, consumer, 0, id, 'RETRYCOUNT', delivery.deliveryCount, 'FORCE', 'JUSTID'];
    await connection.tryOnce((redis) => redis.call('XCLAIM', args));
  }

  async #guard(step: () => Promise<void>): Promise<void> {
    const { connection, logger } = this.#parts;
    if (!connection.isReady) return;
    try {
      await step();
    } catch (error) {
      if (mayTryAgain(error)) return;
      if (replyCode(error) !== 'NOGROUP') {
        logger.error({ err: error }, 'could not renew leases or take over entries');
        return;
      }
      await this.#lane.ensureGroup().catch((cause: unknown) => {
        logger.error({ err: cause }, 'could not create the consumer group');
      });
    }
  }
}
