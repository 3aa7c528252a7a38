import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger.js';
import type { Link } from '../connection/link.js';
import type { LossWatch } from '../connection/loss-watch.js';
import { ReadSize } from '../connection/read-size.js';
import { failureKind, RedirectedError, replyCode } from '../connection/redis-error.js';
import type { EntryLane } from './entry-lane.js';
import type { InFlight } from './in-flight.js';
import type { EnteredDeliveries } from './key-queues.lua.js';
import { LoopState } from './loop-state.js';
import type { RawEntry } from './raw-entry.js';
import type { ReadTurn, ReadTurns } from './read-turns.js';

export interface ReaderOptions {
  /** Index of the partition. */
  readonly partition: number;
  /** The link for calls that do not block. */
  readonly connection: Link;
  /** Makes a separate connection: a read that waits would delay all other calls on it. */
  readonly openBlocking: () => BlockingLink;
  readonly turns: ReadTurns;
  readonly live: EntryLane;
  readonly replay: EntryLane;
  readonly group: string;
  readonly consumer: string;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  readonly lossWatch: LossWatch;
  readonly gate: ReadGate;
}

/** Whether the partition may be read. */
interface ReadGate {
  readonly isOpen: boolean;
  /** Aborted when it may be read. */
  readonly opening: AbortSignal;
}

/** A link for one user, who closes it. */
type BlockingLink = Link & { close(): void };

type ReadReply = readonly (readonly [name: string, entries: readonly RawEntry[]])[] | null;

/** What a read has returned; of its first lane, if nothing else is said. */
interface ReadResult {
  /** Number of entries. */
  readonly found: number;
  /** Number of entries of the second lane. */
  readonly foundOther: number;
  /** Whether there may be more: as many as requested, or no place was free. */
  readonly isFull: boolean;
  /** Whether no place was free: nothing was read. */
  readonly isSkipped: boolean;
}

const nothingCompleted: readonly string[] = [];
/** How long a read waits if replays are read separately, and while replays use all their slots, in milliseconds. */
const replayPollMs = 250;
const replayPauseMs = 20;
/** Maximum time that a reader sleeps, in milliseconds: then it checks again whether it may read and wait. */
const longestSleepMs = 1_000;
/** Wait between two counts of the waiting deliveries, in milliseconds, while there are too many to read more. */
const fullPauseMs = 50;
/** First and longest wait after a failed read, in milliseconds. */
const firstWaitMs = 50;
const longestWaitMs = 1_000;

/**
 * The read loop of one partition: reads as many entries as there are free slots. Replayed events are read only after a read has
 * returned all live events.
 */
export class Reader {
  readonly #options: ReaderOptions;
  #running = false;
  /** For reads that wait, and for all reads of a partition for which this process waits. */
  #blocking: BlockingLink | undefined;
  readonly #stopping = new AbortController();
  /** When the partition is polled again, by `performance.now()`. */
  #pollAt = 0;
  #loop: Promise<void> = Promise.resolve();
  #blocked = false;
  #clientId: string | undefined;
  readonly #state = new LoopState();
  readonly #size = new ReadSize();
  #waitMs = firstWaitMs;
  /** Whether there may be more live events: the last read returned as many as requested. */
  #backlog = false;
  /** When the last reads that returned live events were, by `performance.now()`. */
  #foundAt = Number.NEGATIVE_INFINITY;
  #foundBefore = Number.NEGATIVE_INFINITY;
  #replaying = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#loop = this.#run();
  }

  /** Time since the last successful read, or since all slots were in use, in milliseconds. */
  get idleMs(): number {
    return this.#state.idleMs;
  }

  /** Why events cannot be read now; undefined while reading works. */
  get problem(): string | undefined {
    const connection = this.#blocking ?? this.#options.connection;
    if (this.#state.refusal !== undefined) return this.#state.refusal;
    if (!this.#running || connection.isReady) return undefined;
    return connection.lastError instanceof Error ? connection.lastError.message : 'there is no connection to Redis';
  }

  /** Verifies, without reading an entry, that this consumer can read: connection, permissions, streams and groups. */
  async verify(timeoutMs: number): Promise<void> {
    const { live, replay, group, consumer } = this.#options;
    const connection = this.#link();
    if (!(await connection.whenReady(timeoutMs))) {
      throw (
        connection.fatal ?? connection.lastError ?? new Error('the connection for reading events was not ready in time')
      );
    }
    await this.#readClientId(connection);
    // Reads the pending entries of this consumer, of which there are none.
    const streams = [live.spec.stream, replay.spec.stream];
    const args = ['GROUP', group, consumer, 'COUNT', 1, 'STREAMS', ...streams, '0', '0'];
    await connection.tryOnce((redis) => redis.call('XREADGROUP', args));
  }

  /** Closes a reader that was not started. */
  giveUp(): void {
    this.#stopping.abort();
    this.#blocking?.close();
  }

  /** Ends the loop without losing the entries of a running read. @param unblock Interrupts it, on another connection. */
  async stop(unblock: (clientId: string) => Promise<unknown>): Promise<void> {
    this.#running = false;
    this.#stopping.abort();
    const clientId = this.#clientId;
    if (this.#blocked && clientId !== undefined) await unblock(clientId).catch(() => undefined);
    await Promise.race([this.#loop, sleep(500, undefined, { ref: false })]);
    this.#blocking?.close();
    await this.#loop;
  }

  /** The connection for the next read: its own one if this process waits for the partition. */
  #link(): Link {
    const { connection, openBlocking, turns, partition } = this.#options;
    const now = performance.now();
    if (turns.waitsFor(partition, { lastMs: now - this.#foundAt, previousMs: now - this.#foundBefore })) {
      this.#blocking ??= openBlocking();
      this.#blocking.connect();
      return this.#blocking;
    }
    this.#blocking?.close();
    this.#blocking = undefined;
    this.#clientId = undefined;
    return connection;
  }

  async #run(): Promise<void> {
    const { live, inFlight, gate } = this.#options;
    const { places, server } = inFlight;
    const opening = AbortSignal.any([gate.opening, this.#stopping.signal]);
    while (this.#running) {
      if (!gate.isOpen) {
        // The parent of the partition must be read first, which counts as progress.
        this.#state.succeeded();
        await sleep(longestSleepMs, undefined, { ref: false, signal: opening }).catch(() => undefined);
        continue;
      }
      const connection = this.#link();
      if (!connection.isReady) {
        this.#clientId = undefined;
        await connection.whenReady(1_000);
        continue;
      }
      if (live.queues.areFull) {
        // Too many deliveries wait in key queues, which counts as progress: others of this group end first.
        this.#state.succeeded();
        await sleep(fullPauseMs, undefined, { ref: false });
        await live.queues.count().catch(() => undefined);
        continue;
      }
      if (this.#mustPause()) {
        const options = { ref: false, signal: this.#stopping.signal };
        const pauseMs = Math.min(this.#pollAt - performance.now(), longestSleepMs);
        // In a group of many processes, each polls a partition rarely.
        this.#state.pause();
        await sleep(pauseMs, undefined, options).catch(() => undefined);
        this.#state.resume();
        continue;
      }
      const turn = places.turn(this.#backlog ? 'work' : 'poll', server(), this.#stopping.signal);
      if (turn !== undefined) {
        // All places are in use, which counts as progress; a handler that hangs is ended by its timeout.
        this.#state.pause();
        await turn;
        this.#state.succeeded();
        // The connection may have been lost meanwhile.
        if (!this.#running || !connection.isReady) continue;
      }
      try {
        if (this.#clientId === undefined && connection === this.#blocking) await this.#readClientId(connection);
        await this.#readOnce(connection);
        this.#state.succeeded();
        this.#waitMs = firstWaitMs;
      } catch (error) {
        if (!this.#running) return;
        // The next read may go to another server.
        this.#clientId = undefined;
        await this.#failed(error);
        await sleep(this.#waitMs, undefined, { ref: false });
        this.#waitMs = Math.min(2 * this.#waitMs, longestWaitMs);
      }
    }
  }

  async #readClientId(connection: Link): Promise<void> {
    this.#clientId = String(await connection.tryOnce((redis) => redis.client('ID')));
  }

  async #failed(error: unknown): Promise<void> {
    const { logger, consumer } = this.#options;
    if (replyCode(error) === 'NOGROUP') {
      await this.#ensureGroups();
      return;
    }
    const kind = failureKind(error);
    if (kind === 'lost') {
      logger.warn(
        { consumer },
        'the reply of a read was lost; its entries are delivered again when their leases expire',
      );
    }
    // The next read follows the keys to another server.
    if (kind === 'lost' || kind === 'unsent' || error instanceof RedirectedError) return;
    // A repeated error is logged only once.
    if (this.#state.failed(error)) logger.error({ err: error }, 'Redis refuses to read the event stream; trying again');
  }

  async #ensureGroups(): Promise<void> {
    const { live, replay, logger } = this.#options;
    try {
      await live.ensureGroup();
      await replay.ensureGroup();
    } catch (cause) {
      if (this.#state.failed(cause)) logger.error({ err: cause }, 'could not create the consumer group');
    }
  }

  /** Whether the partition is polled, and it is not time for it. */
  #mustPause(): boolean {
    return this.#blocking === undefined && !this.#backlog && this.#pollAt > performance.now();
  }

  async #readOnce(connection: Link): Promise<void> {
    const { live, turns, inFlight } = this.#options;
    if (this.#backlog) {
      this.#backlog = (await this.#read(connection, inFlight.places.free, undefined, live)).isFull;
      return;
    }
    if (this.#blocking === undefined) return this.#poll(connection);
    const turn = turns.next();
    if (turn !== undefined) await this.#wait(connection, turn);
  }

  /** Reads both streams, and waits for entries. */
  async #wait(connection: Link, { places, blockMs }: ReadTurn): Promise<void> {
    const { live, replay, inFlight } = this.#options;
    const replaySlots = replay.spec.freeSlots(inFlight.places);
    if (replaySlots === 0) {
      this.#backlog = (await this.#read(connection, places, Math.min(replayPauseMs, blockMs), live)).isFull;
    } else if (places === 1) {
      // COUNT is per stream: one read of both streams could return two entries.
      const block = this.#replaying ? undefined : Math.min(replayPollMs, blockMs);
      const { found } = await this.#read(connection, 1, block, live);
      if (found === 0) this.#replaying = (await this.#read(connection, 1, undefined, replay)).found > 0;
    } else {
      const each = Math.min(replaySlots, Math.floor(places / 2));
      this.#backlog = (await this.#read(connection, each, blockMs, live, replay)).isFull;
    }
  }

  /** Reads one entry of each stream without waiting: this takes few places from the partitions that have entries. */
  async #poll(connection: Link): Promise<void> {
    const { turns, live, replay, inFlight } = this.#options;
    this.#pollAt = performance.now() + turns.pollMs;
    const { places, server } = inFlight;
    const isEnough = places.freeOn(server()) > 1;
    const withReplay = isEnough && !this.#replaying && replay.spec.freeSlots(places) > 0;
    const polled = await this.#read(connection, 1, undefined, live, withReplay ? replay : undefined);
    this.#backlog = polled.isFull && !polled.isSkipped;
    this.#replaying ||= polled.foundOther > 0;
    if (polled.isSkipped) this.#pollAt = 0;
    const replaySlots = replay.spec.freeSlots(places);
    if (this.#backlog || replaySlots === 0 || (withReplay && !this.#replaying)) return;
    const replayed = await this.#read(connection, replaySlots, undefined, replay);
    this.#replaying = replayed.isFull;
    // A full read is followed by the next one at once.
    if (replayed.isFull) this.#pollAt = 0;
  }

  /**
   * Reads entries and passes them on: fewer than wanted if not enough places are free, none of the second lane if only one is free.
   * @param most Maximum number of entries of each lane. @param block Undefined: does not wait.
   */
  async #read(
    connection: Link,
    most: number,
    block: number | undefined,
    first: EntryLane,
    second?: EntryLane,
  ): Promise<ReadResult> {
    const { group, consumer, inFlight } = this.#options;
    let found = 0;
    let foundOther = 0;
    let wanted = 0;
    let sentAt = 0;
    const send = async (limit: number) => {
      const isOfBoth = second !== undefined && limit > 1;
      wanted = isOfBoth ? Math.floor(limit / 2) : limit;
      const args = ['GROUP', group, consumer, 'COUNT', String(wanted)];
      if (block !== undefined) args.push('BLOCK', String(block));
      if (isOfBoth) args.push('STREAMS', first.spec.stream, second.spec.stream, '>', '>');
      else args.push('STREAMS', first.spec.stream, '>');
      this.#blocked = true;
      sentAt = performance.now();
      let reply: ReadReply;
      try {
        reply = (await connection.tryOnce((redis) => redis.call('XREADGROUP', args), block)) as ReadReply;
      } finally {
        this.#blocked = false;
      }
      const mustEnter = reply !== null && first.queues.areUsed;
      return { reply, entered: mustEnter ? await enterAll(reply, sentAt, first, second) : undefined };
    };
    const count = this.#size.limit(most);
    const { places, server } = inFlight;
    const request = {
      server: server(),
      most: second === undefined ? count : 2 * count,
      quarantined: 0,
      isWaiting: block !== undefined,
    };
    await places.reserve(request, send, ({ reply, entered }) => {
      for (const [name, entries] of reply ?? []) {
        this.#size.observe(entries.length, bytesOf(entries));
        const isFirst = name === first.spec.stream;
        if (isFirst) found = entries.length;
        else foundOther = entries.length;
        this.#accept(isFirst ? first : (second ?? first), entries, sentAt, entered?.get(name));
      }
    });
    return { found, foundOther, isFull: found === wanted, isSkipped: wanted === 0 };
  }

  #accept(lane: EntryLane, entries: readonly RawEntry[], sentAt: number, entered: EnteredDeliveries | undefined): void {
    for (const entry of entries) lane.accept(entry, 1, nothingCompleted, sentAt, entered);
    const last = entries.at(-1);
    if (last === undefined || lane.spec.kind === 'replay') return;
    this.#options.lossWatch.observe(last[0]);
    this.#foundBefore = this.#foundAt;
    this.#foundAt = performance.now();
  }
}

/** Enters the entries of a read into the key queues, by stream. */
async function enterAll(
  reply: ReadReply,
  sentAt: number,
  first: EntryLane,
  second: EntryLane | undefined,
): Promise<ReadonlyMap<string, EnteredDeliveries>> {
  const entered = new Map<string, EnteredDeliveries>();
  for (const [name, entries] of reply ?? []) {
    const { queues } = name === first.spec.stream ? first : (second ?? first);
    if (entries.length > 0) entered.set(name, await queues.enter(entries, sentAt));
  }
  return entered;
}

/** Approximate size of entries in bytes: counts characters, most of which are one byte. */
function bytesOf(entries: readonly RawEntry[]): number {
  let bytes = 0;
  for (const [, fields] of entries) for (const field of fields ?? []) bytes += field.length;
  return bytes;
}
