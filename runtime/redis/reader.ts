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
  readonly group: string;
  readonly consumer: string;
  readonly logger: Logger;
  readonly inFlight: InFlight;
  /** How long a read waits for new entries, in milliseconds. */
  readonly blockMs: number;
  readonly accept: (entries: readonly RawEntry[]) => void;
  /** Told when the group is not there; resolves when it is again. */
  readonly groupGone: () => Promise<void>;
  /** Told when a read was lost: entries may be pending for this consumer that it never saw. */
  readonly readLost: () => void;
}

/** Reads the stream for as long as it runs, as many entries as there are free slots. */
export class Reader {
  readonly #options: ReaderOptions;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #blocked = false;
  #clientId: string | undefined;
  #progressAt = performance.now();

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
    const { link, inFlight, logger, accept, groupGone, readLost } = this.#options;
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
        const entries = await this.#read(free);
        if (entries.length > 0) accept(entries);
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

  async #read(count: number): Promise<readonly RawEntry[]> {
    const { link, group, consumer, stream, blockMs } = this.#options;
    this.#blocked = true;
    try {
      const read = link.redis.xreadgroup(
        'GROUP',
        group,
        consumer,
        'COUNT',
        count,
        'BLOCK',
        blockMs,
        'STREAMS',
        stream,
        '>',
      );
      const reply = (await link.watch(read, blockMs)) as [stream: string, entries: RawEntry[]][] | null;
      return reply?.[0]?.[1] ?? [];
    } finally {
      this.#blocked = false;
    }
  }
}
