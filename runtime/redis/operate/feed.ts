import { isStreamId } from '../../event/stream-id.js';
import { anyId, type CallTable, pageLimit, streamId } from '../../operate/call-arguments.js';
import { type OptionTable, wholeNumber } from '../../options.js';
import type { Redis } from '../connection/client.js';
import type { Link } from '../connection/link.js';
import { readRange } from '../connection/read-range.js';
import { replyCode } from '../connection/redis-error.js';
import { findEvent } from '../publish/find-event.js';
import { fieldsOf, type Keys } from '../store/keys.js';

/** One entry of the event stream. */
export interface FeedEntry {
  readonly streamId: string;
  /** The envelope's JSON, or any other text in its place; undefined if the entry has none. */
  readonly envelope: string | undefined;
}

/** Length and end of a stream. */
export interface FeedEnd {
  /** Number of entries. */
  readonly length: number;
  /** Id of the oldest entry; undefined if the stream is empty. */
  readonly firstId: string | undefined;
  /** The last id that was generated, even if its entry was removed; `0-0` if the stream does not exist. */
  readonly lastId: string;
}

/** Position of a group in the event stream. */
export interface GroupPosition {
  readonly group: string;
  /** Id of the last entry that was delivered to the group; all later ones are unread. */
  readonly lastDelivered: string;
  /** Ids of pending entries, oldest first, at most `maxPending`. */
  readonly pending: readonly string[];
  /** Handler → its pattern. */
  readonly handlers: Readonly<Record<string, string>>;
}

/** Selects entries of a stream. */
export interface FeedQuery {
  /** Maximum number of entries. Default: 500. */
  readonly limit?: number;
  /** Stream id of the last entry of the previous call. Default: from the beginning. */
  readonly after?: string;
}

/** Options of {@link EventFeed.positions}. */
export interface PositionsQuery {
  /** Maximum number of pending stream ids of each group. Default: 1,000. */
  readonly maxPending?: number;
}

/**
 * Reads the streams without a consumer group, for an index. It does not hold back trimming.
 * @experimental
 */
export interface EventFeed {
  /** Entries of the event stream, oldest first. */
  entries(query?: FeedQuery): Promise<readonly FeedEntry[]>;
  /** One entry of the event stream; undefined if it does not exist. */
  entry(streamId: string): Promise<FeedEntry | undefined>;
  /** The entry of an event, with the same search as `operator.status`. @throws EventBusError `NOT_FOUND` */
  find(eventId: string): Promise<FeedEntry>;
  /** Length and end of each stream. */
  ends(): Promise<{ readonly events: FeedEnd; readonly log: FeedEnd; readonly deadLetters: FeedEnd }>;
  /** Position of each group. */
  positions(query?: PositionsQuery): Promise<readonly GroupPosition[]>;
}

const feedFields: OptionTable<FeedQuery> = { limit: { check: pageLimit }, after: { check: streamId } };
const positionsFields: OptionTable<PositionsQuery> = { maxPending: { check: wholeNumber(0) } };

/** Arguments of the calls of a feed. */
export const feedCalls: CallTable<EventFeed> = {
  entries: [{ name: 'query', optional: true, fields: feedFields }],
  entry: [{ name: 'streamId', check: anyId }],
  find: [{ name: 'eventId', check: anyId }],
  ends: [],
  positions: [{ name: 'query', optional: true, fields: positionsFields }],
};

/** Reads the streams with XRANGE, never through a group. */
export class RedisFeed implements EventFeed {
  readonly #connection: Link;
  readonly #keys: Keys;
  readonly #searchMs: number;

  /** @param searchMs Maximum duration of a search for an event, in milliseconds. */
  constructor(connection: Link, keys: Keys, searchMs: number) {
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

  /** The reply of XINFO; `absent` if the stream does not exist yet. */
  async #info(call: (redis: Redis) => Promise<unknown>, absent: readonly unknown[]): Promise<readonly unknown[]> {
    try {
      return (await this.#connection.ask(call)) as readonly unknown[];
    } catch (error) {
      if (replyCode(error) === 'NOKEY') return absent;
      throw error;
    }
  }
}
