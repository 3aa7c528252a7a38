import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import type { Link } from '../connection/link.js';
import { mayTryAgain } from '../connection/redis-error.js';
import { redisRefusal } from '../connection/redis-refusal.js';
import type { ReplicatedScripts } from '../connection/replicated-calls.js';
import type { Keys } from '../store/keys.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { confirmScript } from './confirm.lua.js';
import { readRemembered } from './publish-call.js';
import { duplicatesOf, outcomeUnknownError } from './publish-reply.js';
import { ringDeadlines } from './ring-slots.js';
import { unavailableError } from './unavailable-error.js';
import type { WrittenEvents } from './written-events.js';

export interface DuplicateSearchOptions {
  readonly connection: Link;
  /** Undefined if a publish does not wait for replicas. */
  readonly replicated: ReplicatedScripts | undefined;
  readonly keys: Keys;
  /** Key of the publisher's ring. */
  readonly ring: string;
  readonly breaker: CircuitBreaker;
  readonly written: WrittenEvents;
  /** Maximum time of a publish, in milliseconds. */
  readonly deadlineMs: number;
}

/** Pause after a failed search, in milliseconds. */
const pauseMs = 20;

/** Searches the stream for events that are published with explicit ids. */
export class DuplicateSearch {
  readonly #options: DuplicateSearchOptions;

  constructor(options: DuplicateSearchOptions) {
    this.#options = options;
  }

  /** @returns For each event its stream id, undefined if it is not in the stream. @param deadline By `performance.now()` */
  find(events: readonly PreparedEvent[], deadline: number): Promise<readonly (string | undefined)[]> {
    // An id without a time cannot be searched for: it is found only by its key in Redis.
    const findOne = ({ id, idTime }: PreparedEvent) =>
      idTime === undefined ? undefined : this.#find(id, idTime, deadline);
    return Promise.all(events.map(findOne));
  }

  /** What the stream and the keys of this partition say about each event: `=<event id>@<stream id>`, undefined if nothing. */
  async findWritten(events: readonly PreparedEvent[], deadline: number): Promise<readonly (string | undefined)[]> {
    const read = async () => this.#words(events, await this.find(events, deadline), deadline);
    const words = await read();
    const found = events.filter((_, index) => words[index] !== undefined);
    if (found.length === 0) return words;
    const published = duplicatesOf(
      found,
      words.filter((word) => word !== undefined),
    );
    if (await this.#areReplicated(found, published, deadline)) return words;
    // A failover has lost them since they were read.
    this.#options.written.forgetAll();
    return read();
  }

  /**
   * Returns the result of the earlier publish. A batch is written all or none: if one of its events was `found`, all were
   * written, and Redis remembers the stream ids of the others.
   * @returns undefined if a failover has lost them since they were found
   * @throws EventBusError `CONFLICT` when one is missing; `OUTCOME_UNKNOWN` when too few replicas have them at the deadline
   */
  async read(
    events: readonly PreparedEvent[],
    found: readonly (string | undefined)[],
    deadline: number,
  ): Promise<readonly Published[] | undefined> {
    const published = duplicatesOf(events, await this.#words(events, found, deadline));
    return (await this.#areReplicated(events, published, deadline)) ? published : undefined;
  }

  /** Reads the keys of the events that were not found in the stream. */
  #words(
    events: readonly PreparedEvent[],
    found: readonly (string | undefined)[],
    deadline: number,
  ): Promise<readonly (string | undefined)[]> {
    const { connection, keys } = this.#options;
    const wordOf = (event: PreparedEvent, streamId: string | undefined) =>
      streamId !== undefined
        ? `=${event.id}@${streamId}`
        : connection.ask((redis) => readRemembered(redis, keys, event), deadline - performance.now());
    return Promise.all(events.map((event, index) => wordOf(event, found[index])));
  }

  /** Waits until enough replicas have the events. @returns false if the stream no longer has them */
  async #areReplicated(
    events: readonly PreparedEvent[],
    published: readonly Published[],
    deadline: number,
  ): Promise<boolean> {
    const { replicated, keys, ring, deadlineMs } = this.#options;
    if (replicated === undefined) return true;
    const ids = published.map(({ streamId }) => streamId);
    const input = confirmScript.encode({ events: keys.events, ring, ringTtlMs: 2 * ringDeadlines * deadlineMs, ids });
    let failure: unknown;
    for (;;) {
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw outcomeUnknownError(events, failure);
      try {
        return (await replicated.run(confirmScript, input, leftMs)) === 1;
      } catch (error) {
        if (!mayTryAgain(error)) throw redisRefusal(error) ?? EventBusError.from(error);
        failure = error;
        await sleep(pauseMs);
      }
    }
  }

  async #find(id: string, madeAt: number, deadline: number): Promise<string | undefined> {
    const { connection, written, breaker, deadlineMs } = this.#options;
    while (await connection.whenReady(deadline - performance.now())) {
      try {
        return await written.find(id, madeAt);
      } catch (error) {
        if (!mayTryAgain(error)) {
          breaker.succeeded();
          throw redisRefusal(error) ?? EventBusError.from(error);
        }
        await sleep(pauseMs);
      }
    }
    breaker.failed();
    throw unavailableError(connection, `no reply within ${deadlineMs} ms`);
  }
}
