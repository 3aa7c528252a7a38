import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../logger.js';
import { ReadSize } from '../connection/read-size.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { failureKind, replyCode } from '../connection/redis-error.js';
import type { InFlight } from './in-flight.js';
import { LoopState } from './loop-state.js';

/** One entry as XREADGROUP and XCLAIM give it: its id and its fields and values in turn. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null];

export interface ReaderOptions {
  /** A connection of its own: a read that blocks would hold up everything else on it. */
  readonly connection: RedisConnection;
  readonly stream: string;
  readonly replayStream: string;
  readonly group: string;
  readonly consumer: string;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  /** How long a read waits for new entries, in milliseconds. */
  readonly blockMs: number;
  readonly accept: (entries: readonly RawEntry[]) => void;
  readonly acceptReplays: (entries: readonly RawEntry[]) => void;
  /** Told when the group is not there; resolves when it is again. */
  readonly onGroupMissing: () => Promise<void>;
  /** Told when a read was lost: entries may be pending for this consumer that it never saw. */
  readonly onReadLost: () => void;
}

/** How long a read waits in milliseconds where replays must be asked for by themselves, and while they have their share. */
const replayPollMs = 250;
const replayPauseMs = 20;
/** The first wait after a read that failed, and the longest, in milliseconds. */
const firstWaitMs = 50;
const longestWaitMs = 1_000;

/**
 * Reads the streams for as long as it runs, as many entries as there are free slots: replays only once the last read has
 * brought every live event there was.
 */
export class Reader {
  readonly #options: ReaderOptions;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #blocked = false;
  #clientId: string | undefined;
  readonly #state = new LoopState();
  readonly #size = new ReadSize();
  #waitMs = firstWaitMs;
  /** Whether there may be more live events now: the last read brought all it asked for. */
  #backlog = true;
  #replaying = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#options.connection.connect();
    this.#loop = this.#run();
  }

  /** How long ago a read last succeeded, or all places were busy, in milliseconds. */
  get idleMs(): number {
    return this.#state.idleMs;
  }

  /** Why it cannot read events now; undefined while it can. */
  get problem(): string | undefined {
    const { connection } = this.#options;
    if (this.#state.refusal !== undefined) return this.#state.refusal;
    if (!this.#running || connection.isReady) return undefined;
    return connection.lastError instanceof Error ? connection.lastError.message : 'it is not connected';
  }

  /** Verifies, without taking an entry, that this consumer may read: connected, permitted, the streams and the group there. */
  async verify(timeoutMs: number): Promise<void> {
    const { connection, stream, replayStream, group, consumer } = this.#options;
    connection.connect();
    if (!(await connection.whenReady(timeoutMs))) {
      throw (
        connection.fatal ?? connection.lastError ?? new Error('the connection that reads events is not there in time')
      );
    }
    await this.#readClientId();
    // What is pending for it, which is nothing.
    const args = ['GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, replayStream, '0', '0'];
    await connection.tryOnce((redis) => redis.call('XREADGROUP', args));
  }

  /** Ends before it was started. */
  giveUp(): void {
    this.#options.connection.close();
  }

  /** Ends the loop without losing what a read under way still brings. @param unblock Sends on another connection. */
  async stop(unblock: (clientId: string) => Promise<unknown>): Promise<void> {
    this.#running = false;
    const clientId = this.#clientId;
    if (this.#blocked && clientId !== undefined) await unblock(clientId).catch(() => undefined);
    await Promise.race([this.#loop, sleep(500, undefined, { ref: false })]);
    this.#options.connection.close();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { connection, inFlight } = this.#options;
    while (this.#running) {
      if (!connection.isReady) {
        this.#clientId = undefined;
        await connection.whenReady(1_000);
        continue;
      }
      const free = inFlight.free;
      if (free === 0) {
        // Everything is busy, which is progress enough; a handler that hangs is ended by its timeout.
        this.#state.succeeded();
        await Promise.race([inFlight.changed(), sleep(1_000, undefined, { ref: false })]);
        continue;
      }
      try {
        if (this.#clientId === undefined) await this.#readClientId();
        await this.#readOnce(free);
        this.#state.succeeded();
        this.#waitMs = firstWaitMs;
      } catch (error) {
        if (!this.#running) return;
        await this.#failed(error);
        await sleep(this.#waitMs, undefined, { ref: false });
        this.#waitMs = Math.min(2 * this.#waitMs, longestWaitMs);
      }
    }
  }

  async #readClientId(): Promise<void> {
    this.#clientId = String(await this.#options.connection.tryOnce((redis) => redis.client('ID')));
  }

  async #failed(error: unknown): Promise<void> {
    const { logger, onGroupMissing, onReadLost } = this.#options;
    if (replyCode(error) === 'NOGROUP') {
      await onGroupMissing().catch((cause: unknown) => {
        if (this.#state.failed(cause)) logger.error({ err: cause }, 'could not make the consumer group');
      });
      return;
    }
    const kind = failureKind(error);
    if (kind === 'lost' || kind === 'unsent') {
      if (kind === 'lost') onReadLost();
      return;
    }
    // The same again and again is logged once.
    if (this.#state.failed(error)) logger.error({ err: error }, 'Redis refuses to read the event stream; trying again');
  }

  async #readOnce(free: number): Promise<void> {
    const { stream, replayStream, blockMs, inFlight } = this.#options;
    const most = this.#size.limit(free);
    if (this.#backlog) {
      this.#backlog = (await this.#read(most, undefined, stream)) === most;
      return;
    }
    const room = inFlight.freeForReplays;
    if (room === 0) {
      this.#backlog = (await this.#read(most, replayPauseMs, stream)) === most;
    } else if (free === 1) {
      // COUNT is per stream: both in one read could bring two.
      const live = await this.#read(1, this.#replaying ? undefined : replayPollMs, stream);
      if (live === 0) this.#replaying = (await this.#read(1, undefined, replayStream)) > 0;
    } else {
      const count = this.#size.limit(Math.min(room, Math.floor(free / 2)));
      this.#backlog = (await this.#read(count, blockMs, stream, replayStream)) === count;
    }
  }

  /** Hands on what it reads; gives how many entries the first stream had. @param block Undefined: does not wait. */
  async #read(count: number, block: number | undefined, ...streams: readonly string[]): Promise<number> {
    const { connection, group, consumer, stream, accept, acceptReplays } = this.#options;
    const wait = block === undefined ? [] : ['BLOCK', String(block)];
    const args = ['GROUP', group, consumer, 'COUNT', String(count), ...wait, 'STREAMS', ...streams];
    for (const _ of streams) args.push('>');
    this.#blocked = true;
    let reply: readonly (readonly [name: string, entries: readonly RawEntry[]])[] | null;
    try {
      reply = (await connection.tryOnce((redis) => redis.call('XREADGROUP', args), block)) as typeof reply;
    } finally {
      this.#blocked = false;
    }
    let first = 0;
    for (const [name, entries] of reply ?? []) {
      this.#size.observe(entries.length, bytesOf(entries));
      if (name === streams[0]) first = entries.length;
      if (name === stream) accept(entries);
      else acceptReplays(entries);
    }
    return first;
  }
}

/** About how many bytes entries have: characters, which most often are bytes. */
function bytesOf(entries: readonly RawEntry[]): number {
  let bytes = 0;
  for (const [, fields] of entries) for (const field of fields ?? []) bytes += field.length;
  return bytes;
}
