import { setTimeout as sleep } from 'node:timers/promises';
import { EventBusError } from '../../errors.js';
import type { PreparedEvent } from '../../publish/prepare-event.js';
import type { Published } from '../../publish/publisher.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { mayTryAgain } from '../connection/redis-error.js';
import { redisRefusal } from '../connection/redis-refusal.js';
import type { Keys } from '../store/keys.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { readRemembered } from './publish-call.js';
import { duplicatesOf } from './publish-reply.js';
import { unavailableError } from './unavailable-error.js';
import type { WrittenEvents } from './written-events.js';

export interface DuplicateSearchOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly breaker: CircuitBreaker;
  readonly written: WrittenEvents;
  /** How long a publish is tried, in milliseconds. */
  readonly deadlineMs: number;
}

/** The pause after a search that failed, in milliseconds. */
const pauseMs = 20;

/** Finds out whether events that are published under their ids are in the stream already. */
export class DuplicateSearch {
  readonly #options: DuplicateSearchOptions;

  constructor(options: DuplicateSearchOptions) {
    this.#options = options;
  }

  /** @returns Stream ids of the events that are in the stream, one an event. @param deadline By `performance.now()` */
  find(events: readonly PreparedEvent[], deadline: number): Promise<readonly (string | undefined)[]> {
    return Promise.all(events.map(({ explicitId, id }) => (explicitId ? this.#find(id, deadline) : undefined)));
  }

  /**
   * What was written before. A batch is written all or none, so that all of it was written when one event is `found`; Redis
   * remembers where the others are.
   * @throws EventBusError `CONFLICT` where one is missing
   */
  async read(
    events: readonly PreparedEvent[],
    found: readonly (string | undefined)[],
    deadline: number,
  ): Promise<readonly Published[]> {
    const { connection, keys } = this.#options;
    const wordOf = (event: PreparedEvent, streamId: string | undefined) =>
      streamId !== undefined
        ? `=${event.id}@${streamId}`
        : connection.ask((redis) => readRemembered(redis, keys, event), deadline - performance.now());
    const words = await Promise.all(events.map((event, index) => wordOf(event, found[index])));
    return duplicatesOf(events, words);
  }

  async #find(id: string, deadline: number): Promise<string | undefined> {
    const { connection, written, breaker, deadlineMs } = this.#options;
    while (await connection.whenReady(deadline - performance.now())) {
      try {
        return await written.find(id);
      } catch (error) {
        if (!mayTryAgain(error)) {
          breaker.succeeded();
          throw redisRefusal(error) ?? EventBusError.from(error);
        }
        await sleep(pauseMs);
      }
    }
    breaker.failed();
    throw unavailableError(connection, `no answer within ${deadlineMs} ms`);
  }
}
