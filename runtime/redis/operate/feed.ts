import { isStreamId } from '../../event/stream-id.js';
import { anyId, type CallTable, pageLimit, streamId } from '../../operate/call-arguments.js';
import { type OptionTable, wholeNumber } from '../../options.js';
import type { Redis } from '../connection/client.js';
import { readRange } from '../connection/read-range.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import { replyCode } from '../connection/redis-error.js';
import { findEvent } from '../publish/find-event.js';
import { fieldsOf, type Keys } from '../store/keys.js';

/** One entry of the event stream. */
export interface FeedEntry {
  readonly streamId: string;
  /** The envelope's JSON, or whatever stands there; undefined where the entry has none. */
  readonly envelope: string | undefined;
}

/** How far a stream was ever written. */
export interface FeedEnd {
  /** Entries it holds. */
  readonly length: number;
  /** Id of its oldest entry; undefined when it is empty. */
  readonly firstId: string | undefined;
  /** The last id that was ever given, also where its entry is gone; `0-0` where the stream is not there. */
  readonly lastId: string;
}

/** How far a group has read. */
export interface GroupPosition {
  readonly group: string;
  /** Everything after it is unread. */
  readonly lastDelivered: string;
  /** Stream ids that were read and are not finished, oldest first, at most as many as asked for. */
  readonly pending: readonly string[];
  /** Handler → its pattern. */
  readonly handlers: Readonly<Record<string, string>>;
}

/** Which entries of a stream to read. */
export interface FeedQuery {
  /** Maximum number of entries. Default: 500. */
  readonly limit?: number;
  /** Stream id of the last entry that was read before. Default: from the beginning. */
  readonly after?: string;
}

/** Options of {@link EventFeed.positions}. */
export interface PositionsQuery {
  /** Maximum number of pending stream ids of each group. Default: 1,000. */
  readonly maxPending?: number;
}

/**
 * Reading the streams without a consumer group, for an index of them. It does not hold back retention.
 * @experimental
 */
export interface EventFeed {
  /** Entries of the event stream, oldest first. */
  entries(query?: FeedQuery): Promise<readonly FeedEntry[]>;
  /** One entry of the event stream; undefined where it is not there. */
  entry(streamId: string): Promise<FeedEntry | undefined>;
  /** The entry of an event, searched for as `operator.status` does. @throws EventBusError `NOT_FOUND` */
  find(eventId: string): Promise<FeedEntry>;
  /** Where each stream ends. */
  ends(): Promise<{ readonly events: FeedEnd; readonly log: FeedEnd; readonly deadLetters: FeedEnd }>;
  /** How far each group has read. */
  positions(query?: PositionsQuery): Promise<readonly GroupPosition[]>;
}

const feedFields: OptionTable<FeedQuery> = { limit: { check: pageLimit }, after: { check: streamId } };
const positionsFields: OptionTable<PositionsQuery> = { maxPending: { check: wholeNumber(0) } };

/** What the calls of a feed are given. */
export const feedCalls: CallTable<EventFeed> = {
  entries: [{ name: 'query', optional: true, fields: feedFields }],
  entry: [{ name: 'streamId', check: anyId }],
  find: [{ name: 'eventId', check: anyId }],
  ends: [],
  positions: [{ name: 'query', optional: true, fields: positionsFields }],
};

/** Reads the streams with XRANGE, never through a group. */
export class RedisFeed implements EventFeed {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #searchMs: number;

  /** @param searchMs How long an event is searched for at most. */
  constructor(connection: RedisConnection, keys: Keys, searchMs: number) {
    this.#connection = connection;
    this.#keys = keys;
    this.#searchMs = searchMs;
  }

  async entries({ limit = 500, after }: FeedQuery = {}): Promise<readonly FeedEntry[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const page = await readRange(this.#connection, this.#keys.events, { from, to: '+', limit });
    return page.map(([streamId, fields]) => ({ streamId, envelope: fieldsOf(fields).e }));
  }

  async entry(streamId: string): Promise<FeedEntry | undefined> {
    if (!isStreamId(streamId)) return undefined;
    const [found] = await this.#connection.ask((redis) => redis.xrange(this.#keys.events, streamId, streamId));
    return found === undefined ? undefined : { streamId: found[0], envelope: fieldsOf(found[1]).e };
  }

  async find(eventId: string): Promise<FeedEntry> {
    const { streamId, json } = await findEvent(this.#connection, this.#keys, eventId, this.#searchMs);
    return { streamId, envelope: json };
  }

  async ends(): Promise<{ readonly events: FeedEnd; readonly log: FeedEnd; readonly deadLetters: FeedEnd }> {
    const { events, log, dlq } = this.#keys;
    const [ofEvents, ofLog, ofDeadLetters] = await Promise.all([this.#end(events), this.#end(log), this.#end(dlq)]);
    return { events: ofEvents, log: ofLog, deadLetters: ofDeadLetters };
  }

  async positions({ maxPending = 1_000 }: PositionsQuery = {}): Promise<readonly GroupPosition[]> {
    const { events } = this.#keys;
    const infos = await this.#info((redis) => redis.xinfo('GROUPS', events), []);
    return Promise.all(
      infos.map(async (info) => {
        const { name: group = '', 'last-delivered-id': lastDelivered = '0-0' } = fieldsOf(
          (info as unknown[]).map(String),
        );
        const { handlers } = this.#keys.group(group);
        const [pending, patterns] = await Promise.all([
          this.#connection.ask((redis) => redis.xpending(events, group, '-', '+', maxPending)),
          this.#connection.ask((redis) => redis.hgetall(handlers)),
        ]);
        return {
          group,
          lastDelivered,
          pending: pending.map((row) => String((row as unknown[])[0])),
          handlers: patterns,
        };
      }),
    );
  }

  async #end(key: string): Promise<FeedEnd> {
    const info = await this.#info((redis) => redis.xinfo('STREAM', key), []);
    const { length = '0', 'last-generated-id': lastId = '0-0' } = fieldsOf(info.map(String));
    const first = info[info.indexOf('first-entry') + 1];
    return { length: Number(length), lastId, firstId: Array.isArray(first) ? String(first[0]) : undefined };
  }

  /** What XINFO tells, or `absent` where the stream is not there yet. */
  async #info(call: (redis: Redis) => Promise<unknown>, absent: readonly unknown[]): Promise<readonly unknown[]> {
    try {
      return (await this.#connection.ask(call)) as readonly unknown[];
    } catch (error) {
      if (replyCode(error) === 'NOKEY') return absent;
      throw error;
    }
  }
}
