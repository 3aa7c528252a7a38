import { listOf, type OptionTable, oneOf, time, trueOrFalse } from '../options.js';
import { anyId, type CallTable, pageLimit } from './call-arguments.js';
import type { ParkedCount } from './parked.js';
import { type PartitionQuery, partitionFields } from './partition-query.js';

/** Current state of the event stream. */
export interface StreamStatistics {
  /** Number of entries. */
  readonly length: number;
  /** Position of the oldest entry; undefined if the stream is empty. */
  readonly firstId: string | undefined;
  /** Position of the newest entry; undefined if the stream is empty. */
  readonly lastId: string | undefined;
  /** Time of the oldest entry, ISO 8601. */
  readonly firstAt: string | undefined;
  /** Time of the newest entry, ISO 8601. */
  readonly lastAt: string | undefined;
}

/** Current state of one consumer group. */
export interface GroupStatistics {
  readonly group: string;
  /** Pending entries: delivered to a process and not settled. */
  readonly pending: number;
  /** Entries that no process has read yet; `unknown` if Redis cannot compute it (entries were deleted): use the age then. */
  readonly lag: number | 'unknown';
  /** Age of the oldest unfinished entry, pending or unread, in milliseconds; undefined if there is none. */
  readonly oldestUnfinishedMs: number | undefined;
  /** Scheduled retries: those that have failed, or are for other processes of the group. */
  readonly scheduled: number;
  /** Parked deliveries: their events are newer than the builds that read them. */
  readonly parked: number;
  /** The versions for which they wait, those with the most deliveries first, at most 100. */
  readonly parkedVersions: readonly ParkedCount[];
  /** Deliveries to ordered handlers that wait for earlier events of their key. */
  readonly waiting: number;
  /** Keys of ordered handlers with unfinished events. */
  readonly keyQueues: number;
  /** Dead letters of the group. */
  readonly deadLetters: number;
  /** Pending entries of replays. */
  readonly replayPending: number;
  /** Entries of replays that no process has read yet. */
  readonly replayLag: number | 'unknown';
  /** Processes with a heartbeat within the last minute. */
  readonly consumers: number;
  /** True if an operator has retired the group: it no longer holds back trimming. */
  readonly retired: boolean;
}

/** Current state of the streams and groups of one partition, or of all partitions. */
export interface StreamsAndGroups {
  readonly stream: StreamStatistics;
  readonly groups: readonly GroupStatistics[];
  /** Dead letters of all groups. */
  readonly deadLetters: number;
  /** Entries of the transition log. */
  readonly logLines: number;
  /** The server of the partition; of all partitions: the server that has used the largest share of its `maxmemory`. */
  readonly memory: {
    /** Memory that Redis uses, in bytes. */
    readonly usedBytes: number;
    /** The `maxmemory` of Redis, in bytes; undefined if it has none. */
    readonly maxBytes: number | undefined;
  };
}

/** Recent counts of one partition, or of all partitions. */
export interface RecentCounts {
  /** Counts of the last complete minute. */
  readonly lastMinute: Counts;
  /** Counts of the last 24 complete hours and the current hour. */
  readonly lastDay: Counts;
}

/** Current state of one partition. */
export interface PartitionStatistics extends StreamsAndGroups, RecentCounts {
  /** Index of the partition. */
  readonly partition: number;
}

/**
 * Current state of streams, groups and memory; computed without reading the entries of a stream. The figures of all
 * partitions add up; of ages, the largest counts.
 */
export interface StatisticsSnapshot extends StreamsAndGroups, RecentCounts {
  /** ISO 8601, by Redis's clock. */
  readonly at: string;
  /** The same for each partition, by index. */
  readonly partitions: readonly PartitionStatistics[];
}

/** A range of the slots of a Redis Cluster. */
export interface SlotRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** Current state of a server that has keys: the only one, or a master of a Redis Cluster. */
export interface ServerStatistics {
  /** `<host>:<port>`, the path of its socket, or the name of the master that Sentinels monitor. */
  readonly address: string;
  /** The slots that it has, ascending; undefined if it is not in a cluster. */
  readonly slots: readonly SlotRange[] | undefined;
  /** Indexes of the partitions that it has. */
  readonly partitions: readonly number[];
  /** `away` if it does not reply within two seconds; `unused` if it has no partition, and was not asked. */
  readonly status: 'reachable' | 'away' | 'unused';
  /** Undefined unless it is reachable. */
  readonly memory: StreamsAndGroups['memory'] | undefined;
}

/** Counts within a time range. */
export interface Counts {
  /** Events written to the stream. */
  readonly published: number;
  /** Runs of handlers that succeeded. */
  readonly completed: number;
  /** Runs of handlers that failed. */
  readonly failed: number;
  /** Runs other than the first run of a handler for an event. */
  readonly retried: number;
  /** Deliveries that became dead letters. */
  readonly dead: number;
}

/** Event type, group and handler of one series. */
export interface SeriesKey {
  /** The event type; `*` for all types that the handling process does not know. */
  readonly type?: string;
  /** Absent in a series of published events. */
  readonly group?: string;
  readonly handler?: string;
}

/** A key whose deliveries to an ordered handler wait. */
export interface KeyQueueStatistics {
  readonly group: string;
  readonly handler: string;
  readonly tenantId: string;
  /** The ordering key; the tenant for events without one. */
  readonly key: string;
  /** The replay whose events wait; undefined for live events. */
  readonly replayId: string | undefined;
  /** Index of the partition. */
  readonly partition: number;
  /** Number of deliveries that wait. */
  readonly waiting: number;
  /**
   * Position of the event that they wait for: it runs, has failed, is parked, or is a dead letter under `whenDead: 'hold'`. Undefined for an
   * edited event. After a growth it may be in the partition from which the key has moved.
   */
  readonly head: string | undefined;
  /** When the event that they wait for was published, ISO 8601; undefined for an edited event. */
  readonly since: string | undefined;
}

/** Which partitions the figures cover. */
export interface StatisticsQuery extends PartitionQuery {
  /**
   * True: partitions that do not reply within three seconds are left out, of the figures and of `partitions`. False: the call waits for
   * them, or rejects with `UNAVAILABLE`. Default: false.
   */
  readonly onlyReachable?: boolean;
}

/** Selects {@link KeyQueueStatistics}. */
export interface KeyQueuesQuery extends StatisticsQuery {
  /** Only keys of this group. */
  readonly group?: string;
  /** Maximum number of keys. Default: 20. */
  readonly limit?: number;
}

export interface SeriesQuery extends StatisticsQuery {
  /** Size of the buckets. Minutes are stored for 24 hours, hours for 30 days. */
  readonly every: 'minute' | 'hour';
  /** Start of the first bucket. Default: an hour ago for minutes, 24 hours ago for hours. */
  readonly from?: Date | string;
  /** End of the range. Default: now; the last bucket is then incomplete. */
  readonly to?: Date | string;
  /** Fields to group by: one series for each combination of values. Default: one series of all counts. */
  readonly by?: readonly ('type' | 'group' | 'handler')[];
  /** Only counts of this event type. */
  readonly type?: string;
  /** Only counts of this group. */
  readonly group?: string;
  /** Only counts of this handler. */
  readonly handler?: string;
  /** True: only runs in replays; false: only live runs. Default false. */
  readonly replays?: boolean;
}

/** One series: the counts of each bucket. */
export interface Series {
  readonly key: SeriesKey;
  /** The counts of each bucket in {@link SeriesResult.at}. */
  readonly points: readonly Counts[];
  readonly total: Counts;
}

export interface SeriesResult {
  readonly every: 'minute' | 'hour';
  /** Starts of the buckets, ISO 8601, oldest first, without gaps. */
  readonly at: readonly string[];
  readonly series: readonly Series[];
}

/** Durations of the runs of one handler, with any outcome. */
export interface HandlerDurations {
  readonly group: string;
  readonly handler: string;
  /** Cumulative histogram: number of runs that took at most `leMs` milliseconds. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
  /** Number of all runs, including those longer than the last bucket. */
  readonly count: number;
  /** Total duration of all runs, in milliseconds. */
  readonly sumMs: number;
}

/**
 * Statistics. The scripts count while they change deliveries, so no call reads the event stream.
 * Published events are counted by type only: they are not in a series of a group or handler.
 */
export interface Statistics {
  /**
   * Current state of streams, groups and memory.
   * @throws EventBusError `UNAVAILABLE` when a partition is away, or all of them with `onlyReachable`; `NOT_FOUND` when there is no
   * such partition
   */
  snapshot(query?: StatisticsQuery): Promise<StatisticsSnapshot>;
  /** Current state of each server, also while some of them do not reply. @throws EventBusError `UNAVAILABLE` when none replies */
  servers(): Promise<readonly ServerStatistics[]>;
  /**
   * The keys of ordered handlers with the most deliveries that wait, those with the most first. Every key with at least a hundredth of
   * the waiting deliveries of its group in a partition is found, and smaller ones may be.
   * @throws EventBusError the errors of `snapshot`
   */
  keyQueues(query?: KeyQueuesQuery): Promise<readonly KeyQueueStatistics[]>;
  /** Throughput over time. @throws EventBusError `CONFIG_INVALID` when the end is before the start, or the range is too long. */
  series(query: SeriesQuery): Promise<SeriesResult>;
  /**
   * Durations of the handlers' runs since the first run, or since the first run after 30 days without one. Each process
   * reports them with its heartbeat, every third of a lease, and when it closes.
   */
  durations(): Promise<readonly HandlerDurations[]>;
}

const coverFields: OptionTable<StatisticsQuery> = { ...partitionFields, onlyReachable: { check: trueOrFalse } };

const seriesFields: OptionTable<SeriesQuery> = {
  every: { required: true, check: oneOf('minute', 'hour') },
  from: { check: time },
  to: { check: time },
  by: {
    check: listOf("a list of 'type', 'group' and 'handler'", oneOf('type', 'group', 'handler').holds),
  },
  type: { check: anyId },
  group: { check: anyId },
  handler: { check: anyId },
  replays: { check: trueOrFalse },
  ...coverFields,
};

/** Arguments of the calls for statistics. */
export const statisticsCalls: CallTable<Statistics> = {
  snapshot: [{ name: 'query', optional: true, fields: coverFields }],
  servers: [],
  keyQueues: [
    { name: 'query', optional: true, fields: { ...coverFields, group: { check: anyId }, limit: { check: pageLimit } } },
  ],
  series: [{ name: 'query', fields: seriesFields }],
  durations: [],
};
