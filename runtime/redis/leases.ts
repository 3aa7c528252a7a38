import type { Deliverer } from '../deliver.js';
import { EventBusError } from '../errors.js';
import type { HandlerSet } from '../handler-set.js';
import type { Logger } from '../logger.js';
import { compareStreamIds, type RedisDelivery } from './delivery.js';
import type { InFlight } from './in-flight.js';
import type { GroupKeys, Keys } from './keys.js';
import { isConnectionError, type Link } from './link.js';
import type { RawEntry } from './reader.js';
import type { ScriptArgument } from './script.js';
import { heartbeatScript, reapScript } from './scripts/membership.js';

export interface LeasesOptions {
  readonly link: Link;
  readonly keys: Keys;
  readonly group: GroupKeys;
  readonly consumer: string;
  readonly logger: Logger;
  readonly handlers: HandlerSet;
  readonly inFlight: InFlight;
  readonly deliverer: Deliverer<RedisDelivery>;
  readonly leaseMs: number;
  /** What this consumer handles, as JSON for the registry. */
  readonly describe: () => string;
  /** Takes an entry that another consumer, or a lost reply, has left. */
  readonly accept: (entry: RawEntry, deliveries: number, finished: readonly string[]) => void;
  readonly groupGone: () => Promise<void>;
}

/** Keeps the leases of what this process works on, and takes over what others have let go. */
export class Leases {
  readonly #options: LeasesOptions;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: LeasesOptions) {
    this.#options = options;
  }

  /** Renews three times a lease, reaps twice. */
  start(): void {
    const { leaseMs } = this.#options;
    this.#timers = [
      setInterval(() => void this.#guard(() => this.renew()), leaseMs / 3),
      setInterval(() => void this.#guard(() => this.reap()), leaseMs / 2),
    ];
    void this.#guard(() => this.reap());
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  async renew(): Promise<void> {
    const { link, keys, group, consumer, handlers, inFlight, leaseMs, describe } = this.#options;
    let lowest = '';
    let highest = '';
    const ids: string[] = [];
    const rows: string[] = [];
    for (const { streamId, claimed } of inFlight) {
      if (claimed !== undefined) {
        rows.push(claimed.ref, claimed.claim, claimed.handler);
        continue;
      }
      ids.push(streamId);
      if (lowest === '' || compareStreamIds(streamId, lowest) < 0) lowest = streamId;
      if (highest === '' || compareStreamIds(streamId, highest) > 0) highest = streamId;
    }
    const names = [...handlers].map((handler) => handler.name);
    const scriptKeys = [keys.events, group.state, group.seen, group.consumers, group.alive, group.claims];
    const args: ScriptArgument[] = [group.name, consumer, describe(), leaseMs, group.duePrefix, lowest, highest];
    args.push(ids.length, ...ids, names.length, ...names, ...rows);
    const lost = (await link.run(heartbeatScript, scriptKeys, args)) as string[];
    for (const key of lost) this.#lose(key);
  }

  /** Takes over as many entries as there are free slots. */
  async reap(): Promise<void> {
    const { link, keys, group, consumer, inFlight, leaseMs, accept } = this.#options;
    if (inFlight.free === 0) return;
    const known: string[] = [];
    for (const { streamId, claimed } of inFlight) if (claimed === undefined) known.push(streamId);
    const args = [group.name, consumer, leaseMs, inFlight.free, ...known];
    const reply = await link.run(reapScript, [keys.events, group.marks, group.handlers, keys.log], args);
    for (const taken of reply as [string, number, string[], string[]][]) {
      const [id, deliveries, fields, finished] = taken;
      accept([id, fields], deliveries, finished);
    }
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
    const { link, logger, groupGone } = this.#options;
    if (!link.isReady) return;
    try {
      await step();
    } catch (error) {
      if (isConnectionError(error)) return;
      if (error instanceof Error && error.message.includes('NOGROUP')) {
        await groupGone().catch((cause: unknown) => logger.error({ err: cause }, 'could not make the consumer group'));
      } else {
        logger.error({ err: error }, 'could not look after leases');
      }
    }
  }
}
