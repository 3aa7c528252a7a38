import { compareStreamIds } from '../../event/stream-id.js';
import type { Deliverer } from '../../handle/deliverer.js';
import { readBudgetBytes } from '../connection/read-size.js';
import { mayTryAgain, replyCode } from '../connection/redis-error.js';
import { quarantineFrom, type RedisDelivery } from './delivery.js';
import type { EntryLane } from './entry-lane.js';
import type { GroupMember } from './group-member.js';
import type { InFlight } from './in-flight.js';
import { renewScript, takeOverScript } from './lane.lua.js';
import { loseDelivery } from './lose-delivery.js';

export interface LeaseParts extends GroupMember {
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
}

/** Renews the leases of a lane's entries in flight, and takes over entries whose lease has expired. */
export class Leases {
  readonly #lane: EntryLane;
  readonly #parts: LeaseParts;
  #running = false;
  #takingOver = false;
  #takeOverAgain = false;
  #position = '';
  #timers: NodeJS.Timeout[] = [];

  constructor(lane: EntryLane, parts: LeaseParts) {
    this.#lane = lane;
    this.#parts = parts;
  }

  /** Renews three times per lease time, takes over twice. */
  start(): void {
    const { leaseMs } = this.#parts;
    this.#running = true;
    this.#timers = [setInterval(() => void this.renew(), leaseMs / 3), setInterval(() => this.takeOver(), leaseMs / 2)];
    this.takeOver();
  }

  /** Takes over no more entries. Leases are renewed until {@link stop}. */
  drain(): void {
    this.#running = false;
  }

  stop(): void {
    this.drain();
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** The last entry before all unfinished entries, at the last renewal; empty before the first one. */
  get position(): string {
    return this.#position;
  }

  /**
   * Time before which no lease of these deliveries can have expired, in Redis's milliseconds: until then no other process can
   * have taken over one of them.
   */
  heldUntil(deliveries: Iterable<RedisDelivery>): number {
    const { connection, leaseMs } = this.#parts;
    const now = performance.now();
    let since = now;
    // Claims, not leases, protect retries.
    for (const { heldSince, claimed } of deliveries) if (claimed === undefined && heldSince < since) since = heldSince;
    return Math.floor(connection.now() - (now - since) + leaseMs);
  }

  /** Renews the leases of the entries in flight. Never rejects. */
  renew(): Promise<void> {
    return this.#guard(() => this.#renew());
  }

  /** Takes over all entries whose lease has expired. */
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
    const { connection, group, consumer } = this.#parts;
    const { stream, stateKey, keyPrefix } = this.#lane.spec;
    const renewed = this.#inFlight();
    const ids = renewed.map(({ entryId }) => entryId);
    let lowest = '';
    let highest = '';
    for (const id of ids) {
      if (lowest === '' || compareStreamIds(id, lowest) < 0) lowest = id;
      if (highest === '' || compareStreamIds(id, highest) > 0) highest = id;
    }
    const call = renewScript.call({
      stream,
      state: stateKey,
      group: group.name,
      consumer,
      lowest,
      highest,
      ids,
    });
    const [position, lost, unowned] = await connection.tryOnce(call);
    this.#position = position;
    const others = new Set([...lost, ...unowned]);
    for (const delivery of renewed) if (!others.has(delivery.entryId)) delivery.heldSince = startedAt;
    for (const id of lost) loseDelivery(keyPrefix + id, this.#parts);
    for (const id of unowned) await this.#reclaim(id);
  }

  async #takeOverAll(): Promise<void> {
    const { inFlight } = this.#parts;
    while (this.#running && this.#takeOverAgain) {
      this.#takeOverAgain = false;
      const { places, server } = inFlight;
      const { kind, freeSlots } = this.#lane.spec;
      await places.turn(kind === 'replay' ? 'replayTakeOver' : 'takeOver', server());
      if (this.#running && (await this.#takeOverPage(freeSlots(places)))) this.#takeOverAgain = true;
    }
  }

  /** Takes over up to `limit` entries. @returns Whether there may be more. */
  async #takeOverPage(limit: number): Promise<boolean> {
    const { connection, keys, group, consumer, inFlight, leaseMs } = this.#parts;
    const { stream, kind } = this.#lane.spec;
    const { name, completedHandlers, handlers } = group;
    const sentAt = performance.now();
    const { places } = inFlight;
    const quarantinedLimit = places.freeForQuarantined;
    const { queues } = this.#lane;
    const send = async (count: number) => {
      const call = takeOverScript.call({
        stream,
        completedHandlers,
        handlers,
        log: keys.log,
        group: name,
        consumer,
        leaseMs,
        limit: count,
        quarantineFrom,
        quarantinedLimit,
        isReplay: kind === 'replay' ? 1 : 0,
        maxBytes: readBudgetBytes,
        known: this.#inFlight().map(({ entryId }) => entryId),
      });
      const [entries, more] = await connection.tryOnce(call);
      const mustEnter = queues.areUsed && entries.length > 0;
      const entered = mustEnter
        ? await queues.enter(
            entries.map(([id, , fields]) => [id, fields]),
            sentAt,
          )
        : undefined;
      return { entries, more, entered };
    };
    const request = { server: inFlight.server(), most: limit, quarantined: quarantinedLimit };
    const reply = await places.reserve(request, send, ({ entries, entered }) => {
      for (const [id, deliveryCount, fields, completed] of entries)
        this.#lane.accept([id, fields], deliveryCount, completed, sentAt, entered);
    });
    return reply === undefined || reply.more === 1;
  }

  /** This lane's entries in flight. */
  #inFlight(): RedisDelivery[] {
    const found: RedisDelivery[] = [];
    for (const delivery of this.#parts.inFlight) {
      if (delivery.claimed === undefined && delivery.lane.spec === this.#lane.spec) found.push(delivery);
    }
    return found;
  }

  /**
   * Makes an entry pending again that is no longer pending for any consumer: this consumer was deleted, or another client
   * acknowledged the entry. An ended entry is acknowledged by its settle. This is a command, not a script: a script that
   * Redis does not have is sent a second time, and a settle could be executed in between.
   */
  async #reclaim(id: string): Promise<void> {
    const { connection, group, consumer, inFlight } = this.#parts;
    const { stream, keyPrefix } = this.#lane.spec;
    const delivery = inFlight.get(keyPrefix + id);
    if (delivery === undefined || delivery.ended || delivery.lost) return;
    if (connection.now() >= this.heldUntil([delivery])) {
      loseDelivery(delivery.key, this.#parts);
      return;
    }
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
