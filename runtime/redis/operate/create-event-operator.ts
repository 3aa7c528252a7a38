import { EventBusError } from '../../errors.js';
import { definitionsByType } from '../../event/older-versions.js';
import { readEntry } from '../../event/read-envelope.js';
import { anyId, type CallTable, checkCalls, pageLimit, position } from '../../operate/call-arguments.js';
import { type Actor, actor, type DeadLetters, deadLetterCalls } from '../../operate/dead-letter.js';
import { type ParkedDeliveries, parkedCalls } from '../../operate/parked.js';
import { type PartitionOperations, partitionCalls } from '../../operate/partition-operations.js';
import { type PartitionQuery, partitionFields } from '../../operate/partition-query.js';
import { type Replays, replayCalls } from '../../operate/replay.js';
import { type Statistics, statisticsCalls } from '../../operate/statistics.js';
import type { TransitionLogEntry } from '../../operate/transition-log.js';
import { type Versions, versionCalls } from '../../operate/versions.js';
import type { Check, OptionTable } from '../../options.js';
import type { Nodes } from '../connection/nodes.js';
import { openNodes } from '../connection/open-nodes.js';
import { readMerged } from '../partitions/merged-range.js';
import { partitionOn } from '../partitions/partition.js';
import { readMap } from '../partitions/partition-map.js';
import { Partitions } from '../partitions/partitions.js';
import { type FoundEntry, findEvent, readEntryAt } from '../publish/find-event.js';
import { ReplayService } from '../replay/replay-service.js';
import { readServers } from '../statistics/servers.js';
import { RedisStatistics } from '../statistics/statistics.js';
import { mapTag } from '../store/keys.js';
import { RedisDeadLetters } from './dead-letters.js';
import { retireGroupScript } from './dead-letters.lua.js';
import { type EventReplay, replaysOf, type StreamEvent } from './event-replays.js';
import { type EventFeed, feedCalls, RedisFeed } from './feed.js';
import { GroupWakes } from './group-wakes.js';
import { type EventOperatorOptions, resolveOperatorOptions } from './operator-options.js';
import { RedisParkedDeliveries } from './parked-deliveries.js';
import { RedisPartitionOperations } from './redis-partition-operations.js';
import { type RegisteredConsumer, registeredConsumers } from './registered-consumers.js';
import { type GroupStatus, statusOf } from './status.js';
import { logEntryOf } from './transition-log.js';
import { readVersionRegistry } from './version-registry.js';
import { scanVersions } from './version-scan.js';

/** An event, by its id or by the position of its entry, which `publish` returns as `streamId`. */
export type EventReference =
  | { readonly eventId: string; readonly streamId?: undefined }
  | { readonly streamId: string; readonly eventId?: undefined };

/** Selects entries of the transition log. */
export interface LogQuery extends PartitionQuery {
  /** Maximum number of entries. Default: 100. */
  readonly limit?: number;
  /**
   * Id of the last entry of the previous call. Default: from the beginning. To follow the log, read each partition with its own
   * id, as with {@link EventFeed.entries}.
   */
  readonly after?: string;
}

/** Client for operators: dead letters, parked deliveries, replays, statistics, the status of events, registered processes. */
export interface EventOperator {
  readonly deadLetters: DeadLetters;
  /** Deliveries of events that are newer than the builds that read them. */
  readonly parked: ParkedDeliveries;
  readonly replays: Replays;
  readonly statistics: Statistics;
  /** Versions of events: who reads and publishes them, and what is stored of them. */
  readonly versions: Versions;
  /** The partitions of the event stream: where they are, and growing. */
  readonly partitions: PartitionOperations;
  /**
   * The status of an event in each group. An event id is searched for in all partitions at the same time. An event id of another publisher, which does not contain its time, is searched for
   * from the newest entry backwards, for at most `searchMs`.
   * @throws `NOT_FOUND`; if the search did not reach the start of the stream, the message says how far it got;
   * `UNAVAILABLE`: it was not found, and a partition is away
   */
  status(event: EventReference): Promise<readonly GroupStatus[]>;
  /**
   * The replays of the last 90 days that have delivered an event to groups, newest first. At most 200 replays that were
   * started after the event was written are checked.
   */
  replaysOf(event: StreamEvent): Promise<readonly EventReplay[]>;
  /** Every process that handles events. */
  consumers(): Promise<readonly RegisteredConsumer[]>;
  /** Entries of the transition log, oldest first. */
  log(query?: LogQuery): Promise<readonly TransitionLogEntry[]>;
  /**
   * Reading the streams without a consumer group.
   * @experimental
   */
  readonly feed: EventFeed;
  /**
   * Retires a group: its unfinished events no longer hold back trimming. The group becomes active again when a process joins
   * it.
   * @throws `NOT_FOUND`
   */
  retireGroup(group: string, by: Actor): Promise<void>;
  close(): Promise<void>;
}

const streamEvent: Check = {
  expected: 'an event of the stream: { streamId, type, tenantId }',
  holds: (value) => {
    const event = value as Partial<StreamEvent>;
    return position.holds(event.streamId) && anyId.holds(event.type) && anyId.holds(event.tenantId);
  },
};

const eventReference: Check = {
  expected: '{ eventId } or { streamId }',
  holds: (value) => {
    const { eventId, streamId: entry, ...others } = value as Partial<Record<'eventId' | 'streamId', unknown>>;
    if (Object.keys(others).length > 0) return false;
    return entry === undefined
      ? anyId.holds(eventId) && eventId !== ''
      : eventId === undefined && position.holds(entry);
  },
};

const logFields: OptionTable<LogQuery> = {
  ...partitionFields,
  limit: { check: pageLimit },
  after: { check: position },
};

const operatorCalls: CallTable<EventOperator> = {
  status: [{ name: 'event', check: eventReference }],
  replaysOf: [{ name: 'event', check: streamEvent }],
  consumers: [],
  log: [{ name: 'query', optional: true, fields: logFields }],
  retireGroup: [{ name: 'group', check: anyId }, actor],
  close: [],
};

/** Connects an operator. It is not a member of a group and handles no events. */
export function createEventOperator(options: EventOperatorOptions = {}): EventOperator {
  return new RedisOperator(options);
}

class RedisOperator implements EventOperator {
  readonly deadLetters: DeadLetters;
  readonly parked: ParkedDeliveries;
  readonly feed: EventFeed;
  readonly replays: Replays;
  readonly statistics: Statistics;
  readonly versions: Versions;
  readonly partitions: PartitionOperations;
  readonly #nodes: Nodes;
  readonly #partitions: Partitions;
  readonly #searchMs: number;
  readonly #wakes: GroupWakes;
  readonly #replayService: ReplayService;

  constructor(options: EventOperatorOptions) {
    const settings = resolveOperatorOptions(options);
    const { prefix, logger, events, callTimeoutMs, searchMs, redis: target } = settings;
    const definitions = definitionsByType(events);
    const name = 'hyvve-events:operator';
    const nodes = openNodes({ target, name, logger, replyTimeoutMs: 5_000, callTimeoutMs });
    const partitions = partitionsOf(nodes, prefix);
    nodes.connect();
    this.#nodes = nodes;
    this.#partitions = partitions;
    this.#searchMs = searchMs;
    this.#wakes = new GroupWakes({ nodes, prefix, logger });
    this.#replayService = new ReplayService({ nodes, partitions, prefix, logger, run: settings.runReplays });
    const wake = (group: string) => this.#wakes.wake(group);
    this.deadLetters = checkCalls('deadLetters', new RedisDeadLetters(partitions, definitions, wake), deadLetterCalls);
    this.parked = checkCalls('parked', new RedisParkedDeliveries(partitions, wake), parkedCalls);
    this.feed = checkCalls('feed', new RedisFeed(partitions, searchMs), feedCalls);
    this.replays = checkCalls('replays', this.#replayService.replays, replayCalls);
    this.statistics = checkCalls(
      'statistics',
      new RedisStatistics(partitions, () => readServers(nodes, prefix, partitions)),
      statisticsCalls,
    );
    const versions: Versions = {
      registry: () => readVersionRegistry(partitions),
      scan: (query = {}) => scanVersions(partitions, query),
    };
    this.versions = checkCalls('versions', versions, versionCalls);
    const partitionOperations = new RedisPartitionOperations(nodes, prefix, partitions);
    this.partitions = checkCalls('partitions', partitionOperations, partitionCalls);
    checkCalls('operator', this, operatorCalls);
  }

  async status(event: EventReference): Promise<readonly GroupStatus[]> {
    const { partition, streamId, json } = await (event.streamId === undefined
      ? findEvent(this.#partitions, event.eventId, this.#searchMs)
      : this.#entry(event.streamId));
    // An entry that is not an envelope has no type: no handler got it.
    const { event: envelope } = readEntry(json, new Map(), Number.POSITIVE_INFINITY);
    return this.#partitions.within(partition, ({ connection }) =>
      connection.ask(() => statusOf(partition, streamId, envelope?.type)),
    );
  }

  replaysOf(event: StreamEvent): Promise<readonly EventReplay[]> {
    return replaysOf(this.#partitions, event);
  }

  consumers(): Promise<readonly RegisteredConsumer[]> {
    return registeredConsumers(this.#partitions);
  }

  async log({ limit = 100, after, partition }: LogQuery = {}): Promise<readonly TransitionLogEntry[]> {
    const page = await readMerged(this.#partitions, ({ log }) => log, { after, limit, partition });
    return page.map((entry) => logEntryOf(entry.streamId, entry.fields, entry.partition.index));
  }

  async retireGroup(group: string, { actor, from = '' }: Actor): Promise<void> {
    // Also in the partitions that a growth has just made: one in which it is active would keep its events.
    await this.#partitions.current();
    // A group that was retired in some of them only, because the process died, is retired in the others now.
    const retired = await this.#partitions.each(({ connection, keys }) => {
      const { groups, log } = keys;
      const { state } = keys.group(group);
      return connection.ask(retireGroupScript.call({ state, groups, log, group, actor, origin: from }));
    });
    if (!retired.includes(1))
      throw new EventBusError(
        'NOT_FOUND',
        `there is no active group ${group}: it does not exist, or it is already retired`,
      );
  }

  async close(): Promise<void> {
    await this.#replayService.close();
    this.#nodes.close();
    this.#wakes.close();
  }

  async #entry(streamId: string): Promise<FoundEntry> {
    const entry = await readEntryAt(this.#partitions, streamId);
    if (entry !== undefined) return entry;
    const message = `event ${streamId} is not in the stream: the id does not exist, or its retention has expired`;
    throw new EventBusError('NOT_FOUND', message);
  }
}

/** The partitions of the map below `prefix`. */
function partitionsOf(nodes: Nodes, prefix: string): Partitions {
  const map = nodes.link(mapTag(prefix));
  const readCount = async () => (await map.ask(() => readMap(map, prefix)))?.count;
  return new Partitions({ partition: (index) => partitionOn(nodes, prefix, index), readCount });
}
