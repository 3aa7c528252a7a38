import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logger.js';
import type { InFlight } from './in-flight.js';
import { isConnectionError, type Link } from './link.js';

/** One entry as XREADGROUP and XCLAIM give it: its id and its fields and values in turn. */
export type RawEntry = readonly [id: string, fields: readonly string[] | null];

export interface ReaderOptions {
  /** A connection of its own: a read that blocks would hold up everything else on it. */
  readonly link: Link;
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
  readonly groupGone: () => Promise<void>;
  /** Told when a read was lost: entries may be pending for this consumer that it never saw. */
  readonly readLost: () => void;
}

/** How long a read waits in milliseconds where replays must be asked for by themselves, and while they have their share. */
const replayPollMs = 250;
const replayPauseMs = 20;

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
  #progressAt = performance.now();
  /** Whether there may be more live events now: the last read brought all it asked for. */
  #backlog = true;
  #replaying = false;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.#options.link.connect();
    this.#loop = this.#run();
  }

  /** How long ago the loop last went round, in milliseconds. */
  get idleMs(): number {
    return performance.now() - this.#progressAt;
  }

  /** Ends the loop without losing what a read under way still brings. @param unblock Sends on another connection. */
  async stop(unblock: (clientId: string) => Promise<unknown>): Promise<void> {
    this.#running = false;
    const clientId = this.#clientId;
    if (this.#blocked && clientId !== undefined) await unblock(clientId).catch(() => undefined);
    await Promise.race([this.#loop, sleep(500, undefined, { ref: false })]);
    this.#options.link.close();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { link, inFlight, logger, groupGone, readLost } = this.#options;
    while (this.#running) {
      this.#progressAt = performance.now();
      if (!link.isReady) {
        this.#clientId = undefined;
        await link.whenReady(1_000);
        continue;
      }
      const free = inFlight.free;
      if (free === 0) {
        // Everything is busy, which is progress enough; a handler that hangs is ended by its timeout.
        await Promise.race([inFlight.changed(), sleep(1_000, undefined, { ref: false })]);
        continue;
      }
      try {
        this.#clientId ??= String(await link.watch(link.redis.client('ID')));
        await this.#readOnce(free);
      } catch (error) {
        if (!this.#running) return;
        if (error instanceof Error && error.message.startsWith('NOGROUP')) {
          await groupGone().catch((cause: unknown) =>
            logger.error({ err: cause }, 'could not make the consumer group'),
          );
        } else if (isConnectionError(error)) {
          readLost();
        } else {
          logger.error({ err: error }, 'reading the event stream failed; trying again');
        }
        await sleep(50, undefined, { ref: false });
      }
    }
  }

  async #readOnce(free: number): Promise<void> {
    const { stream, replayStream, blockMs, inFlight } = this.#options;
    if (this.#backlog) {
      this.#backlog = (await this.#read(free, undefined, stream)) === free;
      return;
    }
    const room = inFlight.freeForReplays;
    if (room === 0) {
      this.#backlog = (await this.#read(free, replayPauseMs, stream)) === free;
    } else if (free === 1) {
      // COUNT is per stream: both in one read could bring two.
      const live = await this.#read(1, this.#replaying ? undefined : replayPollMs, stream);
      if (live === 0) this.#replaying = (await this.#read(1, undefined, replayStream)) > 0;
    } else {
      const count = Math.min(room, Math.floor(free / 2));
      this.#backlog = (await this.#read(count, blockMs, stream, replayStream)) === count;
    }
  }

  /** Hands on what it reads; gives how many entries the first stream had. @param block Undefined: does not wait. */
  async #read(count: number, block: number | undefined, ...streams: readonly string[]): Promise<number> {
    const { link, group, consumer, stream, accept, acceptReplays } = this.#options;
    const wait = block === undefined ? [] : ['BLOCK', String(block)];
    const args = ['GROUP', group, consumer, 'COUNT', String(count), ...wait, 'STREAMS', ...streams];
    for (const _ of streams) args.push('>');
    this.#blocked = true;
    let reply: readonly (readonly [name: string, entries: readonly RawEntry[]])[] | null;
    try {
      reply = (await link.watch(link.redis.call('XREADGROUP', ...args), block)) as typeof reply;
    } finally {
      this.#blocked = false;
    }
    let first = 0;
    for (const [name, entries] of reply ?? []) {
      if (name === streams[0]) first = entries.length;
      if (name === stream) accept(entries);
      else acceptReplays(entries);
    }
    return first;
  }
}
