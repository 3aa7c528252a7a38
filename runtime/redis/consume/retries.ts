import type { HandlerSet } from '../../handle/handler-set.js';
import type { Logger } from '../../logger.js';
import { readBudgetBytes } from '../connection/read-size.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { mayTryAgain } from '../connection/redis-error.js';
import type { ScriptArgument } from '../connection/script.js';
import type { GroupKeys } from '../store/keys.js';
import { readScheduledRetry } from '../store/scheduled-retry.js';
import { claimScript } from './claim.lua.js';
import { type ClaimedRetry, quarantineFrom } from './delivery.js';
import type { InFlight } from './in-flight.js';
import type { ReadableName } from './peer-handlers.js';

export interface RetriesOptions {
  readonly connection: RedisConnection;
  readonly group: GroupKeys;
  readonly consumer: string;
  readonly logger: Logger;
  readonly handlers: HandlerSet;
  readonly inFlight: InFlight;
  readonly leaseMs: number;
  /** Takes a row to run. */
  readonly accept: (row: ClaimedRetry) => void;
  /** Sets of parked rows that this build can decide about. */
  readonly parked: () => readonly ReadableName[];
}

/** Takes rows that are due, whoever woke it: a timer, the sweeper or a slot that came free. */
export class Retries {
  readonly #options: RetriesOptions;
  #running = true;
  #busy = false;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /** Looks for due rows now, and until none are left. */
  wake(): void {
    this.#again = true;
    if (!this.#busy) void this.#run();
  }

  /** Looks for due rows in `delayMs`: for waits too short for a job. */
  wakeIn(delayMs: number): void {
    const at = performance.now() + delayMs;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.wake();
    }, delayMs);
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    const { connection, inFlight, logger } = this.#options;
    this.#busy = true;
    try {
      while (this.#again && this.#running) {
        this.#again = false;
        if (inFlight.free === 0) {
          await inFlight.changed();
          this.#again = true;
          continue;
        }
        if (!connection.isReady) return;
        if (await this.#claim(inFlight.free)) this.#again = true;
      }
    } catch (error) {
      // The sweeper wakes us again.
      if (!mayTryAgain(error)) logger.error({ err: error }, 'could not take due retries');
    } finally {
      this.#busy = false;
    }
  }

  /** Takes up to `limit` rows; says whether more are due. */
  async #claim(limit: number): Promise<boolean> {
    const { connection, group, consumer, handlers, inFlight, leaseMs, accept } = this.#options;
    const keys = [group.scheduledRetries, group.claims, group.ahead];
    const args: ScriptArgument[] = [consumer, leaseMs, limit, inFlight.freeForQuarantined, quarantineFrom];
    args.push(readBudgetBytes, handlers.size);
    const numbers = new Map<string, number>();
    for (const handler of handlers) {
      keys.push(group.due(handler.name));
      args.push(handler.name, Math.min(limit, handler.options.concurrency));
      numbers.set(handler.name, numbers.size + 1);
    }
    for (const { name, handler } of this.#options.parked()) {
      const number = numbers.get(handler);
      if (number === undefined) continue;
      keys.push(group.due(name));
      args.push(name, number);
    }
    const reply = await connection.run(claimScript, keys, args);
    const [taken, more] = reply as [[ref: string, claim: string, handler: string, row: string][], number];
    for (const [ref, claim, handler, json] of taken)
      accept({ ref, claim, handler, retry: readScheduledRetry(ref, json) });
    return more === 1 && taken.length > 0;
  }
}
