import { EventBusError } from '../../errors.js';
import { definitionsByType } from '../../event/older-versions.js';
import { readEntry } from '../../event/read-envelope.js';
import type { Logger } from '../../logger.js';
import { anyId, type CallTable, checkCalls, pageLimit, streamId } from '../../operate/call-arguments.js';
import { type Actor, actor, type DeadLetters, deadLetterCalls } from '../../operate/dead-letter.js';
import { type ParkedDeliveries, parkedCalls } from '../../operate/parked.js';
import { type Replays, replayCalls } from '../../operate/replay.js';
import { type Statistics, statisticsCalls } from '../../operate/statistics.js';
import type { TransitionLogEntry } from '../../operate/transition-log.js';
import { type Versions, versionCalls } from '../../operate/versions.js';
import type { Check, OptionTable } from '../../options.js';
import type { Link } from '../connection/link.js';
import type { Nodes } from '../connection/nodes.js';
import { openNodes } from '../connection/open-nodes.js';
import { probeJobs } from '../connection/permissions.js';
import { readRange } from '../connection/read-range.js';
import { GroupWaker } from '../maintain/group-jobs.js';
import { type FoundEntry, findEvent } from '../publish/find-event.js';
import { ReplayService } from '../replay/replay-service.js';
import { RedisStatistics } from '../statistics/statistics.js';
import { fieldsOf, type Keys, partitionKeys, partitionTag, timerTag } from '../store/keys.js';
import { RedisDeadLetters } from './dead-letters.js';
import { retireGroupScript } from './dead-letters.lua.js';
import { type EventReplay, replaysOf, type StreamEvent } from './event-replays.js';
import { type EventFeed, feedCalls, RedisFeed } from './feed.js';
import { type EventOperatorOptions, resolveOperatorOptions } from './operator-options.js';
import { RedisParkedDeliveries } from './parked-deliveries.js';
import { type RegisteredConsumer, registeredConsumers } from './registered-consumers.js';
import { type GroupStatus, statusOf } from './status.js';
import { logEntryOf } from './transition-log.js';
import { readVersionRegistry } from './version-registry.js';
import { scanVersions } from './version-scan.js';

/** An event, by its id or by the stream id of its entry. */
export type EventReference =
  | { readonly eventId: string; readonly streamId?: undefined }
  | { readonly streamId: string; readonly eventId?: undefined };

/** Selects entries of the transition log. */
export interface LogQuery {
  /** Maximum number of entries. Default: 100. */
  readonly limit?: number;
  /** Id of the last entry of the previous call. Default: from the beginning. */
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
  /**
   * The status of an event in each group. An event id of another publisher, which does not contain its time, is searched for
   * from the newest entry backwards, for at most `searchMs`.
   * @throws `NOT_FOUND`; if the search did not reach the start of the stream, the message says how far it got
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
    return streamId.holds(event.streamId) && anyId.holds(event.type) && anyId.holds(event.tenantId);
  },
};

const eventReference: Check = {
  expected: '{ eventId } or { streamId }',
  holds: (value) => {
    const { eventId, streamId: entry, ...others } = value as Partial<Record<'eventId' | 'streamId', unknown>>;
    if (Object.keys(others).length > 0) return false;
    return entry === undefined
      ? anyId.holds(eventId) && eventId !== ''
      : eventId === undefined && streamId.holds(entry);
  },
};

const logFields: OptionTable<LogQuery> = { limit: { check: pageLimit }, after: { check: streamId } };

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
  readonly #nodes: Nodes;
  readonly #connection: Link;
  readonly #keys: Keys;
  readonly #prefix: string;
  readonly #logger: Logger;
  readonly #searchMs: number;
  readonly #waker: GroupWaker;
  readonly #replayService: ReplayService;
  #mayWake: Promise<void> | undefined;

  constructor(options: EventOperatorOptions) {
    const settings = resolveOperatorOptions(options);
    const { prefix, logger, events, callTimeoutMs, searchMs, redis: target } = settings;
    const definitions = definitionsByType(events);
    const keys = partitionKeys(prefix, 0);
    const name = 'hyvve-events:operator';
    const nodes = openNodes({ target, name, logger, replyTimeoutMs: 5_000, callTimeoutMs });
    const connection = nodes.link(partitionTag(prefix, 0));
    connection.connect();
    const newClient: Nodes['jobsClient'] = (tag, client) => nodes.jobsClient(tag, client);
    this.#nodes = nodes;
    this.#connection = connection;
    this.#keys = keys;
    this.#prefix = prefix;
    this.#logger = logger;
    this.#searchMs = searchMs;
    this.#waker = new GroupWaker({ newClient, prefix, logger });
    this.#replayService = new ReplayService({
      connection,
      keys,
      linkTo: (tag) => nodes.link(tag),
      newClient,
      prefix,
      logger,
      run: settings.runReplays,
    });
    const deadLetters = new RedisDeadLetters(connection, keys, definitions, (group) => this.#wake(group));
    this.deadLetters = checkCalls('deadLetters', deadLetters, deadLetterCalls);
    this.parked = checkCalls('parked', new RedisParkedDeliveries(connection, keys), parkedCalls);
    this.feed = checkCalls('feed', new RedisFeed(connection, keys, searchMs), feedCalls);
    this.replays = checkCalls('replays', this.#replayService.replays, replayCalls);
    this.statistics = checkCalls('statistics', new RedisStatistics(connection, keys), statisticsCalls);
    const versions: Versions = {
      registry: () => readVersionRegistry(connection, keys),
      scan: (query = {}) => scanVersions(connection, keys, query),
    };
    this.versions = checkCalls('versions', versions, versionCalls);
    checkCalls('operator', this, operatorCalls);
  }

  async status(event: EventReference): Promise<readonly GroupStatus[]> {
    const connection = this.#connection;
    const keys = this.#keys;
    const { streamId, json } = await (event.streamId === undefined
      ? findEvent(connection, keys, event.eventId, this.#searchMs)
      : this.#entry(event.streamId));
    // An entry that is not an envelope has no type: no handler got it.
    const { event: envelope } = readEntry(json, new Map(), Number.POSITIVE_INFINITY);
    return connection.ask(() => statusOf(connection, keys, streamId, envelope?.type));
  }

  replaysOf(event: StreamEvent): Promise<readonly EventReplay[]> {
    return this.#connection.ask(() => replaysOf(this.#connection, this.#keys, event));
  }

  consumers(): Promise<readonly RegisteredConsumer[]> {
    return registeredConsumers(this.#connection, this.#keys);
  }

  async log({ limit = 100, after }: LogQuery = {}): Promise<readonly TransitionLogEntry[]> {
    const from = after === undefined ? '-' : `(${after}`;
    const page = await readRange(this.#connection, this.#keys.log, { from, to: '+', limit });
    return page.map(([id, fields]) => logEntryOf(id, fields));
  }

  async retireGroup(group: string, { actor, from = '' }: Actor): Promise<void> {
    const { groups, log } = this.#keys;
    const { state } = this.#keys.group(group);
    const retired = await this.#connection.ask(
      retireGroupScript.call({ state, groups, log, group, actor, origin: from }),
    );
    if (retired !== 1)
      throw new EventBusError(
        'NOT_FOUND',
        `there is no active group ${group}: it does not exist, or it is already retired`,
      );
  }

  async close(): Promise<void> {
    await this.#replayService.close();
    this.#nodes.close();
    this.#waker.close();
  }

  async #entry(streamId: string): Promise<FoundEntry> {
    const [entry] = await this.#connection.ask((redis) => redis.xrange(this.#keys.events, streamId, streamId));
    if (entry === undefined) {
      const message = `event ${streamId} is not in the stream: the id does not exist, or its retention has expired`;
      throw new EventBusError('NOT_FOUND', message);
    }
    return { streamId: entry[0], json: fieldsOf(entry[1]).e };
  }

  /** Makes the group claim due retries now, not at its next sweep. */
  #wake(group: string): void {
    const logFailure = (error: unknown) =>
      this.#logger.debug({ err: error }, 'could not wake the group; its next sweep finds the retry');
    // Checked first: BullMQ retries a command that is not permitted endlessly, which blocks the event loop.
    const tag = timerTag(this.#prefix, group);
    const jobs = this.#nodes.link(tag);
    this.#mayWake ??= jobs.ask(() => probeJobs(jobs, tag));
    this.#mayWake
      .then(() => this.#waker.wake(group))
      .catch((error: unknown) => {
        this.#mayWake = undefined;
        logFailure(error);
      });
  }
}
