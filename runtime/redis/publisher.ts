import { setTimeout as sleep } from 'node:timers/promises';
import type { CircuitBreaker } from '../circuit-breaker.js';
import { EventBusError } from '../errors.js';
import { eventIdTime, randomName } from '../ids.js';
import type { PreparedEvent } from '../prepare.js';
import type { Published } from '../publisher.js';
import { countPublished } from './count-published.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import type { LossWatch } from './loss-watch.js';
import type { MemoryGuard } from './memory-guard.js';
import { failureKind, mayTryAgain, replyCode } from './redis-error.js';
import { redisRefusal } from './redis-refusal.js';
import type { ScriptArgument } from './script.js';
import { publishScript } from './scripts/publish.js';
import { WrittenEvents } from './written-events.js';

export interface BatchPublisherOptions {
  readonly link: Link;
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
  readonly resolve: (published: readonly Published[]) => void;
  readonly reject: (error: EventBusError) => void;
}

/** What one call of the script carries. */
interface Batch {
  readonly token: string;
  /** Where the ring remembers the token: no other batch's while a sending of this one may be under way. */
  readonly slot: number;
  readonly units: readonly Unit[];
  /** Of its events. */
  readonly count: number;
  readonly deadline: number;
  /** Whether a sending may have reached Redis without its reply reaching us. */
  maybeWritten: boolean;
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
/** A batch expires at Redis this long before its deadline here, to cover what the two clocks' comparison is off by. */
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
  #tokens = 0;
  #slots = 0;
  /** Slots of which nothing is under way. */
  readonly #freeSlots: number[] = [];
  /** Slots of batches of which a sending may still be under way, and until when they are kept, by `performance.now()`. */
  readonly #keptSlots: { readonly slot: number; readonly until: number }[] = [];
  #ringRenewedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(options: BatchPublisherOptions) {
    this.#options = options;
    this.#ring = options.keys.ring(randomName());
    this.#written = new WrittenEvents(options.link, options.keys, options.deadlineMs);
  }

  /** Writes `events` all or none. @throws EventBusError as {@link Publisher.publish} says. */
  publish(events: readonly PreparedEvent[]): Promise<readonly Published[]> {
    // An id that does not say when it was made is known by its key in Redis alone.
    const isAgain = events.some(({ explicitId, id }) => explicitId && eventIdTime(id) !== undefined);
    return isAgain ? this.#publishAgain(events) : this.#enqueue(events);
  }

  async #publishAgain(events: readonly PreparedEvent[]): Promise<readonly Published[]> {
    const found = await Promise.all(events.map((event) => (event.explicitId ? this.#find(event) : undefined)));
    // A batch is written all or none, so that one event found says it of all.
    return found.every((streamId) => streamId === undefined) ? this.#enqueue(events) : duplicatesOf(events, found);
  }

  #enqueue(events: readonly PreparedEvent[]): Promise<readonly Published[]> {
    return new Promise((resolve, reject) => {
      let bytes = 0;
      for (const event of events) bytes += event.bytes;
      const refusal = this.#refusal(events.length, bytes);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#pendingBytes += bytes;
      this.#queue.push({ events, bytes, deadline: performance.now() + this.#options.deadlineMs, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      // After every promise callback of this tick, so that all who publish in it share one call.
      process.nextTick(() => this.#flush());
    });
  }

  /** Refuses what comes from now on; resolves when what was taken has its answer. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#queue.length > 0 || this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    const { link, keys } = this.#options;
    if (this.#tokens === 0 || !link.isReady) return;
    // Where nobody reads statistics and no group maintains the stream, they would be counted late.
    await countPublished(link, keys, countLimitMs).catch(() => undefined);
  }

  /** Bytes of envelopes that wait for an answer. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  #refusal(count: number, bytes: number): EventBusError | undefined {
    const { breaker, link, memory, maxPendingBytes } = this.#options;
    if (count > maxUnitEvents || bytes > maxPendingBytes) {
      const size = `the batch has ${count} events and ${bytes} bytes, and is written all or none`;
      const limit = `at most ${maxUnitEvents} events and maxPendingBytes (${maxPendingBytes}) are accepted`;
      return new EventBusError('PAYLOAD_TOO_LARGE', `${size}: ${limit}; nothing was sent, publish it in parts`);
    }
    if (this.#closed) return new EventBusError('CLOSED', 'the bus is closed: nothing more can be published through it');
    if (link.fatal !== undefined) link.connect();
    if (link.fatal !== undefined) return link.fatal;
    if (memory.isHigh) return memory.refusal();
    if (this.#pendingBytes + bytes > maxPendingBytes) {
      const what = `${this.#pendingBytes} bytes of events wait for Redis, with ${bytes} more than maxPendingBytes (${maxPendingBytes})`;
      return new EventBusError(
        'OVERLOADED',
        `${what}: nothing was written; publish slower or wait for earlier publishes`,
      );
    }
    if (!breaker.allows(link.isReady)) return this.#unavailable('the circuit breaker is open');
    return undefined;
  }

  #unavailable(why: string): EventBusError {
    const { isReady, lastError } = this.#options.link;
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
    let events = 0;
    let bytes = 0;
    let taken = 0;
    for (const unit of this.#queue) {
      const full = events + unit.events.length > maxEvents || bytes + unit.bytes > maxBatchBytes;
      if (taken > 0 && full) break;
      events += unit.events.length;
      bytes += unit.bytes;
      taken += 1;
    }
    const units = taken === this.#queue.length ? this.#queue : this.#queue.slice(0, taken);
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    this.#tokens += 1;
    const deadline = units[0]?.deadline ?? 0;
    return { token: String(this.#tokens), slot: this.#takeSlot(), units, count: events, deadline, maybeWritten: false };
  }

  #takeSlot(): number {
    const oldest = this.#keptSlots[0];
    if (oldest !== undefined && oldest.until <= performance.now()) {
      this.#keptSlots.shift();
      return oldest.slot;
    }
    const free = this.#freeSlots.pop();
    if (free !== undefined) return free;
    this.#slots += 1;
    return this.#slots;
  }

  async #send(batch: Batch): Promise<void> {
    try {
      const reply = await this.#attempt(batch);
      this.#options.breaker.succeeded();
      const words = reply.split(' ');
      this.#noteWritten(batch, words);
      const last = words.at(-1);
      if (last !== undefined && !last.startsWith('=')) this.#options.lossWatch.saw(last);
      settleUnits(batch, words);
    } catch (error) {
      this.#fail(batch, error);
    }
    this.#leaveSlot(batch);
    for (const unit of batch.units) this.#pendingBytes -= unit.bytes;
    this.#inFlight -= 1;
    if (this.#queue.length > 0 && !this.#flushing) this.#flush();
    if (this.#queue.length === 0 && this.#inFlight === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  /** Remembers what this process has written, where callers give ids: it need not be read then. */
  #noteWritten(batch: Batch, words: readonly string[]): void {
    if (!this.#written.isActive) return;
    let at = 0;
    for (const { events } of batch.units) {
      for (const { id } of events) {
        const word = words[at] ?? '';
        if (!word.startsWith('=')) this.#written.wrote(id, word);
        at += 1;
      }
    }
  }

  /** Leaves the slot to another batch: now, or once no sending of this one can come any more. */
  #leaveSlot({ slot, maybeWritten }: Batch): void {
    if (!maybeWritten) this.#freeSlots.push(slot);
    else this.#keptSlots.push({ slot, until: performance.now() + ringDeadlines * this.#options.deadlineMs });
  }

  /** Sends until there is a reply, or the deadline is over. */
  async #attempt(batch: Batch): Promise<string> {
    const { link } = this.#options;
    let waitMs = firstWaitMs;
    let why = `no answer within ${this.#options.deadlineMs} ms`;
    for (;;) {
      if (link.fatal !== undefined) throw link.fatal;
      const left = batch.deadline - performance.now();
      if (left <= clockMarginMs) {
        if (batch.maybeWritten) {
          // What still travels is refused by now, also where our idea of Redis's clock is a little off.
          await sleep(clockMarginMs);
          throw new EventBusError('OUTCOME_UNKNOWN', 'the connection was lost');
        }
        throw this.#unavailable(why);
      }
      if (!link.isReady) {
        link.connect();
        if (!(await link.whenReady(left - clockMarginMs))) continue;
      }
      const ringTtlMs = this.#ringTtlToSet();
      try {
        const reply = await link.run(publishScript, ...this.#call(batch, ringTtlMs));
        if (ringTtlMs > 0) this.#ringRenewedAt = performance.now();
        return String(reply);
      } catch (error) {
        const kind = failureKind(error);
        const code = replyCode(error);
        if (code === 'EXPIRED') {
          // Either the deadline is over or Redis's clock was set: the loop finds out which.
          await link.readClock().catch(() => undefined);
        } else if (code === 'OOM' || code === 'MOVED' || !mayTryAgain(error)) {
          // It would be the same until the deadline.
          throw error;
        } else if (kind === 'lost') {
          batch.maybeWritten = true;
        } else if (kind === 'refused' && error instanceof Error) {
          why = error.message;
        }
        if (link.isReady) {
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
    const { keys, link } = this.#options;
    const expiresAt = Math.floor(link.now() + (batch.deadline - performance.now()) - clockMarginMs);
    const scriptKeys = [keys.events, this.#ring];
    const args: ScriptArgument[] = [batch.token, batch.slot, expiresAt, ringTtlMs, batch.count];
    let index = 0;
    const keyed: ScriptArgument[] = [];
    for (const unit of batch.units) {
      for (const event of unit.events) {
        index += 1;
        args.push(event.json);
        if (!event.explicitId && event.idempotencyKey === undefined) continue;
        for (const key of idempotencyKeys(event)) {
          scriptKeys.push(keys.idempotency(key));
          keyed.push(index, event.id, event.idempotencyWindowMs);
        }
      }
    }
    return [scriptKeys, keyed.length === 0 ? args : args.concat(keyed)];
  }

  #fail(batch: Batch, error: unknown): void {
    const { breaker, memory } = this.#options;
    const away = error instanceof EventBusError;
    if (away) breaker.failed();
    else breaker.succeeded();
    const outOfMemory = replyCode(error) === 'OOM';
    for (const unit of batch.units) {
      if (batch.maybeWritten) unit.reject(outcomeUnknown(unit, error));
      else if (away) unit.reject(error);
      else if (outOfMemory) unit.reject(memory.refusal(error));
      else unit.reject(redisRefusal(error) ?? EventBusError.from(error));
    }
  }

  /** Looks for an event that is published again under its id: the first publish may have written it. */
  async #find(event: PreparedEvent): Promise<string | undefined> {
    const { link, deadlineMs } = this.#options;
    const deadline = performance.now() + deadlineMs;
    while (await link.whenReady(deadline - performance.now())) {
      try {
        return await this.#written.find(event.id);
      } catch (error) {
        if (!mayTryAgain(error)) throw redisRefusal(error) ?? EventBusError.from(error);
        await sleep(20);
      }
    }
    this.#options.breaker.failed();
    throw this.#unavailable(`no answer within ${deadlineMs} ms`);
  }
}

/** What was written before. @param found Where, one an event. @throws EventBusError `CONFLICT` where one is missing */
function duplicatesOf(events: readonly PreparedEvent[], found: readonly (string | undefined)[]): Published[] {
  return events.map(({ id }, index) => {
    const streamId = found[index];
    if (streamId !== undefined) return { id, streamId, duplicate: true };
    const what = `event ${id} was not written, but another of its batch was`;
    throw new EventBusError('CONFLICT', `${what}: publish again the whole batch as it was, or what is missing alone`);
  });
}

function idempotencyKeys(event: PreparedEvent): string[] {
  const keys: string[] = [];
  if (event.explicitId) keys.push(`event:${event.id}`);
  if (event.idempotencyKey !== undefined) {
    keys.push(`tenant:${encodeURIComponent(event.tenantId)}:${event.idempotencyKey}`);
  }
  return keys;
}

function outcomeUnknown(unit: Unit, cause: unknown): EventBusError {
  const eventIds = unit.events.map((event) => event.id);
  const message =
    `Redis did not answer before the deadline: the event may be written or not. Publish again with the option ` +
    `{ id: '${eventIds[0]}' } to have it written once${eventIds.length > 1 ? ' (a batch: each draft with its id of eventIds)' : ''}`;
  return new EventBusError('OUTCOME_UNKNOWN', message, { cause, eventIds });
}

/** Hands each unit its part of the reply, whose words are in the order of the events. */
function settleUnits(batch: Batch, words: readonly string[]): void {
  let at = 0;
  for (const unit of batch.units) {
    const published: Published[] = [];
    for (const event of unit.events) {
      published.push(publishedFrom(event, words[at] ?? ''));
      at += 1;
    }
    unit.resolve(published);
  }
}

function publishedFrom(event: PreparedEvent, word: string): Published {
  if (!word.startsWith('=')) return { id: event.id, streamId: word, duplicate: false };
  const end = word.lastIndexOf('@');
  return { id: word.slice(1, end), streamId: word.slice(end + 1), duplicate: true };
}
