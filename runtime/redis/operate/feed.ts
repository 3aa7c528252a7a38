import { comparePositions, positionOf } from '../../event/position.js';
import { anyId, type CallTable, pageLimit, position } from '../../operate/call-arguments.js';
import { type PartitionQuery, partitionFields } from '../../operate/partition-query.js';
import { type OptionTable, wholeNumber } from '../../options.js';
import type { Redis } from '../connection/client.js';
import { replyCode } from '../connection/redis-error.js';
import { readMerged } from '../partitions/merged-range.js';
import type { Partition } from '../partitions/partition.js';
import type { Partitions } from '../partitions/partitions.js';
import { findEvent, readEntryAt } from '../publish/find-event.js';
import { fieldsOf } from '../store/keys.js';

/** One entry of the event stream. */
export interface FeedEntry {
  /** Its position. */
  readonly streamId: string;
  /** The envelope's JSON, or any other text in its place; undefined if the entry has none. */
  readonly envelope: string | undefined;
}

/** Length and end of a stream, in one partition or in all of them. */
export interface FeedEnd {
  /** Number of entries. */
  readonly length: number;
  /** Position of the oldest entry; undefined if the stream is empty. */
  readonly firstId: string | undefined;
  /** Position of the last id that was generated, even if its entry was removed; with `0-0` if the stream does not exist. */
  readonly lastId: string;
}

/** Position of a group in the event stream of one partition. */
export interface GroupPosition {
  readonly group: string;
  /** Position of the last entry that was delivered to the group: all later ones of its partition are unread. */
  readonly lastDelivered: string;
  /** Positions of pending entries, oldest first, at most `maxPending`. */
  readonly pending: readonly string[];
  /** Handler → its pattern. */
  readonly handlers: Readonly<Record<string, string>>;
}

/** Selects entries of a stream. */
export interface FeedQuery extends PartitionQuery {
  /** Maximum number of entries. Default: 500. */
  readonly limit?: number;
  /**
   * Position of the last entry of the previous call. Default: from the beginning. To follow a stream, read each partition with
   * its own position: in all partitions together, an entry may be written before the last position.
   */
  readonly after?: string;
}

/** Options of {@link EventFeed.positions}. */
export interface PositionsQuery extends PartitionQuery {
  /** Maximum number of pending entries of each group in each partition. Default: 1,000. */
  readonly maxPending?: number;
}

/** Length and end of each stream. */
export interface FeedEnds {
  readonly events: FeedEnd;
  readonly log: FeedEnd;
  readonly deadLetters: FeedEnd;
}

/**
 * Reads the streams without a consumer group, for an index. It does not hold back trimming.
 * @experimental
 */
export interface EventFeed {
  /** The indexes of all partitions, ascending: `[0]` if there is one. Their number may grow. */
  partitions(): Promise<readonly number[]>;
  /** Entries of the event stream, oldest first. @throws EventBusError `NOT_FOUND` when there is no such partition */
  entries(query?: FeedQuery): Promise<readonly FeedEntry[]>;
  /** One entry of the event stream; undefined if it does not exist. @param streamId Its position. */
  entry(streamId: string): Promise<FeedEntry | undefined>;
  /** The entry of an event, with the same search as `operator.status`. @throws EventBusError `NOT_FOUND` */
  find(eventId: string): Promise<FeedEntry>;
  /** Length and end of each stream. @throws EventBusError `NOT_FOUND` when there is no such partition */
  ends(query?: PartitionQuery): Promise<FeedEnds>;
  /** Position of each group in each partition. @throws EventBusError `NOT_FOUND` when there is no such partition */
  positions(query?: PositionsQuery): Promise<readonly GroupPosition[]>;
}

const feedFields: OptionTable<FeedQuery> = {
  ...partitionFields,
  limit: { check: pageLimit },
  after: { check: position },
};
const positionsFields: OptionTable<PositionsQuery> = { ...partitionFields, maxPending: { check: wholeNumber(0) } };

/** Arguments of the calls of a feed. */
export const feedCalls: CallTable<EventFeed> = {
  partitions: [],
  entries: [{ name: 'query', optional: true, fields: feedFields }],
  entry: [{ name: 'streamId', check: anyId }],
  find: [{ name: 'eventId', check: anyId }],
  ends: [{ name: 'query', optional: true, fields: partitionFields }],
  positions: [{ name: 'query', optional: true, fields: positionsFields }],
};

/** Reads the streams with XRANGE, never through a group. */
export class RedisFeed implements EventFeed {
  readonly #partitions: Partitions;
  readonly #searchMs: number;

  /** @param searchMs Maximum duration of a search for an event, in milliseconds. */
  constructor(partitions: Partitions, searchMs: number) {
    this.#partitions = partitions;
    this.#searchMs = searchMs;
  }

  async partitions(): Promise<readonly number[]> {
    return (await this.#partitions.all()).map(({ index }) => index);
  }

  async entries({ limit = 500, after, partition }: FeedQuery = {}): Promise<readonly FeedEntry[]> {
    const page = await readMerged(this.#partitions, ({ events }) => events, { after, limit, partition });
    return page.map(({ position: streamId, fields }) => ({ streamId, envelope: fieldsOf(fields).e }));
  }

  async entry(streamId: string): Promise<FeedEntry | undefined> {
    const found = await readEntryAt(this.#partitions, streamId);
    return found === undefined ? undefined : { streamId, envelope: found.json };
  }

  async find(eventId: string): Promise<FeedEntry> {
    const { partition, streamId, json } = await findEvent(this.#partitions, eventId, this.#searchMs);
    return { streamId: positionOf(streamId, partition.index), envelope: json };
  }

  async ends({ partition }: PartitionQuery = {}): Promise<FeedEnds> {
    const ends = await this.#partitions.each(endsOf, partition);
    return {
      events: wholeEnd(ends.map(({ events }) => events)),
      log: wholeEnd(ends.map(({ log }) => log)),
      deadLetters: wholeEnd(ends.map(({ deadLetters }) => deadLetters)),
    };
  }

  async positions({ maxPending = 1_000, partition }: PositionsQuery = {}): Promise<readonly GroupPosition[]> {
    return (await this.#partitions.each((each) => positionsIn(each, maxPending), partition)).flat();
  }
}

async function positionsIn(partition: Partition, maxPending: number): Promise<readonly GroupPosition[]> {
  const { connection, keys, index } = partition;
  const { events } = keys;
  const infos = await infoOf(partition, (redis) => redis.xinfo('GROUPS', events));
  return Promise.all(
    infos.map(async (info) => {
      const { name: group = '', 'last-delivered-id': lastDelivered = '0-0' } = fieldsOf(
        (info as unknown[]).map(String),
      );
      const { handlers } = keys.group(group);
      const [pending, patterns] = await Promise.all([
        connection.ask((redis) => redis.xpending(events, group, '-', '+', maxPending)),
        connection.ask((redis) => redis.hgetall(handlers)),
      ]);
      return {
        group,
        lastDelivered: positionOf(lastDelivered, index),
        pending: pending.map((row) => positionOf(String((row as unknown[])[0]), index)),
        handlers: patterns,
      };
    }),
  );
}

async function endsOf(partition: Partition): Promise<FeedEnds> {
  const { events, log, dlq } = partition.keys;
  const [ofEvents, ofLog, ofDeadLetters] = await Promise.all([
    endOf(partition, events),
    endOf(partition, log),
    endOf(partition, dlq),
  ]);
  return { events: ofEvents, log: ofLog, deadLetters: ofDeadLetters };
}

async function endOf(partition: Partition, key: string): Promise<FeedEnd> {
  const info = await infoOf(partition, (redis) => redis.xinfo('STREAM', key));
  const { length = '0', 'last-generated-id': lastId = '0-0' } = fieldsOf(info.map(String));
  const first = info[info.indexOf('first-entry') + 1];
  const firstId = Array.isArray(first) ? positionOf(String(first[0]), partition.index) : undefined;
  return { length: Number(length), lastId: positionOf(lastId, partition.index), firstId };
}

/** The end of a stream of several partitions: their entries together, the oldest first and the newest last position. */
function wholeEnd(ends: readonly FeedEnd[]): FeedEnd {
  const firstIds = ends.flatMap(({ firstId }) => firstId ?? []).sort(comparePositions);
  const lastIds = ends.map(({ lastId }) => lastId).sort(comparePositions);
  const length = ends.reduce((sum, end) => sum + end.length, 0);
  return { length, lastId: lastIds.at(-1) ?? '0-0', firstId: firstIds[0] };
}

/** The reply of XINFO; nothing if the stream does not exist yet. */
async function infoOf(
  { connection }: Partition,
  call: (redis: Redis) => Promise<unknown>,
): Promise<readonly unknown[]> {
  try {
    return (await connection.ask(call)) as readonly unknown[];
  } catch (error) {
    if (replyCode(error) === 'NOKEY') return [];
    throw error;
  }
}
