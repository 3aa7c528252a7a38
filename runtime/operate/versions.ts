import type { OptionTable } from '../options.js';
import { milliseconds } from '../options.js';
import { anyId, type CallTable } from './call-arguments.js';

/** A major version; `unknown` if an envelope has none, or it cannot be read. */
export type MajorVersion = number | 'unknown';

/** Which versions of an event type a process reads. */
export interface ReadVersions {
  readonly type: string;
  /** The version of its definition. It reads every event of this major version that is not newer. */
  readonly version: string;
  /** The older major versions that it reads too. */
  readonly older: readonly number[];
}

/** One process that handles events of a type. */
export interface VersionReader {
  readonly group: string;
  /** Name of the process in the group. */
  readonly consumer: string;
  readonly host: string;
  readonly pid: number;
  /** Hash of the catalog from which its SDK was generated. */
  readonly catalogHash?: string;
  /**
   * Version of the type in its SDK: it reads all versions of the same major, and parks those that are newer. Undefined for a
   * process with an earlier version of the runtime: what it reads is not known.
   */
  readonly version: string | undefined;
  /** Older major versions that it converts. */
  readonly older: readonly number[];
  /** Time since its last heartbeat, in milliseconds. */
  readonly sinceHeartbeatMs: number;
  /** Whether its last heartbeat is recent: within a minute. */
  readonly alive: boolean;
}

/** One process that has published events of a type. */
export interface VersionPublisher {
  readonly service: string;
  /** Name of the process. */
  readonly publisher: string;
  readonly host: string;
  readonly pid: number;
  /** Hash of the catalog from which its SDK was generated. */
  readonly catalogHash?: string;
  /** The version that it publishes. */
  readonly version: string;
  /** Time since its last heartbeat, in milliseconds; of a process that has closed its bus, since 1970. */
  readonly sinceHeartbeatMs: number;
  /** Whether its last heartbeat is recent: within a minute. */
  readonly alive: boolean;
}

/** When a service has last reported that it published a version. Remembered for 30 days. */
export interface PublishedVersion {
  readonly service: string;
  readonly version: string;
  /** ISO 8601, by Redis's clock; up to 20 seconds after the publish. */
  readonly lastAt: string;
}

/** Deliveries of one version that wait in a group for a build that knows it. */
export interface ParkedVersion {
  readonly group: string;
  readonly version: string;
  readonly count: number;
}

/** Who reads and publishes which versions of one event type. */
export interface EventVersions {
  readonly type: string;
  /** The processes with a handler for the type, living or not yet forgotten. */
  readonly readers: readonly VersionReader[];
  /** The processes that have published the type, living or not yet forgotten. Publishers without this runtime are not listed. */
  readonly publishers: readonly VersionPublisher[];
  readonly published: readonly PublishedVersion[];
  /** Events that were published in the last 24 complete hours and the current hour, by any publisher. */
  readonly lastDay: readonly { readonly major: MajorVersion; readonly count: number }[];
  readonly parked: readonly ParkedVersion[];
}

/** The registry of versions. */
export interface VersionRegistry {
  /** ISO 8601, by Redis's clock. */
  readonly at: string;
  /** Sorted by type. */
  readonly events: readonly EventVersions[];
  /**
   * Events of the last 24 complete hours and the current hour that are in no `lastDay`, because a process with an earlier version
   * of the runtime has counted them, or an hour had more than 5,000 types and major versions. `unknown` if there was no time to
   * count all published events: a later call continues.
   */
  readonly uncounted: number | 'unknown';
  /** When a version was published that `published` lacks, because it already had 10,000 entries; ISO 8601. */
  readonly unlistedAt: string | undefined;
}

/** Place in which events of a version were found. */
export type VersionPlace =
  /** Entries of the event stream. */
  | 'stream'
  /** Entries of the event stream that every group has finished, or that only retired groups have left: a replay could read them. */
  | 'replayable'
  /** Entries of the event stream that a group has not finished: unread or pending. */
  | 'unfinished'
  /** Entries of replays that a group has not finished. */
  | 'replay'
  /** Scheduled, running and parked retries of a group. */
  | 'retry'
  | 'dead-letter';

/** Number of events of one type and major version in one place. */
export interface VersionCount {
  readonly type: string;
  readonly major: MajorVersion;
  readonly place: VersionPlace;
  /** Absent for `stream` and `replayable`. */
  readonly group?: string;
  /** True if an operator has retired the group: without a process, it finishes nothing. */
  readonly retired?: boolean;
  /** Retries may be counted twice while their number changes. */
  readonly count: number;
  /** Time of the newest entry, ISO 8601. Absent for retries. */
  readonly lastAt?: string;
}

/** Selects what a scan counts. */
export interface VersionScanQuery {
  /** Only events of this type. Default: all types. */
  readonly type?: string;
  /** The `cursor` of the previous part. Default: the scan begins. */
  readonly cursor?: string;
  /** Time after which the part ends, in milliseconds. Default: 1,000. */
  readonly limitMs?: number;
}

/** One part of a scan. The counts of all parts, added up, are the result. */
export interface VersionScan {
  readonly found: readonly VersionCount[];
  /** For the next part; undefined if the scan is complete. */
  readonly cursor: string | undefined;
  /** Entries, retries and dead letters that were read so far. */
  readonly scanned: number;
  /** Number of all entries, retries and dead letters, now. */
  readonly total: number;
}

/** Versions of events: who reads and publishes them, and what is stored of them. */
export interface Versions {
  /** Who reads and publishes which versions. Reads no stream, apart from counting the last published events. */
  registry(): Promise<VersionRegistry>;
  /**
   * Counts the stored events by version: it reads the streams, retries and dead letters, in steps of a few milliseconds with
   * pauses. Events that move during the scan may be counted twice; those that an operator retries or replays may be missed.
   * @throws EventBusError `CONFIG_INVALID` for an invalid cursor
   */
  scan(query?: VersionScanQuery): Promise<VersionScan>;
}

const scanFields: OptionTable<VersionScanQuery> = {
  type: { check: anyId },
  cursor: { check: anyId },
  limitMs: { default: 1_000, check: milliseconds(1) },
};

/** Arguments of the calls for versions. */
export const versionCalls: CallTable<Versions> = {
  registry: [],
  scan: [{ name: 'query', optional: true, fields: scanFields }],
};
