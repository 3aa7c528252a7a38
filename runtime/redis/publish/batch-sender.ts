import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { Link } from '../connection/link.js';
import { failureKind, mayTryAgain, replyCode } from '../connection/redis-error.js';
import type { ReplicatedScripts } from '../connection/replicated-calls.js';
import type { Keys } from '../store/keys.js';
import { publishKnownScript, publishScript } from './publish.lua.js';
import { publishCall, type RoutedBy } from './publish-call.js';
import type { QueuedUnits } from './publish-queue.js';
import { RingSlots, ringDeadlines } from './ring-slots.js';
import { unavailableError } from './unavailable-error.js';

/** The events of one call of the script. */
export interface Batch extends QueuedUnits {
  /** Whether its events are counted in the ring and remembered, because events are published with explicit ids. */
  readonly isTracked: boolean;
  /** Whether a call may have been executed without its reply reaching this process. */
  outcomeUnknown: boolean;
}

export interface BatchSenderOptions {
  readonly connection: Link;
  /** Undefined if a batch does not wait for replicas. */
  readonly replicated: ReplicatedScripts | undefined;
  readonly keys: Keys;
  /** Key of the publisher's ring. */
  readonly ring: string;
  readonly map: RoutedBy;
  /** Maximum time of a publish, in milliseconds. */
  readonly deadlineMs: number;
}

/** First and longest wait after a temporary refusal, in milliseconds. */
const firstWaitMs = 20;
const longestWaitMs = 250;
/** Time by which a batch expires in Redis before its deadline here, in addition to the clock error, in milliseconds. */
const clockMarginMs = 100;

/** Sends batches until their deadline, again after a lost reply. Redis writes each batch only once. */
export class BatchSender {
  readonly #options: BatchSenderOptions;
  readonly #slots = new RingSlots();
  #tokens = 0;
  #ringRenewedAt = Number.NEGATIVE_INFINITY;

  constructor(options: BatchSenderOptions) {
    this.#options = options;
  }

  /** Whether anything was sent. */
  get hasSent(): boolean {
    return this.#tokens > 0;
  }

  /**
   * @returns The reply of the script.
   * @throws EventBusError when there was no reply: `batch.outcomeUnknown` is then true if the batch may have been written; else
   * the error of Redis, which has written nothing; its code is `EPOCH` if the partition map has changed
   */
  async send(batch: Batch): Promise<string> {
    this.#tokens += 1;
    const slot = this.#slots.take();
    try {
      return await this.#attempt(batch, String(this.#tokens), slot);
    } finally {
      this.#slots.leave(slot, batch.outcomeUnknown ? ringDeadlines * this.#options.deadlineMs : 0);
    }
  }

  async #attempt(batch: Batch, token: string, slot: number): Promise<string> {
    const { connection, deadlineMs } = this.#options;
    let waitMs = firstWaitMs;
    let why = `no reply within ${deadlineMs} ms`;
    let lost: unknown;
    for (;;) {
      if (connection.fatal !== undefined) throw connection.fatal;
      const left = batch.deadline - performance.now();
      if (left <= clockMarginMs) {
        if (!batch.outcomeUnknown) throw unavailableError(connection, why);
        // After this wait Redis refuses a call that is still in transit, even with a small clock error.
        await sleep(clockMarginMs);
        throw new EventBusError('OUTCOME_UNKNOWN', 'the connection was lost', { cause: lost });
      }
      if (!connection.isReady) {
        connection.connect();
        if (!(await connection.whenReady(left - clockMarginMs))) continue;
      }
      try {
        return await this.#call(batch, token, slot);
      } catch (error) {
        const kind = failureKind(error);
        const code = replyCode(error);
        if (code === 'EXPIRED') {
          // Either the deadline has expired or Redis's clock was set: the next round shows which.
          await connection.readClock().catch(() => undefined);
        } else if (code === 'EPOCH') {
          // Neither has an earlier call of this batch written, nor will one that is still in transit.
          batch.outcomeUnknown = false;
          throw error;
        } else if (code === 'OOM' || code === 'MOVED' || !mayTryAgain(error)) {
          // Further attempts until the deadline would have the same result.
          throw error;
        } else if (kind === 'lost') {
          batch.outcomeUnknown = true;
          lost = error;
        } else if (kind === 'refused' && error instanceof Error) {
          why = error.message;
        }
        if (connection.isReady) {
          await sleep(Math.min(waitMs, Math.max(0, batch.deadline - performance.now() - clockMarginMs)));
          waitMs = Math.min(2 * waitMs, longestWaitMs);
        }
      }
    }
  }

  async #call(batch: Batch, token: string, slot: number): Promise<string> {
    const { keys, connection, replicated, ring, map } = this.#options;
    const { count, units, isTracked } = batch;
    const ringTtlMs = this.#ringTtlToSet();
    const leftMs = batch.deadline - performance.now() - clockMarginMs;
    const expiresAt = Math.floor(connection.now() + leftMs - connection.clockErrorMs);
    const others = isTracked ? (batch.others ?? 'any') : undefined;
    const input = publishCall({ keys, ring, token, slot, map, expiresAt, ringTtlMs, count, units, others });
    const script = isTracked ? publishKnownScript : publishScript;
    const reply =
      replicated === undefined
        ? await connection.tryOnce(script.call(input))
        : String(await replicated.run(script, script.encode(input), leftMs));
    if (ringTtlMs > 0) this.#ringRenewedAt = performance.now();
    return reply;
  }

  /** New time to live of the ring, in milliseconds; 0 if the present one is long enough. */
  #ringTtlToSet(): number {
    const ttl = ringDeadlines * this.#options.deadlineMs;
    return performance.now() - this.#ringRenewedAt > ttl / 10 ? 2 * ttl : 0;
  }
}
