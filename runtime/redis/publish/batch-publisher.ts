import { EventBusError } from '../../errors.js';
import { randomName } from '../../event/ids.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import type { Link } from '../connection/link.js';
import type { LossWatch } from '../connection/loss-watch.js';
import type { MemoryFigures } from '../connection/memory-guard.js';
import { replyCode } from '../connection/redis-error.js';
import { redisRefusal } from '../connection/redis-refusal.js';
import type { ReplicatedScripts } from '../connection/replicated-calls.js';
import { countPublished } from '../statistics/count-published.js';
import type { Keys } from '../store/keys.js';
import { type Batch, BatchSender } from './batch-sender.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { DuplicateSearch } from './duplicate-search.js';
import type { PendingBytes } from './pending-bytes.js';
import type { RoutedBy } from './publish-call.js';
import { PublishQueue, PublishUnit } from './publish-queue.js';
import { outcomeUnknownError, parsePublishReply } from './publish-reply.js';
import { unavailableError } from './unavailable-error.js';
import { WrittenEvents } from './written-events.js';

export interface BatchPublisherOptions {
  readonly connection: Link;
  /** Undefined if a publish does not wait for replicas. */
  readonly replicated: ReplicatedScripts | undefined;
  readonly keys: Keys;
  readonly breaker: CircuitBreaker;
  readonly memory: MemoryFigures;
  readonly lossWatch: LossWatch;
  readonly map: RoutedBy;
  /** Maximum time of a publish, in milliseconds. */
  readonly deadlineMs: number;
  /** The envelopes that wait for Redis, of all partitions. */
  readonly pending: PendingBytes;
}

/** Limits of one call: with more than about 1,000 events, a script would delay the commands of other clients. */
const maxBatchEvents = 1_000;
/**
 * A call has more events than this only if the maximum number of calls is in flight: while Redis executes one call, this
 * process prepares the next. With one large call, each would wait for the other (`npm run bench -- --only publish`: 1.2 and
 * 1.8 × raw).
 */
const fairBatchEvents = 64;
const maxBatchBytes = 1024 * 1024;
/** Maximum number of calls in flight: enough to keep Redis busy during the network delay. */
const maxInFlight = 8;
/** Maximum number of events of a batch that is written all or none: it blocks Redis for about a tenth of a second. */
const maxUnitEvents = 10_000;
/** Maximum time that a close spends on counting published events, in milliseconds. */
const countLimitMs = 500;

/** Accepts publishes, and sends all publishes of one tick in one call. */
export class BatchPublisher {
  readonly #options: BatchPublisherOptions;
  readonly #written: WrittenEvents;
  readonly #queue: PublishQueue;
  readonly #duplicates: DuplicateSearch;
  readonly #sender: BatchSender;
  #flushing = false;
  #inFlight = 0;
  #closed = false;

  constructor(options: BatchPublisherOptions) {
    this.#options = options;
    const { connection, replicated, keys, breaker, map, deadlineMs } = options;
    this.#queue = new PublishQueue(options.pending);
    const ring = keys.ring(randomName());
    this.#written = new WrittenEvents(connection, keys, ring, deadlineMs);
    this.#duplicates = new DuplicateSearch({
      connection,
      replicated,
      keys,
      ring,
      breaker,
      deadlineMs,
      written: this.#written,
    });
    this.#sender = new BatchSender({ connection, replicated, keys, ring, map, deadlineMs });
  }

  /**
   * Writes all of `events` or none.
   * @param deadline Time until which they are sent, by `performance.now()`. Default: after `deadlineMs`.
   * @throws EventBusError the same errors as {@link Publisher.publish}; the `replyCode` of an error is `EPOCH` if the partition map
   * has changed: nothing was written, and the events must be routed by the new map
   */
  publish(
    events: readonly PreparedEvent[],
    deadline = performance.now() + this.#options.deadlineMs,
  ): Promise<readonly Published[]> {
    return new Promise((resolve, reject) => {
      const bytes = sizeOf(events);
      const refusal = this.#refusal(events.length, bytes);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      const unit = new PublishUnit({ events, bytes, deadline, resolve, reject });
      this.#queue.accepted(unit);
      this.#accept(unit);
    });
  }

  /**
   * What is known of events that may have been written in this partition before, when it had their keys:
   * `=<event id>@<stream id>` for each, undefined if nothing.
   * @throws EventBusError `UNAVAILABLE` at the deadline, `OVERLOADED`, the errors of `redisRefusal`
   */
  async findWritten(events: readonly PreparedEvent[], deadline: number): Promise<readonly (string | undefined)[]> {
    const { pending, connection } = this.#options;
    const unit = { bytes: sizeOf(events) };
    const overload = pending.refusal(unit.bytes, this.#queue.bytes, connection.isReady);
    if (overload !== undefined) throw overload;
    this.#queue.accepted(unit);
    try {
      return await this.#duplicates.findWritten(events, deadline);
    } finally {
      this.#queue.answered(unit);
    }
  }

  /** Resolves when all accepted publishes have ended. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** To be called after a reconnect: Redis may have lost writes that were not yet on disk. */
  reconnected(): void {
    this.#written.forgetAll();
  }

  /** Refuses further publishes; resolves when all accepted ones have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.idle();
    const { connection, keys } = this.#options;
    if (!this.#sender.hasSent || !connection.isReady) return;
    // Without this, they are counted only when a process reads statistics or maintains the stream.
    await countPublished(connection, keys, { limitMs: countLimitMs }).catch(() => undefined);
  }

  /** Events with ids that contain a time are searched for in the stream first; other ids are found only by their key in Redis. */
  #accept(unit: PublishUnit): void {
    if (unit.events.every(({ idTime }) => idTime === undefined)) {
      this.#enqueue(unit);
      return;
    }
    // The trial call of a circuit breaker must reach Redis.
    const known = this.#options.breaker.state === 'closed' ? this.#written.known(unit.events) : undefined;
    if (known === undefined) void this.#readFirst(unit);
    else this.#enqueueUnlessFound(unit, known.found, known.others);
  }

  /** Reads which of a unit's events are in the stream. Other publishers may write afterwards, but not these events. */
  async #readFirst(unit: PublishUnit): Promise<void> {
    try {
      const found = await this.#duplicates.find(unit.events, unit.deadline);
      this.#options.breaker.succeeded();
      this.#enqueueUnlessFound(unit, found, undefined);
    } catch (error) {
      this.#queue.answered(unit);
      unit.reject(EventBusError.from(error));
    }
  }

  #enqueueUnlessFound(unit: PublishUnit, found: readonly (string | undefined)[], others: number | undefined): void {
    unit.others = others;
    if (found.every((streamId) => streamId === undefined)) this.#enqueue(unit);
    else void this.#answer(unit, found);
  }

  async #answer(unit: PublishUnit, found: readonly (string | undefined)[]): Promise<void> {
    try {
      const published = await this.#duplicates.read(unit.events, found, unit.deadline);
      if (published === undefined) {
        this.#written.forgetAll();
        void this.#readFirst(unit);
        return;
      }
      this.#queue.answered(unit);
      unit.resolve(published);
    } catch (error) {
      this.#queue.answered(unit);
      unit.reject(EventBusError.from(error));
    }
  }

  #enqueue(unit: PublishUnit): void {
    this.#queue.add(unit);
    if (this.#flushing) return;
    this.#flushing = true;
    // After all promise callbacks of this tick, so that all publishes of the tick share one call.
    process.nextTick(() => this.#flush());
  }

  #refusal(count: number, bytes: number): EventBusError | undefined {
    const { breaker, connection, memory, pending } = this.#options;
    if (count > maxUnitEvents || bytes > pending.limit) {
      const size = `the batch has ${count} events and ${bytes} bytes, and must be written in one call`;
      const limit = `at most ${maxUnitEvents} events and maxPendingBytes (${pending.limit}) are accepted`;
      return new EventBusError(
        'PAYLOAD_TOO_LARGE',
        `${size}: ${limit}; nothing was sent: publish several smaller batches`,
      );
    }
    if (this.#closed) return new EventBusError('CLOSED', 'the bus is closed: no further events can be published');
    const { isReady } = connection;
    if (!isReady) {
      if (connection.fatal !== undefined) connection.connect();
      if (connection.fatal !== undefined) return connection.fatal;
    }
    if (memory.isHigh) return memory.refusal();
    const overload = pending.refusal(bytes, this.#queue.bytes, isReady);
    if (overload !== undefined) return overload;
    if (!breaker.allows(isReady)) return unavailableError(connection, 'the circuit breaker is open');
    return undefined;
  }

  #flush(): void {
    this.#flushing = false;
    while (this.#queue.length > 0 && this.#inFlight < maxInFlight) {
      const share = Math.ceil(this.#queue.length / (maxInFlight - this.#inFlight));
      this.#inFlight += 1;
      const maxEvents = Math.min(Math.max(share, fairBatchEvents), maxBatchEvents);
      const queued = this.#queue.take(maxEvents, maxBatchBytes);
      const isTracked = queued.others !== undefined || this.#written.isActive;
      void this.#send({ ...queued, isTracked, outcomeUnknown: false });
    }
  }

  async #send(batch: Batch): Promise<void> {
    try {
      const reply = await this.#sender.send(batch);
      this.#options.breaker.succeeded();
      this.#resolve(batch, reply);
    } catch (error) {
      if (replyCode(error) === 'STALE') this.#sendLater(batch);
      else this.#fail(batch, error);
    }
    this.#inFlight -= 1;
    if (this.#queue.length > 0 && !this.#flushing) this.#flush();
  }

  /** Resolves each unit with its part of the reply. */
  #resolve(batch: Batch, reply: string): void {
    const answers = parsePublishReply(batch.units, reply);
    const last = answers.at(-1)?.at(-1);
    if (last?.duplicate === false) {
      this.#options.lossWatch.observe(last.streamId);
      if (batch.others !== undefined) this.#written.knewAllUntil(last.streamId);
    }
    let index = 0;
    for (const unit of batch.units) {
      const published = answers[index] ?? [];
      index += 1;
      if (batch.isTracked) this.#recordWritten(published);
      this.#queue.answered(unit);
      unit.resolve(published);
    }
  }

  #recordWritten(published: readonly Published[]): void {
    for (const { id, streamId, duplicate } of published) if (!duplicate) this.#written.wrote(id, streamId);
  }

  /** The batch was refused because other publishers have written: some of its ids may be in the stream by now. */
  #sendLater({ units }: Batch): void {
    this.#options.breaker.succeeded();
    this.#written.othersWrote();
    for (const unit of units) void this.#readFirst(unit);
  }

  #fail(batch: Batch, error: unknown): void {
    const { breaker, memory } = this.#options;
    const isUnavailable = error instanceof EventBusError;
    if (isUnavailable) breaker.failed();
    else breaker.succeeded();
    if (batch.outcomeUnknown) this.#written.forgetAll();
    const code = replyCode(error);
    for (const unit of batch.units) {
      this.#queue.answered(unit);
      if (batch.outcomeUnknown) unit.reject(outcomeUnknownError(unit.events, error));
      else if (isUnavailable) unit.reject(error);
      else if (code === 'OOM') unit.reject(memory.refusal(error));
      else if (code === 'EPOCH') unit.reject(mapChanged(error));
      else unit.reject(redisRefusal(error) ?? EventBusError.from(error));
    }
  }
}

function sizeOf(events: readonly PreparedEvent[]): number {
  let bytes = 0;
  for (const event of events) bytes += event.bytes;
  return bytes;
}

function mapChanged(cause: unknown): EventBusError {
  const message = 'the number of partitions has changed: nothing was written; publish again';
  return new EventBusError('UNAVAILABLE', message, { cause });
}
