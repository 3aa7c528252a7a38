import { listOf, type OptionTable, oneOf, time, trueOrFalse } from '../options.js';
import { anyId, type CallTable } from './call-arguments.js';

/** The event stream as it stands. */
export interface StreamStatistics {
  /** Entries it holds. */
  readonly length: number;
  /** Stream id of its oldest entry; undefined when it is empty. */
  readonly firstId: string | undefined;
  /** Stream id of its newest entry; undefined when it is empty. */
  readonly lastId: string | undefined;
  /** ISO 8601, when its oldest entry was written. */
  readonly firstAt: string | undefined;
  /** ISO 8601, when its newest entry was written. */
  readonly lastAt: string | undefined;
}

/** One consumer group as it stands. */
export interface GroupStatistics {
  readonly group: string;
  /** Entries that a process has read and not finished. */
  readonly pending: number;
  /** Entries no process has read yet; `unknown` where Redis cannot tell (entries were deleted): look at the age then. */
  readonly lag: number | 'unknown';
  /** Age of the oldest entry that is not finished, read or not, in milliseconds; undefined when all are. */
  readonly oldestUnfinishedMs: number | undefined;
  /** Deliveries that wait for a retry. */
  readonly scheduled: number;
  /** Deliveries of events that are newer than the builds that met them: they wait for one that can read them. */
  readonly parked: number;
  /** Dead letters of the group. */
  readonly deadLetters: number;
  /** Replayed entries that are not finished: read, and not read yet. */
  readonly replayPending: number;
  readonly replayLag: number | 'unknown';
  /** Processes with a heartbeat within the last minute. */
  readonly consumers: number;
  /** True when an operator retired it: it holds nothing back any more. */
  readonly retired: boolean;
}

/** Everything that one look tells, without reading a stream. */
export interface StatisticsSnapshot {
  /** ISO 8601, by Redis's clock. */
  readonly at: string;
  readonly stream: StreamStatistics;
  readonly groups: readonly GroupStatistics[];
  /** Dead letters in all. */
  readonly deadLetters: number;
  /** Lines the log holds. */
  readonly logLines: number;
  readonly memory: {
    /** Bytes Redis uses. */
    readonly usedBytes: number;
    /** Its `maxmemory`; undefined when it has none. */
    readonly maxBytes: number | undefined;
  };
  /** What happened in the minute before this one and in the last 24 whole hours and this one. */
  readonly lastMinute: Counts;
  readonly lastDay: Counts;
}

/** How much happened within a time. */
export interface Counts {
  /** Events written to the stream. */
  readonly published: number;
  /** Runs of handlers that succeeded. */
  readonly completed: number;
  /** Runs of handlers that failed. */
  readonly failed: number;
  /** Runs that were not a handler's first of its event. */
  readonly retried: number;
  /** Deliveries that became dead letters. */
  readonly dead: number;
}

/** What one series is of. */
export interface SeriesKey {
  /** The event's type; `*` for all that the process that handled it does not know. */
  readonly type?: string;
  /** Absent in a series of what was published. */
  readonly group?: string;
  readonly handler?: string;
}

export interface SeriesQuery {
  /** Minutes are kept for 24 hours, hours for 30 days. */
  readonly every: 'minute' | 'hour';
  /** Start of the first bucket. Default: an hour ago for minutes, 24 hours ago for hours. */
  readonly from?: Date | string;
  /** Default: now, whose bucket is still filling. */
  readonly to?: Date | string;
  /** One series for each value of these. Default: none, one series of everything. */
  readonly by?: readonly ('type' | 'group' | 'handler')[];
  /** Only these. */
  readonly type?: string;
  readonly group?: string;
  readonly handler?: string;
  /** Only runs in replays, which do not count otherwise. Default false. */
  readonly replays?: boolean;
}

/** One series: the counts of each bucket. */
export interface Series {
  readonly key: SeriesKey;
  /** One for each bucket of {@link SeriesResult.at}. */
  readonly points: readonly Counts[];
  readonly total: Counts;
}

export interface SeriesResult {
  readonly every: 'minute' | 'hour';
  /** Starts of the buckets, ISO 8601, oldest first, without gaps. */
  readonly at: readonly string[];
  readonly series: readonly Series[];
}

/** How long the runs of one handler took, whatever their outcome. */
export interface HandlerDurations {
  readonly group: string;
  readonly handler: string;
  /** Runs that took at most so many milliseconds, each bucket with those of the ones before. */
  readonly buckets: readonly { readonly leMs: number; readonly count: number }[];
  /** All runs, those longer than the last bucket as well. */
  readonly count: number;
  /** All runs together, in milliseconds. */
  readonly sumMs: number;
}

/**
 * What happened, counted by the scripts that made it happen. Nothing here reads the event stream.
 * Published events are counted by type alone: a series of a group or handler has none.
 */
export interface Statistics {
  /** How everything stands now. */
  snapshot(): Promise<StatisticsSnapshot>;
  /** Throughput over time. @throws EventBusError `CONFIG_INVALID` when the range is upside down or too long. */
  series(query: SeriesQuery): Promise<SeriesResult>;
  /**
   * How long handlers took since they first ran, or ran again after 30 days. A process tells it with its heartbeat, every
   * third of a lease, and when it closes.
   */
  durations(): Promise<readonly HandlerDurations[]>;
}

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
};

/** What the calls about statistics are given. */
export const statisticsCalls: CallTable<Statistics> = {
  snapshot: [],
  series: [{ name: 'query', fields: seriesFields }],
  durations: [],
};
