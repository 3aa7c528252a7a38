import { EventBusError } from '../../errors.js';
import { compareStreamIds } from '../../event/stream-id.js';
import type { Deliverer } from '../../handle/deliverer.js';
import type { HandlerSet } from '../../handle/handler-set.js';
import type { Logger } from '../../logger.js';
import { readBudgetBytes } from '../connection/read-size.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { mayTryAgain, replyCode } from '../connection/redis-error.js';
import type { ScriptArgument } from '../connection/script.js';
import type { GroupKeys, Keys } from '../store/keys.js';
import { entryKey, quarantineFrom, type RedisDelivery, replayKey } from './delivery.js';
import type { InFlight } from './in-flight.js';
import { heartbeatScript, reapScript } from './membership.lua.js';
import type { RawEntry } from './reader.js';

export interface LeasesOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly group: GroupKeys;
  /** The replay stream's entries, not the event stream's and the rows. */
  readonly replays: boolean;
  readonly consumer: string;
  readonly logger: Logger;
  readonly handlers: HandlerSet;
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
  readonly leaseMs: number;
  /** What this consumer handles, as JSON for the registry. */
  readonly describe: () => string;
  /** Takes an entry that another consumer, or a lost reply, has left. */
  readonly accept: (entry: RawEntry, deliveryCount: number, finished: readonly string[]) => void;
  readonly onGroupMissing: () => Promise<void>;
}

/** Keeps the leases of what this process works on, and takes over what others have let go. */
export class Leases {
  readonly #options: LeasesOptions;
  #running = false;
  #reaping = false;
  #reapAgain = false;
  #position = '';
  /** When everything that is still held was known to be, by `performance.now()`. */
  #heldSince = performance.now();
  #timers: NodeJS.Timeout[] = [];

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Renews three times a lease, reaps twice. */
  start(): void {
    const { leaseMs } = this.#options;
    this.#running = true;
    this.#heldSince = performance.now();
    this.#timers = [
      setInterval(() => void this.#guard(() => this.renew()), leaseMs / 3),
      setInterval(() => this.reap(), leaseMs / 2),
    ];
    this.reap();
  }

  stop(): void {
    this.#running = false;
    for (const timer of this.#timers) clearInterval(timer);
  }

  /** The last entry before everything unfinished, as the last heartbeat found it; '' before the first. */
  get position(): string {
    return this.#position;
  }

  /** Until when no lease of this process can have ended, so that no other has taken anything over; in Redis's milliseconds. */
  get heldUntil(): number {
    const { connection, leaseMs } = this.#options;
    return Math.floor(connection.now() - (performance.now() - this.#heldSince) + leaseMs);
  }

  async renew(): Promise<void> {
    const startedAt = performance.now();
    const { connection, keys, group, replays, consumer, handlers, inFlight, leaseMs, describe } = this.#options;
    let lowest = '';
    let highest = '';
    const ids: string[] = [];
    const rows: string[] = [];
    const claimedOf = new Set<string>();
    for (const delivery of inFlight) {
      const { claimed } = delivery;
      if (claimed !== undefined) {
        if (!replays) {
          rows.push(claimed.ref, claimed.claim, claimed.handler);
          claimedOf.add(claimed.handler);
        }
        continue;
      }
      if ((delivery.replayed !== undefined) !== replays) continue;
      const id = entryKey(delivery);
      ids.push(id);
      if (lowest === '' || compareStreamIds(id, lowest) < 0) lowest = id;
      if (highest === '' || compareStreamIds(id, highest) > 0) highest = id;
    }
    const names = [...handlers].map((handler) => handler.name);
    const [stream, state] = replays ? [keys.replay, group.replayState] : [keys.events, group.state];
    const scriptKeys = [stream, state, group.seen, group.consumers, group.alive, group.claims];
    for (const handler of claimedOf) scriptKeys.push(group.due(handler));
    const args: ScriptArgument[] = [group.name, consumer, describe(), leaseMs, group.duePrefix];
    // Not by a spread in a call: there may be more of them than a call takes.
    const all = args.concat(this.heldUntil, lowest, highest, ids.length, ids, names.length, names, rows);
    const reply = await connection.run(heartbeatScript, scriptKeys, all);
    const [position, lost, vanished] = reply as [string, string[], string[]];
    this.#position = position;
    this.#heldSince = startedAt;
    for (const key of lost) this.#lose(replays ? replayKey(key) : key);
    for (const id of vanished) await this.#hold(id, stream);
  }

  /** Takes over what others have let go, until nothing of it is left. */
  reap(): void {
    this.#reapAgain = true;
    if (this.#reaping) return;
    this.#reaping = true;
    void this.#guard(() => this.#reapAll()).finally(() => {
      this.#reaping = false;
    });
  }

  async #reapAll(): Promise<void> {
    const { inFlight, replays } = this.#options;
    while (this.#running && this.#reapAgain) {
      this.#reapAgain = false;
      const free = replays ? inFlight.freeForReplays : inFlight.free;
      if (free === 0) await inFlight.changed();
      if (free === 0 || (await this.#reapSome(free))) this.#reapAgain = true;
    }
  }

  /** Takes over up to `limit` entries; says whether there may be more. */
  async #reapSome(limit: number): Promise<boolean> {
    const { connection, keys, group, replays, consumer, inFlight, leaseMs, accept } = this.#options;
    const known: string[] = [];
    for (const delivery of inFlight) {
      const ofStream = delivery.claimed === undefined && (delivery.replayed !== undefined) === replays;
      if (ofStream) known.push(entryKey(delivery));
    }
    const args = [
      group.name,
      consumer,
      leaseMs,
      limit,
      inFlight.freeForQuarantined,
      quarantineFrom,
      replays ? 1 : 0,
      readBudgetBytes,
      ...known,
    ];
    const stream = replays ? keys.replay : keys.events;
    const reply = await connection.run(reapScript, [stream, group.completedHandlers, group.handlers, keys.log], args);
    const [taken, more] = reply as [
      [id: string, deliveryCount: number, fields: string[], finished: string[]][],
      number,
    ];
    for (const [id, deliveryCount, fields, finished] of taken) accept([id, fields], deliveryCount, finished);
    return more === 1;
  }

  /**
   * Makes an entry pending again that is pending for no consumer: its consumer was deleted, or somebody acknowledged it. One that
   * has ended was acknowledged by its own settle, or is when that comes. A command and no script, which would be sent a
   * second time where Redis does not have it: after a settle that came later.
   */
  async #hold(id: string, stream: string): Promise<void> {
    const { connection, group, consumer, inFlight, replays } = this.#options;
    const delivery = inFlight.get(replays ? replayKey(id) : id);
    if (delivery === undefined || delivery.ended || delivery.lost || connection.now() >= this.heldUntil) return;
    const args = [stream, group.name, consumer, 0, id, 'RETRYCOUNT', delivery.deliveryCount, 'FORCE', 'JUSTID'];
    await connection.tryOnce((redis) => redis.call('XCLAIM', args));
  }

  #lose(key: string): void {
    const { inFlight, deliverer, logger } = this.#options;
    const delivery = inFlight.get(key);
    // What has ended meanwhile is not lost: its settle was under way.
    if (delivery === undefined || delivery.ended) return;
    const message = 'the lease is over and another process has this delivery: its outcome here no longer counts';
    logger.warn({ streamId: delivery.streamId, eventId: delivery.event.id }, message);
    deliverer.abort(delivery, new EventBusError('LEASE_LOST', message));
  }

  async #guard(step: () => Promise<void>): Promise<void> {
    const { connection, logger, onGroupMissing } = this.#options;
    if (!connection.isReady) return;
    try {
      await step();
    } catch (error) {
      if (mayTryAgain(error)) return;
      if (replyCode(error) === 'NOGROUP') {
        await onGroupMissing().catch((cause: unknown) =>
          logger.error({ err: cause }, 'could not make the consumer group'),
        );
      } else {
        logger.error({ err: error }, 'could not look after leases');
      }
    }
  }
}
