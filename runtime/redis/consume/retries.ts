import { setTimeout as sleep } from 'node:timers/promises';
import type { Deliverer } from '../../handle/deliverer.js';
import { readBudgetBytes } from '../connection/read-size.js';
import { mayTryAgain } from '../connection/redis-error.js';
import { type ClaimReply, claimScript, releaseClaimsScript, renewClaimsScript } from './claim.lua.js';
import { type DeliveryLane, isQuarantined, quarantineFrom, type RedisDelivery } from './delivery.js';
import type { Dispatcher } from './dispatcher.js';
import type { GroupMember } from './group-member.js';
import type { InFlight } from './in-flight.js';
import { loseDelivery } from './lose-delivery.js';
import type { PeerHandlers } from './peer-handlers.js';
import type { RetryTurns } from './retry-turns.js';

export interface RetryParts extends GroupMember {
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
  readonly dispatcher: Dispatcher;
  readonly peers: PeerHandlers;
  readonly turns: RetryTurns;
}

/** Maximum time that a close waits for retries that ask for their turn, in milliseconds. */
const turnLimitMs = 500;

/** Claims due retries, and renews the leases of running ones. */
export class Retries {
  readonly #lane: DeliveryLane;
  readonly #parts: RetryParts;
  readonly #stopping = new AbortController();
  #busy = false;
  #again = false;
  #loop: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  /** @param lane Settles the retries. */
  constructor(lane: DeliveryLane, parts: RetryParts) {
    this.#lane = lane;
    this.#parts = parts;
  }

  /** Starts to renew leases, three times per lease time, and to claim due retries. */
  start(): void {
    this.#timer = setInterval(() => void this.renew(), this.#parts.leaseMs / 3);
    this.wake();
  }

  /** Claims no more retries. Leases are renewed until {@link release}. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Claims all due retries now. */
  wake(): void {
    this.#again = true;
    if (!this.#busy) this.#loop = this.#run();
  }

  /** Returns the claimed retries to the group. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    // It returns the retries that ask for their turn.
    await Promise.race([this.#loop, sleep(turnLimitMs, undefined, { ref: false })]);
    const { connection, group } = this.#parts;
    const claimed = this.#claimed();
    if (claimed.length === 0) return;
    await connection.tryOnce(releaseClaimsScript.call({ claims: group.claims, delayMs: 0, claimed }));
  }

  get #running(): boolean {
    return !this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { connection, inFlight, logger } = this.#parts;
    const { places, server } = inFlight;
    this.#busy = true;
    try {
      while (this.#again && this.#running) {
        this.#again = false;
        await places.turn('work', server(), this.#stopping.signal);
        if (!this.#running || !connection.isReady) return;
        if (await this.#claim(places.free)) this.#again = true;
      }
    } catch (error) {
      // The next sweep tries again.
      if (!mayTryAgain(error)) logger.error({ err: error }, 'could not claim due retries');
    } finally {
      this.#busy = false;
    }
  }

  /** Claims up to `limit` retries. @returns Whether more are due. */
  async #claim(limit: number): Promise<boolean> {
    const { connection, keys, group, consumer, handlers, inFlight, leaseMs, dispatcher, peers, turns } = this.#parts;
    const { scheduledRetries: retries, claims, ahead, heads, waiting } = group;
    const own = [...handlers];
    const indexes = new Map(own.map(({ name }, index) => [name, index + 1]));
    const parked = peers.parked.flatMap(({ name, handler }) => {
      const of = indexes.get(handler);
      return of === undefined ? [] : [{ set: group.due(name), name, of }];
    });
    const { places } = inFlight;
    const quarantinedLimit = places.freeForQuarantined;
    const send = async (count: number) => {
      const named = own.map(({ name, options }) => {
        const byKey = peers.ordered.includes(name) ? 1 : 0;
        return { due: group.due(name), name, limit: Math.min(count, options.concurrency), byKey };
      });
      const call = claimScript.call({
        retries,
        claims,
        ahead,
        heads,
        waiting,
        partition: keys.partition,
        consumer,
        leaseMs,
        limit: count,
        quarantineFrom,
        maxBytes: readBudgetBytes,
        parked,
        quarantinedLimit,
        handlers: named,
      });
      const [claimed, more, nowWaiting, epoch] = await connection.tryOnce(call);
      const late = turns.needed(claimed, epoch);
      const toRun = late.length === 0 ? claimed : claimed.filter((claim) => !late.includes(claim));
      return { toRun, late, epoch, mayContinue: more === 1 && claimed.length + nowWaiting > 0 };
    };
    const request = { server: inFlight.server(), most: limit, quarantined: quarantinedLimit };
    const reply = await places.reserve(request, send, ({ toRun }) => dispatcher.acceptClaims(this.#lane, toRun));
    if (reply !== undefined && reply.late.length > 0) await this.#runInTurn(reply.late, reply.epoch);
    return reply === undefined || reply.mayContinue;
  }

  /**
   * Runs claimed retries that get their turn. They have no places while they ask for it: another server may not reply. Then they wait for
   * places like other work, but not until their leases expire.
   */
  async #runInTurn(claimed: readonly ClaimReply[], epoch: number): Promise<void> {
    const { inFlight, dispatcher, turns, leaseMs } = this.#parts;
    const { places, server } = inFlight;
    const ready = await turns.take(claimed, epoch);
    if (ready.length === 0) return;
    const limit = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(Math.floor(leaseMs / 3))]);
    await places.turn('work', server(), limit);
    let started: readonly ClaimReply[] = [];
    const quarantined = ready.some(isQuarantinedClaim) ? places.freeForQuarantined : 0;
    const start = async (count: number) => {
      started = this.#running ? limitQuarantined(ready, quarantined).slice(0, count) : [];
      return started;
    };
    const request = { server: server(), most: ready.length, quarantined };
    await places.reserve(request, start, (toRun) => dispatcher.acceptClaims(this.#lane, toRun));
    await turns.postpone(ready.filter((claim) => !started.includes(claim)));
  }

  /** Renews the leases of the claimed retries. Never rejects. */
  async renew(): Promise<void> {
    const { connection, group, leaseMs, logger } = this.#parts;
    const claimed = this.#claimed();
    if (claimed.length === 0 || !connection.isReady) return;
    try {
      const lost = await connection.tryOnce(renewClaimsScript.call({ claims: group.claims, leaseMs, claimed }));
      for (const ref of lost) loseDelivery(ref, this.#parts);
    } catch (error) {
      if (!mayTryAgain(error)) logger.error({ err: error }, 'could not renew the leases of retries');
    }
  }

  #claimed(): { readonly ref: string; readonly claim: string; readonly due: string }[] {
    const { inFlight, group } = this.#parts;
    const all: { readonly ref: string; readonly claim: string; readonly due: string }[] = [];
    for (const { claimed } of inFlight) {
      if (claimed !== undefined) all.push({ ref: claimed.ref, claim: claimed.claim, due: group.due(claimed.handler) });
    }
    return all;
  }
}

/** The claimed retries without the quarantined ones above a limit. */
function limitQuarantined(claimed: readonly ClaimReply[], limit: number): readonly ClaimReply[] {
  let left = limit;
  return claimed.filter((claim) => {
    if (!isQuarantinedClaim(claim)) return true;
    left -= 1;
    return left >= 0;
  });
}

function isQuarantinedClaim([, claim]: ClaimReply): boolean {
  return isQuarantined(Number.parseInt(claim, 10));
}
