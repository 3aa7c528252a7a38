import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import { eventIdTime, randomName } from '../../event/ids.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import type { LossWatch } from '../connection/loss-watch.js';
import type { MemoryGuard } from '../connection/memory-guard.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { failureKind, mayTryAgain, replyCode } from '../connection/redis-error.js';
import { redisRefusal } from '../connection/redis-refusal.js';
import type { ScriptArgument } from '../connection/script.js';
import { countPublished } from '../statistics/count-published.js';
import type { Keys } from '../store/keys.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { publishKnownScript, publishScript } from './publish.lua.js';
import { publishCall, remembered } from './publish-call.js';
import { duplicatesOf, isDuplicate, outcomeUnknownError, publishedFrom } from './publish-reply.js';
import { RingSlots } from './ring-slots.js';
import { WrittenEvents } from './written-events.js';

export interface BatchPublisherOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly breaker: CircuitBreaker;
  readonly memory: MemoryGuard;
  readonly lossWatch: LossWatch;
  /** How long a publish is tried, in milliseconds. */
  readonly deadlineMs: number;
  /** What may wait for Redis, in bytes of envelopes. */
  readonly maxPendingBytes: number;
}

/** Events that are written all or none, and who waits for them. */
interface Unit {
  readonly events: readonly PreparedEvent[];
  readonly bytes: number;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Entries that others had added when none of its ids were in the stream; undefined: it is written whatever others add. */
  readonly others: number | undefined;
  readonly resolve: (published: readonly Published[]) => void;
  readonly reject: (error: EventBusError) => void;
}

/** What one call of the script carries. */
interface Batch {
  readonly token: string;
  /** Where the ring remembers the token. */
  readonly slot: number;
  readonly units: readonly Unit[];
  /** Of its events. */
  readonly count: number;
  readonly deadline: number;
  /** Of all its units. */
  readonly others: number | undefined;
  /** Whether what it writes is counted, and noted: ids are asked for. */
  readonly isNoted: boolean;
  /** Whether a sending may have reached Redis without its reply reaching us. */
  outcomeUnknown: boolean;
}

/** Bounds of one call: past about 1,000 events a script holds up everyone else's commands. */
const maxBatchEvents = 1_000;
/**
 * Up to this many events go in one call, more only where all calls are taken: while Redis runs one call, the next is
 * made here. In one call, both would wait for each other in turn (`npm run bench -- --only publish`: 1.2 and 1.8 × raw).
 */
const fairBatchEvents = 64;
const maxBatchBytes = 1024 * 1024;
/** Calls under way at a time: enough to keep Redis busy while replies travel. */
const maxInFlight = 8;
/** Most events of a batch that is written all or none: Redis does nothing else meanwhile, for about a tenth of a second. */
const maxUnitEvents = 10_000;
/** The first wait after a refusal, and the longest, in milliseconds. */
const firstWaitMs = 20;
const longestWaitMs = 250;
/** How long a close counts what was published, in milliseconds. */
const countLimitMs = 500;
/** A batch expires at Redis this long before its deadline here, beside what the two clocks' comparison is off by. */
const clockMarginMs = 100;
/** A token that was sent again is remembered ten times as long as it is sent. */
const ringDeadlines = 10;

/** Sends what is published in one tick in one call, again after a lost reply, until its deadline. */
export class BatchPublisher {
  readonly #options: BatchPublisherOptions;
  readonly #ring: string;
  readonly #written: WrittenEvents;
  #queue: Unit[] = [];
  #flushing = false;
  #inFlight = 0;
  #pendingBytes = 0;
  /** Units that have no answer yet. */
  #open = 0;
  #tokens = 0;
  readonly #slots = new RingSlots();
  #ringRenewedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: BatchPublisherOptions) {
    this.#options = options;
    this.#ring = options.keys.ring(randomName());
    this.#written = new WrittenEvents(options.connection, options.keys, this.#ring, options.deadlineMs);
  }

  /** Writes `events` all or none. @throws EventBusError as {@link Publisher.publish} says. */
  publish(events: readonly PreparedEvent[]): Promise<readonly Published[]> {
    return new Promise((resolve, reject) => {
      let bytes = 0;
      for (const event of events) bytes += event.bytes;
      const refusal = this.#refusal(events.length, bytes);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#pendingBytes += bytes;
      this.#open += 1;
      const deadline = performance.now() + this.#options.deadlineMs;
      this.#accept({ events, bytes, deadline, others: undefined, resolve, reject });
    });
  }

  /** The connection was lost, and Redis may have lost what it had not written to disk. */
  reconnected(): void {
    this.#written.forgetAll();
  }

  /** Refuses what comes from now on; resolves when what was taken has its answer. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    const { connection, keys } = this.#options;
    if (this.#tokens === 0 || !connection.isReady) return;
    // Where matchesNoHandler reads statistics and no group maintains the stream, they would be counted late.
    await countPublished(connection, keys, { limitMs: countLimitMs }).catch(() => undefined);
  }

  /** Bytes of envelopes that wait for an answer. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** An id that does not say when it was made is known by its key in Redis alone: of others it is found out what is written. */
  #accept(unit: Unit): void {
    if (!unit.events.some(({ explicitId, id }) => explicitId && eventIdTime(id) !== undefined)) {
      this.#enqueue(unit);
      return;
    }
    // A trial of the circuit breaker has to call Redis.
    const known = this.#options.breaker.state === 'closed' ? this.#written.known(unit.events) : undefined;
    if (known === undefined) void this.#readFirst(unit);
    else this.#enqueueUnlessFound(unit, known.found, known.others);
  }

  /** Reads what is in the stream of a unit's ids. Others may write from then on: none of them has these events any more. */
  async #readFirst(unit: Unit): Promise<void> {
    try {
      const ids = unit.events.map((event) => (event.explicitId ? this.#find(event.id, unit.deadline) : undefined));
      const found = await Promise.all(ids);
      this.#options.breaker.succeeded();
      this.#enqueueUnlessFound(unit, found, undefined);
    } catch (error) {
      this.#settle(unit);
      unit.reject(EventBusError.from(error));
    }
  }

  #enqueueUnlessFound(unit: Unit, found: readonly (string | undefined)[], others: number | undefined): void {
    if (found.every((streamId) => streamId === undefined)) this.#enqueue({ ...unit, others });
    else void this.#answer(unit, found);
  }

  /** A batch is written all or none, so that one event found says it of all; where the others are is remembered. */
  async #answer(unit: Unit, found: readonly (string | undefined)[]): Promise<void> {
    const { connection, keys } = this.#options;
    const wordOf = (event: PreparedEvent, streamId: string | undefined) =>
      streamId !== undefined
        ? `=${event.id}@${streamId}`
        : connection.ask((redis) => remembered(redis, keys, event), unit.deadline - performance.now());
    try {
      const words = await Promise.all(unit.events.map((event, index) => wordOf(event, found[index])));
      const published = duplicatesOf(unit.events, words);
      this.#settle(unit);
      unit.resolve(published);
    } catch (error) {
      this.#settle(unit);
      unit.reject(EventBusError.from(error));
    }
  }

  #enqueue(unit: Unit): void {
    this.#queue.push(unit);
    if (this.#flushing) return;
    this.#flushing = true;
    // After every promise callback of this tick, so that all who publish in it share one call.
    process.nextTick(() => this.#flush());
  }

  /** A unit is about to get its answer. */
  #settle(unit: Unit): void {
    this.#pendingBytes -= unit.bytes;
    this.#open -= 1;
    if (this.#open > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #refusal(count: number, bytes: number): EventBusError | undefined {
    const { breaker, connection, memory, maxPendingBytes } = this.#options;
    if (count > maxUnitEvents || bytes > maxPendingBytes) {
      const size = `the batch has ${count} events and ${bytes} bytes, and is written all or none`;
      const limit = `at most ${maxUnitEvents} events and maxPendingBytes (${maxPendingBytes}) are accepted`;
      return new EventBusError('PAYLOAD_TOO_LARGE', `${size}: ${limit}; nothing was sent, publish it in parts`);
    }
    if (this.#closed) return new EventBusError('CLOSED', 'the bus is closed: nothing more can be published through it');
    if (connection.fatal !== undefined) connection.connect();
    if (connection.fatal !== undefined) return connection.fatal;
    if (memory.isHigh) return memory.refusal();
    if (this.#pendingBytes + bytes > maxPendingBytes) {
      const what = `${this.#pendingBytes} bytes of events wait for Redis, with ${bytes} more than maxPendingBytes (${maxPendingBytes})`;
      return new EventBusError(
        'OVERLOADED',
        `${what}: nothing was written; publish slower or wait for earlier publishes`,
      );
    }
    if (!breaker.allows(connection.isReady)) return this.#unavailable('the circuit breaker is open');
    return undefined;
  }

  #unavailable(why: string): EventBusError {
    const { isReady, lastError } = this.#options.connection;
    const refusal = isReady ? undefined : redisRefusal(lastError);
    if (refusal !== undefined) return refusal;
    const connection = !isReady && lastError instanceof Error ? `, no connection: ${lastError.message}` : '';
    const message = `Redis is not available (${why}${connection}): nothing was written`;
    return new EventBusError('UNAVAILABLE', message, { cause: lastError });
  }

  #flush(): void {
    this.#flushing = false;
    while (this.#queue.length > 0 && this.#inFlight < maxInFlight) {
      const share = Math.ceil(this.#queue.length / (maxInFlight - this.#inFlight));
      this.#inFlight += 1;
      void this.#send(this.#takeBatch(Math.min(Math.max(share, fairBatchEvents), maxBatchEvents)));
    }
  }

  #takeBatch(maxEvents: number): Batch {
    const others = this.#queue[0]?.others;
    let events = 0;
    let bytes = 0;
    let taken = 0;
    for (const unit of this.#queue) {
      const full = events + unit.events.length > maxEvents || bytes + unit.bytes > maxBatchBytes;
      if (taken > 0 && (full || unit.others !== others)) break;
      events += unit.events.length;
      bytes += unit.bytes;
      taken += 1;
    }
    const units = taken === this.#queue.length ? this.#queue : this.#queue.slice(0, taken);
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    this.#tokens += 1;
    return {
      token: String(this.#tokens),
      slot: this.#slots.take(),
      units,
      count: events,
      deadline: units[0]?.deadline ?? 0,
      others,
      isNoted: others !== undefined || this.#written.isActive,
      outcomeUnknown: false,
    };
  }

  async #send(batch: Batch): Promise<void> {
    try {
      const reply = await this.#attempt(batch);
      this.#options.breaker.succeeded();
      this.#take(batch, reply.split(' '));
    } catch (error) {
      if (replyCode(error) === 'STALE') this.#sendLater(batch);
      else this.#fail(batch, error);
    }
    this.#slots.leave(batch.slot, batch.outcomeUnknown ? ringDeadlines * this.#options.deadlineMs : 0);
    this.#inFlight -= 1;
    if (this.#queue.length > 0 && !this.#flushing) this.#flush();
  }

  /** Hands each unit its part of the reply, whose words are in the order of the events. */
  #take(batch: Batch, words: readonly string[]): void {
    const last = words.at(-1);
    if (last !== undefined && !isDuplicate(last)) {
      this.#options.lossWatch.observe(last);
      if (batch.others !== undefined) this.#written.knewAllUntil(last);
    }
    let at = 0;
    for (const unit of batch.units) {
      const published: Published[] = [];
      for (const event of unit.events) {
        const word = words[at] ?? '';
        published.push(publishedFrom(event, word));
        if (batch.isNoted && !isDuplicate(word)) this.#written.wrote(event.id, word);
        at += 1;
      }
      this.#settle(unit);
      unit.resolve(published);
    }
  }

  /** Nothing was written, since others have written: of its ids, some may be there by now. */
  #sendLater({ units }: Batch): void {
    this.#options.breaker.succeeded();
    this.#written.othersWrote();
    for (const unit of units) void this.#readFirst(unit);
  }

  /** Sends until there is a reply, or the deadline is over. */
  async #attempt(batch: Batch): Promise<string> {
    const { connection } = this.#options;
    let waitMs = firstWaitMs;
    let why = `no answer within ${this.#options.deadlineMs} ms`;
    for (;;) {
      if (connection.fatal !== undefined) throw connection.fatal;
      const left = batch.deadline - performance.now();
      if (left <= clockMarginMs) {
        if (batch.outcomeUnknown) {
          // What still travels is refused by now, also where our idea of Redis's clock is a little off.
          await sleep(clockMarginMs);
          throw new EventBusError('OUTCOME_UNKNOWN', 'the connection was lost');
        }
        throw this.#unavailable(why);
      }
      if (!connection.isReady) {
        connection.connect();
        if (!(await connection.whenReady(left - clockMarginMs))) continue;
      }
      const ringTtlMs = this.#ringTtlToSet();
      try {
        const script = batch.isNoted ? publishKnownScript : publishScript;
        const reply = await connection.run(script, ...this.#call(batch, ringTtlMs));
        if (ringTtlMs > 0) this.#ringRenewedAt = performance.now();
        return String(reply);
      } catch (error) {
        const kind = failureKind(error);
        const code = replyCode(error);
        if (code === 'EXPIRED') {
          // Either the deadline is over or Redis's clock was set: the loop finds out which.
          await connection.readClock().catch(() => undefined);
        } else if (code === 'OOM' || code === 'MOVED' || !mayTryAgain(error)) {
          // It would be the same until the deadline.
          throw error;
        } else if (kind === 'lost') {
          batch.outcomeUnknown = true;
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

  /** How long the ring is to live from now on, in milliseconds; 0 while it lives long enough. */
  #ringTtlToSet(): number {
    const ttl = ringDeadlines * this.#options.deadlineMs;
    return performance.now() - this.#ringRenewedAt > ttl / 10 ? 2 * ttl : 0;
  }

  #call(batch: Batch, ringTtlMs: number): [keys: string[], args: ScriptArgument[]] {
    const { keys, connection } = this.#options;
    const { token, slot, count, units } = batch;
    const left = batch.deadline - performance.now() - clockMarginMs - connection.clockErrorMs;
    const expiresAt = Math.floor(connection.now() + left);
    const others = batch.isNoted ? (batch.others ?? 'any') : undefined;
    return publishCall({ keys, ring: this.#ring, token, slot, expiresAt, ringTtlMs, count, units, others });
  }

  #fail(batch: Batch, error: unknown): void {
    const { breaker, memory } = this.#options;
    const away = error instanceof EventBusError;
    if (away) breaker.failed();
    else breaker.succeeded();
    if (batch.outcomeUnknown) this.#written.forgetAll();
    const outOfMemory = replyCode(error) === 'OOM';
    for (const unit of batch.units) {
      this.#settle(unit);
      if (batch.outcomeUnknown) unit.reject(outcomeUnknownError(unit.events, error));
      else if (away) unit.reject(error);
      else if (outOfMemory) unit.reject(memory.refusal(error));
      else unit.reject(redisRefusal(error) ?? EventBusError.from(error));
    }
  }

  /** Looks for an event that is published again under its id: the first publish may have written it. */
  async #find(id: string, deadline: number): Promise<string | undefined> {
    const { connection, deadlineMs } = this.#options;
    while (await connection.whenReady(deadline - performance.now())) {
      try {
        return await this.#written.find(id);
      } catch (error) {
        if (!mayTryAgain(error)) {
          this.#options.breaker.succeeded();
          throw redisRefusal(error) ?? EventBusError.from(error);
        }
        await sleep(20);
      }
    }
    this.#options.breaker.failed();
    throw this.#unavailable(`no answer within ${deadlineMs} ms`);
  }
}
